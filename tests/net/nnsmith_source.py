"""Models of NNSmith (PyPI's `nnsmith`) as a second source of graphs, through the same oracles: run.py --source nnsmith.

NNSmith needs torch, so its models are made in an environment of their own, in batches of files; nothing of it is needed by build or tests:

    python3 -m venv .deps/peers/nnsmith && .deps/peers/nnsmith/bin/pip install nnsmith==$NNSMITH_VERSION torch==$TORCH_VERSION ...
    QUOIN_NNSMITH=.deps/peers/nnsmith/bin/python tests/net/run.py --source nnsmith --minutes 10
"""
import os
import pathlib
import subprocess
import tempfile

import onnx

from builder import TYPES, Input

HERE = pathlib.Path(__file__).resolve().parent
BATCH = 8


class Source:
    """Cases by (seed, index): `make` is what random_graphs.make is."""

    def __init__(self, options, number):
        from quoin import ROOT
        self.python = os.environ.get("QUOIN_NNSMITH", str(ROOT / ".deps/peers/nnsmith/bin/python"))
        if not pathlib.Path(self.python).exists():
            raise SystemExit(f"NNSmith's Python is not at {self.python}: set QUOIN_NNSMITH (see the top of nnsmith_source.py)")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"quoin-nnsmith-{number}-"))
        self.step = options.workers

    def make(self, seed, index):
        from random_graphs import Case
        path = self.folder / f"{seed}-{index}.onnx"
        if not path.exists():
            wanted = [str(index + k * self.step) for k in range(BATCH)]
            subprocess.run([self.python, str(HERE / "nnsmith_make.py"), str(self.folder), str(seed), *wanted], check=False, capture_output=True, timeout=600)
        if not path.exists():
            return Case(f"nnsmith-{seed}-{index}", onnx.ModelProto(), [], 0, {})  # counted as not legal
        model = onnx.load(str(path))
        path.unlink()
        types = {v: k for k, v in TYPES.items()}
        constants = {t.name for t in model.graph.initializer}
        inputs = []
        for port in model.graph.input:
            if port.name in constants:
                continue
            kind = types.get(port.type.tensor_type.elem_type, "f")
            shape = [d.dim_value or 1 for d in port.type.tensor_type.shape.dim]
            inputs.append(Input(port.name, shape, [None] * len(shape), kind, "normal", 4))
        return Case(f"nnsmith-{seed}-{index}", model, inputs, 1000 * index + seed, {})
