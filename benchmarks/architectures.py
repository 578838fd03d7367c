#!/usr/bin/env python3
"""Exports of some fifty transformers and timm architectures through plain `quoin quantize`: what is refused and why, units in INT8, SQNR.

    .deps/venv/bin/python benchmarks/architectures.py                                   everything; an hour the first time
    .deps/venv/bin/python benchmarks/architectures.py --names bert,resnet18 --ways ts,dynamo --targets O

Small configurations with random weights (exports/zoo.py), exported by TorchScript (ts) and dynamo, with free and fixed (_fix) sizes, by PyPI's torch, transformers
and timm in an environment of its own under .deps/peers, in the versions of tools/versions.env. PyPI's torch brings gigabytes of CUDA libraries, without which it does
not load; nothing runs on them. Build and tests need none of this. Exports are kept under --work; a second call makes only what is missing. Random weights make deep nets
without residual connections hard: low numbers say little alone, differences in a row say much. The exit status is 1 where Quoin refused an export or ended badly.
"""
import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests/net"))
import numpy as np  # noqa: E402

import judge  # noqa: E402
from quoin import TARGETS, Quoin  # noqa: E402

EXPORTER = ROOT / "benchmarks/exports"
WAYS = ["ts", "ts_fix", "dynamo", "dynamo_fix"]
ENVIRONMENT = ["torch=={TORCH_VERSION}", "torchvision=={TORCHVISION_VERSION}", "transformers=={TRANSFORMERS_VERSION}", "timm=={TIMM_VERSION}",
               "onnxscript=={ONNXSCRIPT_VERSION}", "onnx=={ONNX_VERSION}", "numpy=={NUMPY_VERSION}"]
CALIBRATED = 32
EXPORT_SECONDS, QUOIN_SECONDS = 900, 600
PRODUCTS = {"Conv", "ConvTranspose", "Gemm", "MatMul"}


def versions():
    lines = (line.partition("=") for line in (ROOT / "tools/versions.env").read_text().splitlines())
    return {name: rest.split("#")[0].strip() for name, equals, rest in lines if equals}


