"""Makes models with NNSmith: nnsmith_make.py FOLDER SEED INDEX... writes SEED-INDEX.onnx. Runs in NNSmith's environment (nnsmith_source.py)."""
import functools
import pathlib
import sys
import warnings

import torch

MOST_NODES, MOST_NUMBERS, MILLISECONDS = 12, 4096, 10000
# NNSmith takes every type alike, and ONNX Runtime runs few operators on doubles and bytes: mostly float, which is what Quoin is about.
TYPES, OTHER_TYPES, EVERY = ["float32"], ["float32", "int64", "bool"], 4


def main():
    folder, seed, *indices = sys.argv[1:]
    warnings.filterwarnings("ignore")
    # NNSmith knows the exporter that was the only one in its time.
    torch.onnx.export = functools.partial(torch.onnx.export, dynamo=False)
    import onnx
    from nnsmith.abstract.extension import activate_ext
    from nnsmith.graph_gen import model_gen
    from nnsmith.materialize import Model
    from nnsmith.narrow_spec import auto_opset

    kind = Model.init("onnx", backend_target="cpu")
    kind.add_seed_setter()
    operators = auto_opset(kind, None)
    activate_ext(opset=operators, factory=None)
    for index in indices:
        try:
            made = model_gen(opset=operators, method="symbolic-cinit", seed=1000003 * int(seed) + int(index), max_elem_per_tensor=MOST_NUMBERS,
                             max_nodes=MOST_NODES, timeout_ms=MILLISECONDS,
                             dtype_choices=OTHER_TYPES if int(index) % EVERY == 0 else TYPES)
            model = kind.from_gir(made.make_concrete())
            onnx.save(model.native_model, str(pathlib.Path(folder) / f"{seed}-{index}.onnx"))
        except Exception as error:  # some of its graphs cannot be exported
            print(f"{index}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
