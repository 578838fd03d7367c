"""Exports one architecture: export.py NAME HOW OUT.onnx DATA.npz. HOW: ts, ts_fix, dynamo, dynamo_fix (TorchScript or dynamo; free or fixed sizes)."""
import logging
import sys
import warnings

import numpy as np
import torch

import zoo

SAMPLES = 48
OPSETS = {"ts": 17, "dynamo": 18}


def free_axes(chosen):
    axes = {0: "batch"}
    if chosen.free_size:
        axes.update({"image": {2: "height", 3: "width"}}.get(chosen.feeds, {1: "length"}))
    return axes


def main():
    name, how, out, data = sys.argv[1:]
    exporter, _, fixed = how.partition("_")
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    chosen = zoo.ARCHITECTURES[name]
    model, names = zoo.build(name)
    # A batch of one is taken for a fixed one by dynamo.
    args = zoo.inputs(chosen, 1 if fixed else 2, 1)
    axes = free_axes(chosen)
    common = dict(input_names=names, output_names=["output"], opset_version=OPSETS[exporter])
    with torch.no_grad():
        if exporter == "ts":
            torch.onnx.export(model, args, out, dynamo=False, do_constant_folding=True, dynamic_axes=None if fixed else {n: axes for n in names}, **common)
        else:
            shapes = None if fixed else (tuple({k: torch.export.Dim.DYNAMIC for k in axes} for _ in names),)
            if name in zoo.TIMM and shapes:
                shapes = shapes[0]
            torch.onnx.export(model, args, out, dynamo=True, external_data=False, verbose=False, dynamic_shapes=shapes, **common)
    samples = [zoo.inputs(chosen, 1, 1000 + k) for k in range(SAMPLES)]
    np.savez(data, **{n: np.concatenate([s[i].numpy() for s in samples]) for i, n in enumerate(names)})


if __name__ == "__main__":
    main()