def python_of(options):
    if options.python:
        return options.python
    folder, wanted = ROOT / ".deps/peers/architectures", [package.format(**versions()) for package in ENVIRONMENT]
    stamp = folder / "installed.txt"
    if not stamp.exists() or stamp.read_text() != "\n".join(wanted):
        print("installing", ", ".join(wanted), flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin/python", "-m", "pip", "install", "--disable-pip-version-check", "-q", *wanted], check=True)
        stamp.write_text("\n".join(wanted))
    return folder / "bin/python"


def names_of(python):
    """All architectures, as the zoo has them."""
    done = subprocess.run([python, "-c", "import zoo; print(*zoo.ARCHITECTURES)"], capture_output=True, text=True, check=True,
                          env=dict(os.environ, PYTHONPATH=str(EXPORTER), PYTHONDONTWRITEBYTECODE="1"))
    return done.stdout.split()


def export(python, name, way, work):
    """The model and its data, or why there is none."""
    model, data, failed = work / f"{name}.{way}.onnx", work / f"{name}.npz", work / f"{name}.{way}.failed"
    if failed.exists():
        return None, None, failed.read_text()
    if not model.exists() or not data.exists():
        print("exporting", name, way, flush=True)
        beside = model.with_suffix(".part")
        try:
            done = subprocess.run([python, EXPORTER / "export.py", name, way, beside, data], capture_output=True, text=True, timeout=EXPORT_SECONDS,
                                  env=dict(os.environ, PYTHONPATH=str(EXPORTER), PYTHONDONTWRITEBYTECODE="1", OMP_NUM_THREADS="1"))
            said = "" if done.returncode == 0 else next((line for line in reversed(done.stderr.splitlines()) if "Error" in line), done.stderr[-200:])
        except subprocess.TimeoutExpired:
            said = f"no end within {EXPORT_SECONDS} s"
        if said or not beside.exists():
            failed.write_text(said[:200])
            return None, None, said[:200]
        beside.replace(model)
    return model, data, ""


def quantized(quoin, target, model, data, work):
    """{"products", "db"}, {"refused"} or {"wrong"}: products whose weights are integers, SQNR at the worst output on the target."""
    out = work / "int8.onnx"
    out.unlink(missing_ok=True)
    outcome = quoin.run("quantize", model, "-o", out, "--target", TARGETS[target], "--calib", f"{data}#first={CALIBRATED}", "--no-timing", "--json")
    if outcome.broke:
        return {"wrong": outcome.broke}
    if outcome.code:
        error = json.loads(outcome.out or "{}").get("error", {})
        return {"refused": error.get("message", outcome.message)}
    told = json.loads(outcome.out)
    samples = {k: v[CALIBRATED:] for k, v in np.load(data).items()}
    feeds = {k: v[:, None] for k, v in samples.items()}  # a batch of one each
    try:
        wanted = judge.on_onnxruntime(str(model), feeds)
        got = judge.on_target(target, out, feeds, list(wanted[0]))
        integers = {weight["node"] for weight in told["weights"] if weight["integer"]}
        return {"products": len(integers), "db": min(judge.decibels(wanted, got).values())}
    except Exception as error:
        return {"wrong": "the file does not run: " + " ".join(str(error).split())[:150]}


def products(model):
    import onnx
    return sum(node.op_type in PRODUCTS for node in onnx.load(str(model)).graph.node)


def cells(one):
    if "db" not in one:
        return "–" if "refused" in one else "**wrong**", "–"
    return str(one["products"]), f"{one['db']:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", help="some of the zoo, by commas")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--targets", default="OVT")
    parser.add_argument("--quoin", default=ROOT / "build/release/quoin")
    parser.add_argument("--python", help="one that has torch, transformers and timm; left out: an environment of the bench's own")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build/architectures")
    parser.add_argument("--out", type=pathlib.Path, help="the table as Markdown, also printed")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    python = python_of(options)
    quoin = Quoin(options.quoin, QUOIN_SECONDS)
    known = names_of(python)
    names = options.names.split(",") if options.names else known
    if unknown := [n for n in names if n not in known]:
        parser.error(f"no such architecture: {', '.join(unknown)}; the zoo has {', '.join(known)}")
    heads = [f"{what} {t}" for t in options.targets for what in ("INT8 of them", "dB")]
    lines = ["| export | products | " + " | ".join(heads) + " | |", "|---" * (len(heads) + 3) + "|"]
    counts, reasons = collections.Counter(), collections.Counter()
    for name in names:
        for way in options.ways.split(","):
            model, data, why = export(python, name, way, options.work)
            if model is None:
                counts["not exported"] += 1
                reasons["not exported: " + why] += 1
                continue
            counts["exported"] += 1
            results = {t: quantized(quoin, t, model, data, options.work) for t in options.targets}
            notes = [f"{t}: {one.get('refused') or one.get('wrong')}" for t, one in results.items() if "db" not in one]
            for t, one in results.items():
                counts["written" if "db" in one else "refused" if "refused" in one else "wrong"] += 1
                if "db" not in one:
                    reasons[("refused: " if "refused" in one else "wrong: ") + (one.get("refused") or one.get("wrong"))] += 1
            row = [cell for t in options.targets for cell in cells(results[t])]
            lines.append(f"| {name}.{way} | {products(model)} | " + " | ".join(row) + f" | {'; '.join(notes)} |")
            print(lines[-1], flush=True)
    lines += ["", ", ".join(f"{what} {n}" for what, n in counts.items()), ""] + [f"- {n}: {reason}" for reason, n in reasons.most_common()]
    print("\n".join(lines))
    if options.out:
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 1 if counts["refused"] or counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
