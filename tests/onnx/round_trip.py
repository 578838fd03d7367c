"""Runs models and their saved copies on ONNX Runtime and compares the outputs bit for bit.

    round_trip.py ORIGINALS COPIES

Every *.onnx in COPIES is compared with the file of the same name in ORIGINALS, on one seeded random input. Dimensions that a
model leaves open are 2, or what KNOWN says. Needs numpy and onnxruntime.
"""
import os
import sys
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import numpy as np
import onnxruntime as ort

KNOWN = {"ppocrv4_rec": {"x": (1, 3, 48, 320)}, "use_lite": {"input_ids": (2, 7), "attention_mask": (2, 7)}}
TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16, "tensor(bool)": np.bool_,
         "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(uint8)": np.uint8, "tensor(int8)": np.int8}


def session(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def feeds_for(model: ort.InferenceSession, name: str) -> dict:
    rng = np.random.default_rng(0)
    feeds = {}
    for port in model.get_inputs():
        shape = KNOWN.get(name, {}).get(port.name) or [dim if isinstance(dim, int) and dim > 0 else 2 for dim in port.shape]
        kind = TYPES[port.type]
        values = rng.standard_normal(shape)
        if np.issubdtype(kind, np.integer):
            values = rng.integers(1, 9, shape)
        feeds[port.name] = np.ones(shape, kind) if "mask" in port.name else np.asarray(values).astype(kind)
    return feeds


def main() -> int:
    originals, copies = Path(sys.argv[1]), Path(sys.argv[2])
    failed = 0
    for copy in sorted(copies.glob("*.onnx")):
        before, after = session(originals / copy.name), session(copy)
        feeds = feeds_for(before, copy.stem)
        expected, got = before.run(None, feeds), after.run(None, feeds)
        same = len(expected) == len(got) and all(
            np.asarray(a).shape == np.asarray(b).shape and np.asarray(a).tobytes() == np.asarray(b).tobytes()
            for a, b in zip(expected, got))
        print(f"{copy.name}: {'same' if same else 'DIFFERENT'}")
        failed += not same
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
