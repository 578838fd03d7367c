#!/usr/bin/env python3
"""Quantizes one of the models of ../shared/data with ONNX Runtime's own quantize_static: the peer's file to measure against.

    .deps/venv/bin/python benchmarks/ort_quantize.py NAME OUT.onnx [--reduce-range]

u8 activations, s8 per-channel weights, minmax; 512 CIFAR-10 training images, or every eighth image, text line or sentence.
A model below opset 13 is raised to it first: ONNX Runtime's quantizer writes a file that does not load otherwise. Prints seconds.
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
import onnx
import onnx.version_converter
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from PIL import Image
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


def text_lines():
    for file, *_ in evaluate.rows("text_lines/labels.tsv")[::8]:
        pixels = np.asarray(Image.open(evaluate.DATA / "text_lines" / file).convert("RGB"), np.float32)[:, :, ::-1]
        yield {"x": ((pixels / 255 - .5) / .5).transpose(2, 0, 1)[None].copy()}


def detector():
    for file, *_ in evaluate.rows("images/coco.tsv")[::8]:
        image = Image.open(evaluate.DATA / "images" / file).convert("RGB")
        k = 416 / max(image.size)
        image = image.resize((round(image.width * k), round(image.height * k)), Image.BILINEAR)
        x = np.full((416, 416, 3), 114, np.float32)
        x[:image.height, :image.width] = np.asarray(image, np.float32)[:, :, ::-1]
        yield {"images": x.transpose(2, 0, 1)[None].copy()}


def sentences():
    for row in evaluate.rows("text/sentences.tsv")[::8]:
        ids = np.array([[int(i) for i in row[-1].split()]], np.int64)
        yield {"input_ids": ids, "attention_mask": np.ones(ids.shape, np.float32)}


SAMPLES = {"ppocrv4_rec": text_lines, "yolox_nano": detector, "use_lite": sentences}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("out")
    parser.add_argument("--reduce-range", action="store_true")
    args = parser.parse_args()
    samples = SAMPLES.get(args.name, cifar if "cifar" in args.name else imagenet)
    with tempfile.TemporaryDirectory() as folder:
        prepared = os.path.join(folder, "prepared.onnx")
        started = time.monotonic()
        source = str(SHARED / "data/models" / (args.name + ".onnx"))
        model = onnx.load(source)
        if model.opset_import[0].version < 13:
            source = os.path.join(folder, "raised.onnx")
            onnx.save(onnx.version_converter.convert_version(model, 13), source)
        quant_pre_process(source, prepared, skip_symbolic_shape=True)
        quantize_static(prepared, args.out, Samples(samples()), quant_format=QuantFormat.QDQ,
                        per_channel=True, reduce_range=args.reduce_range, activation_type=QuantType.QUInt8,
                        weight_type=QuantType.QInt8)
        print(f"{time.monotonic() - started:.2f} s")


if __name__ == "__main__":
    main()
