#!/usr/bin/env python3
"""Lints what other quantizers write: makes files of the models of ../shared/data with each tool that can be imported, and lists the findings.

    python benchmarks/peers_lint.py OUT_FOLDER [--quoin build/release/quoin] [--models resnet20_cifar10 ...]

Needs a Python with numpy, onnx, onnxruntime and pillow, and any of nncf, onnxsim, nvidia-modelopt[onnx]: tools that are not there are
named and left out. Their defaults, minmax where there is a choice; 32 calibration samples: lint reads structure, not accuracy. Writes
OUT_FOLDER/MODEL.TOOL.onnx, and prints a table of rules and counts per file and target, as Markdown.
"""
import argparse
import collections
import importlib.metadata
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
ROOT = pathlib.Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
SAMPLES = 32

import numpy as np
import onnx


def samples(name):
    """Dictionaries of one sample each: images where the model takes them, else noise."""
    if "cifar10" in name:
        raw = np.fromfile(SHARED / "data/cifar10/cifar10_train_1000.bin", np.uint8).reshape(-1, 3073)[:SAMPLES]
        mean = np.array([.485, .456, .406], np.float32).reshape(3, 1, 1)
        std = np.array([.229, .224, .225], np.float32).reshape(3, 1, 1)
        images = (raw[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 255 - mean) / std
        return [{"input": image[None]} for image in images]
    noise = np.random.default_rng(0)
    return [{"input": noise.uniform(-1, 1, (1, 3, 224, 224)).astype(np.float32)} for _ in range(8)]


def model_path(name):
    return SHARED / "data/models" / (name + ".onnx")


def by_onnxruntime(name, out, **options):
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.samples = iter(samples(name))

        def get_next(self):
            return next(self.samples, None)

    with tempfile.TemporaryDirectory() as folder:
        prepared = os.path.join(folder, "prepared.onnx")
        quant_pre_process(str(model_path(name)), prepared, skip_symbolic_shape=True)
        types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
        types.update(options)
        quantize_static(prepared, out, Reader(), quant_format=QuantFormat.QDQ, per_channel=True, **types)


def by_onnxruntime_int8(name, out):
    from onnxruntime.quantization import QuantType
    by_onnxruntime(name, out, activation_type=QuantType.QInt8)


def by_nncf(name, out):
    import nncf
    onnx.save(nncf.quantize(onnx.load(model_path(name)), nncf.Dataset(samples(name)), subset_size=SAMPLES), out)


def by_onnxsim(name, out):
    import onnxsim
    made = onnxsim.quantize_static(onnx.load(model_path(name)), calibration_data=samples(name))
    onnx.save(made[0] if isinstance(made, tuple) else made, out)


def by_onnxsim_full(name, out):
    import onnxsim
    made = onnxsim.quantize_static(onnx.load(model_path(name)), calibration_data=samples(name), full_graph=True)
    onnx.save(made[0] if isinstance(made, tuple) else made, out)


def by_modelopt(name, out):
    from modelopt.onnx.quantization import quantize
    data = {"input": np.concatenate([sample["input"] for sample in samples(name)])}
    quantize(str(model_path(name)), quantize_mode="int8", calibration_data=data, calibration_method="max", output_path=out,
             calibration_eps=["cpu"])


TOOLS = [("ORT u8", "onnxruntime", by_onnxruntime), ("ORT s8", "onnxruntime", by_onnxruntime_int8), ("NNCF", "nncf", by_nncf),
         ("onnxsim", "onnxsim", by_onnxsim), ("onnxsim full", "onnxsim", by_onnxsim_full), ("ModelOpt", "nvidia-modelopt", by_modelopt)]
TARGETS = [("onnxruntime-cpu", "avx2"), ("openvino-cpu", "avx2"), ("tensorrt", "native")]


def findings(quoin, path, target, cpu):
    made = subprocess.run([quoin, "lint", path, "--target", target, "--cpu", cpu, "--severity", "warn", "--json"], capture_output=True, text=True)
    if made.returncode not in (0, 1):
        return "does not load"
    counts = collections.Counter((f["severity"] != "error", f["rule"]) for f in json.loads(made.stdout)["findings"])
    return ", ".join(f"{'' if mild else '**'}{rule} {count}{'' if mild else '**'}" for (mild, rule), count in sorted(counts.items())) or "clean"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--quoin", default=str(ROOT / "build/release/quoin"))
    parser.add_argument("--models", nargs="+", default=["resnet20_cifar10", "vit_cifar10", "convnext_cifar10", "mobilenet_v1_0.25_224"])
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    versions, rows = {}, []
    for label, package, make in TOOLS:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            print(f"{label}: {package} is not installed", file=sys.stderr)
            continue
        for name in args.models:
            path = args.folder / f"{name}.{label.replace(' ', '_')}.onnx"
            if not path.exists():
                try:
                    make(name, str(path))
                except Exception as problem:  # a peer's failure is a finding too
                    print(f"{label} on {name}: {type(problem).__name__}: {str(problem)[:200]}", file=sys.stderr)
                    continue
            rows.append([label, name] + [findings(args.quoin, str(path), target, cpu) for target, cpu in TARGETS])
    print(", ".join(f"{package} {version}" for package, version in sorted(versions.items())))
    print("| made by | model | " + " | ".join(f"{target}, CPU {cpu}" if cpu != "native" else target for target, cpu in TARGETS) + " |")
    print("| --- | --- | --- | --- | --- |")
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
