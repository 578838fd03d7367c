#!/usr/bin/env python3
"""What each step of improvement gains, alone and together, and its seconds: files of `quoin quantize` with steps switched off, judged on
the data that ../shared/tools/evaluate.py judges on. Writes Markdown to stdout.

    .deps/venv/bin/python benchmarks/steps.py --models resnet20_cifar10,vit_cifar10 --note "busy machine"

Quality and SQNR (of all outputs over the judged data, against the float model on ONNX Runtime) do not depend on the load of the machine,
seconds do. Calibration and judged data never overlap (benchmarks/peers/samples.py).
"""
import argparse
import json
import math
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks/peers"))
import samples  # puts evaluate.py on the path
import evaluate
import judge
import numpy as np

# What switches a step off, and its seconds in the report.
STEPS = {"equalization": (["--no-equalization"], "equalize_seconds"), "ranges": (["--method", "minmax"], "choose_ranges_seconds"),
         "rounding": (["--no-rounding"], "round_weights_seconds"), "biases": (["--no-bias-correction"], None),
         "biases in order": (["--no-bias-propagation"], "correct_biases_seconds")}


def variants():
    """(title, steps that are on)"""
    yield "none", []
    for step in STEPS:
        yield step + " alone", [step] if step != "biases in order" else ["biases", step]
    yield "all (the default)", list(STEPS)
    for step in STEPS:
        # Without the first correction there is none in order.
        yield "all but " + step, [other for other in STEPS if not other.startswith(step)]


def judged(name, run, reference, limit):
    if name == "use_lite":
        return evaluate.judge_sentences(run, reference, limit)
    chosen = {"ppocrv4_rec": evaluate.judge_text_lines, "yolox_nano": evaluate.judge_detector}.get(
        name, evaluate.judge_cifar if "cifar10" in name else evaluate.judge_imagenet)
    return chosen(run, limit)


class Recorder:
    """Runs a session as evaluate.py wants it, and keeps what comes out."""

    def __init__(self, session):
        self.session, self.outputs = session, []

    def __call__(self, x):
        found = self.session.run(None, x if isinstance(x, dict) else {self.session.get_inputs()[0].name: x})
        self.outputs.append([np.asarray(value, np.float64) for value in found if np.asarray(value).dtype.kind == "f"])
        return found


def sqnr(wanted, got):
    signal = noise = 0.0
    for a, b in zip(wanted, got, strict=True):
        for x, y in zip(a, b, strict=True):
            signal += float((x * x).sum())
            noise += float(((x - y) ** 2).sum())
    return 10 * math.log10(signal / noise) if noise > 0 else 200.0


def quality(result):
    if "top1" in result:
        return "%.2f" % result["top1"]
    return "%.4f (least %.4f)" % (result["mean_cosine"], result["least_cosine"]) if "mean_cosine" in result else str(
        result.get("lines", result.get("images")))


def table(name, options):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        calibration = folder / "samples"
        samples.write(name, calibration)
        reference = Recorder(evaluate.session(samples.model_file(name), "all"))
        plain = evaluate.session(samples.model_file(name), "all")
        found = judged(name, reference, lambda feed: plain.run(None, feed), options.limit)
        lines = ["### %s (float: %s of %d)" % (name, quality(found), found["of"]), "",
                 "| steps | quality, integer kernels | SQNR, dB | seconds of each step that is on |", "|---|---|---|---|"]
        for title, on in variants():
            file, report = folder / "made.onnx", folder / "report.json"
            off = [flag for step, (flags, _) in STEPS.items() if step not in on for flag in flags]
            subprocess.run([options.quoin, "quantize", samples.model_file(name), "-o", file, "--target", options.target, "--calib", calibration,
                            "--no-timing", "--report", report, *off], check=True, stdout=subprocess.DEVNULL)
            session = judge.OpenvinoSession(file) if options.engine == "openvino" else evaluate.session(file, options.level)
            run = Recorder(session)
            result = judged(name, run, lambda feed: plain.run(None, feed), options.limit)
            cost = json.loads(report.read_text())["cost"]
            seconds = ", ".join("%s %.2f" % (step, cost[STEPS[step][1]]) for step in on if STEPS[step][1])
            lines.append("| %s | %s | %.2f | %s |" % (title, quality(result), sqnr(reference.outputs, run.outputs), seconds or "–"))
            print(lines[-1], file=sys.stderr, flush=True)
        return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=lambda text: text.split(","), default=samples.MODELS)
    parser.add_argument("--target", default="onnxruntime-cpu")
    parser.add_argument("--engine", choices=["onnxruntime", "openvino"], default="onnxruntime", help="whose kernels are judged")
    parser.add_argument("--level", choices=["all", "basic"], default="all", help="basic: Q/DQ in float, simulated")
    parser.add_argument("--limit", type=int, help="judge only the first so many")
    parser.add_argument("--quoin", default=ROOT / "build/release/quoin")
    parser.add_argument("--note", default="", help="a sentence for the table: a busy machine, say")
    options = parser.parse_args()
    if options.note:
        print(options.note, end="\n\n")
    for name in options.models:
        print("\n".join(table(name, options)), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
