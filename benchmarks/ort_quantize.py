#!/usr/bin/env python3
"""Quantizes one of the models of ../shared/data with ONNX Runtime's own quantize_static: the peer's file to measure against.

    .deps/venv/bin/python benchmarks/ort_quantize.py NAME OUT.onnx [--reduce-range]

u8 activations, s8 per-channel weights, minmax; 512 CIFAR-10 training images, or every eighth ImageNet image. Prints seconds.
"""
import argparse
import os
import pathlib
import sys
import tempfile
import time

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
SHARED = pathlib.Path(__file__).resolve().parents[2] / "shared"
sys.path.insert(0, str(SHARED / "tools"))

import evaluate
import numpy as np
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process


class Samples(CalibrationDataReader):
    def __init__(self, samples):
        self.samples = iter(samples)

    def get_next(self):
        return next(self.samples, None)


def cifar(count=512):
    raw = np.fromfile(SHARED / "data/cifar10/cifar10_train_1000.bin", np.uint8).reshape(-1, 3073)[:count]
    mean = np.array([.485, .456, .406], np.float32).reshape(3, 1, 1)
    std = np.array([.229, .224, .225], np.float32).reshape(3, 1, 1)
    images = (raw[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 255 - mean) / std
    for i in range(count):
        yield {"input": images[i:i + 1]}


def imagenet():
    for item in evaluate.rows("images/labels.tsv")[::8]:
        yield {"input": evaluate.imagenet(item)[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("out")
    parser.add_argument("--reduce-range", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prepared = os.path.join(folder, "prepared.onnx")
        started = time.monotonic()
        quant_pre_process(str(SHARED / "data/models" / (args.name + ".onnx")), prepared, skip_symbolic_shape=True)
        quantize_static(prepared, args.out, Samples(cifar() if "cifar" in args.name else imagenet()), quant_format=QuantFormat.QDQ,
                        per_channel=True, reduce_range=args.reduce_range, activation_type=QuantType.QUInt8,
                        weight_type=QuantType.QInt8)
        print(f"{time.monotonic() - started:.2f} s")


if __name__ == "__main__":
    main()
