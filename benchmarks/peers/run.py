#!/usr/bin/env python3
"""Quoin beside the other quantizers, on every model of ../shared/data, judged by ../shared/tools/evaluate.py and timed in one
interleaved run per model and engine. Writes the tables of docs/benchmarks.md.

    .deps/venv/bin/python benchmarks/peers/run.py                       everything; hours the first time
    .deps/venv/bin/python benchmarks/peers/run.py --models resnet20_cifar10 --engines onnxruntime --peers ort,nncf

The peers come from the package registry into environments of their own under .deps/peers, in the versions of tools/versions.env. Files
and figures are kept under --work, so that a second call does only what is missing; --again measures anew. The build and the tests need
none of this. Run it on a machine that does nothing else. ModelOpt (--peers ort,nncf,onnxsim,onnxsim-int8,modelopt) needs torch, which
brings gigabytes of CUDA libraries: it is left out unless asked for.
"""
import argparse
import datetime
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import samples

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
TARGETS = {"onnxruntime": "onnxruntime-cpu", "openvino": "openvino-cpu"}
# The peers' environments: what is installed, in the versions of tools/versions.env. "" is the Python that runs this.
ENVIRONMENTS = {"": [],
                "nncf": ["nncf=={NNCF_VERSION}", "onnx=={ONNX_VERSION}", "onnxruntime=={ONNXRUNTIME_VERSION}"],
                "onnxsim": ["onnxsim=={ONNXSIM_VERSION}", "onnx=={ONNX_VERSION}", "onnxruntime=={ONNXRUNTIME_VERSION}"],
                "modelopt": ["nvidia-modelopt[onnx]=={MODELOPT_VERSION}"]}
# ModelOpt brings gigabytes of CUDA libraries along: only where it is asked for.
PEERS = {"ort": "", "nncf": "nncf", "onnxsim": "onnxsim", "onnxsim-int8": "onnxsim", "modelopt": "modelopt"}
BY_DEFAULT = ["ort", "nncf", "onnxsim", "onnxsim-int8"]
TITLES = {"float": "float", "ort": "ORT quantize_static", "nncf": "NNCF", "onnxsim": "onnxsim (float)", "onnxsim-int8": "onnxsim quantize_static",
          "modelopt": "ModelOpt", "quoin-smart": "Quoin smart", "quoin-blanket": "Quoin blanket", "quoin-tuned": "Quoin tune"}
# Points of accuracy (or percent) that a peer may lose and still count.
WITHIN = 0.5
MADE_SECONDS, JUDGED_SECONDS = 3600, 3600


def kinds_of(options):
    return [*options.peers, "quoin-blanket", "quoin-smart", *(["quoin-tuned"] if options.tuned else [])]


def versions():
    found = {}
    for line in (ROOT / "tools/versions.env").read_text().splitlines():
        name, equals, rest = line.partition("=")
        if equals:
            found[name] = rest.split("#")[0].strip()
    return found


def call(command, seconds, **options):
    """Its output; raises RuntimeError with the end of it."""
    environment = dict(os.environ, ORT_DISABLE_TELEMETRY="1", PYTHONPATH=str(HERE), PYTHONDONTWRITEBYTECODE="1")
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=seconds, env=environment, **options)
    except subprocess.TimeoutExpired:
        raise RuntimeError("did not end within %d s" % seconds) from None
    if done.returncode != 0:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        # Of a Python program the exception, of ours the message and its remedy.
        said = lines[-1:] if any(line.startswith("Traceback") for line in lines) else lines[-3:]
        raise RuntimeError(" ".join(" ".join(said).split())[:300] or "ended with %d" % done.returncode)
    return done.stdout


class Cache:
    """A JSON file per figure."""

    def __init__(self, folder, again):
        self.folder, self.again = folder, again
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, name, make):
        file = self.folder / (name + ".json")
        if file.exists() and not self.again:
            return json.loads(file.read_text())
        value = make()
        beside = file.with_suffix(".part")
        beside.write_text(json.dumps(value, indent=1))
        beside.replace(file)
        return value


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()[:16]


class Benchmark:
    def __init__(self, options):
        self.options = options
        self.work = pathlib.Path(options.work).resolve()
        self.environments = pathlib.Path(options.environments).resolve()
        self.figures = Cache(self.work / "figures", options.again)
        self.versions = versions()

    def python_of(self, peer):
        environment = PEERS[peer]
        if not environment:
            return pathlib.Path(sys.executable)
        folder = self.environments / environment
        wanted = [package.format(**self.versions) for package in ENVIRONMENTS[environment]]
        stamp = folder / "installed.txt"
        if not stamp.exists() or stamp.read_text() != "\n".join(wanted):
            print("installing", ", ".join(wanted), flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            call([sys.executable, "-m", "venv", folder], 600)
            call([folder / "bin/python", "-m", "pip", "install", "--disable-pip-version-check", "-q", *wanted], 3600)
            stamp.write_text("\n".join(wanted))
        return folder / "bin/python"

    def samples(self, model):
        folder = self.work / model / "samples"
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            samples.write(model, folder)
            (folder / "complete").touch()
        return folder

    def make(self, model, kind, engine):
        """A file of `kind`; {"file", "seconds"} or {"failed"}. Only Quoin's depend on the engine."""
        name = "%s-%s" % (kind, engine) if kind.startswith("quoin") else kind
        if kind == "quoin-tuned":
            file = pathlib.Path(self.options.tuned).resolve() / ("%s.%s.onnx" % (model, TARGETS[engine]))
            return {"file": str(file)} if file.exists() else {"failed": "there is no %s" % file.name}
        file = self.work / model / (name + ".onnx")
        note = file.with_suffix(".json")
        # Quoin's own files are cheap, and change with it.
        if note.exists() and not self.options.again and not kind.startswith("quoin"):
            return json.loads(note.read_text())
        print("making", model, name, flush=True)
        calibration, started = self.samples(model), time.monotonic()
        try:
            if kind.startswith("quoin"):
                call([self.options.quoin, "quantize", samples.model_file(model), "-o", file, "--target", TARGETS[engine], "--list",
                      kind.removeprefix("quoin-"), "--calib", calibration, "--no-timing"], MADE_SECONDS)
            else:
                call([self.python_of(kind), HERE / ("make_%s.py" % kind), samples.model_file(model), calibration, file], MADE_SECONDS,
                     cwd=file.parent)
            made = {"file": str(file), "seconds": round(time.monotonic() - started, 1)}
        except RuntimeError as problem:
            made = {"failed": str(problem)}
        note.write_text(json.dumps(made))
        return made

    def judge(self, model, file, engine):
        def run():
            return json.loads(call([sys.executable, HERE / "judge.py", model, file, engine], JUDGED_SECONDS).splitlines()[-1])

        return self.figures.get("judged-%s-%s-%s" % (model, engine, digest(file)), run)

    def bench(self, files, model, engine, rounds):
        command = [self.options.quoin, "bench", *files, "--engine", engine, "--threads", "1", "--rounds", str(rounds), "--json"]
        for shape in samples.SHAPES.get(model, []):
            command += ["--shape", shape]
        return json.loads(call(command, JUDGED_SECONDS))

    def cell(self, model, kind, file, engine):
        """{"judged"} or {"failed"}: one file in one engine, before it is timed."""
        try:
            self.bench([samples.model_file(model), file], model, engine, 1)
            return {"file": str(file), "judged": self.judge(model, file, engine)}
        except RuntimeError as problem:
            return {"failed": str(problem)}

    def run(self, model, engine):
        kinds = kinds_of(self.options)
        cells = {"float": self.cell(model, "float", samples.model_file(model), engine)}
        for kind in kinds:
            made = self.make(model, kind, engine)
            cells[kind] = made if "failed" in made else self.cell(model, kind, made["file"], engine)
        timed = [kind for kind in cells if "file" in cells[kind]]
        key = hashlib.sha256(" ".join(digest(cells[kind]["file"]) for kind in timed).encode()).hexdigest()[:16]

        def time_them():
            print("timing", model, engine, flush=True)
            return self.bench([cells[kind]["file"] for kind in timed], model, engine, self.options.rounds)

        times = self.figures.get("timed-%s-%s-%s-%d" % (model, engine, key, self.options.rounds), time_them)
        for kind, latency in zip(timed, times["models"]):
            cells[kind]["latency"] = latency
        return {"model": model, "engine": engine, "cells": cells, "times": times}


def accuracy(judged):
    """A figure to compare, in points, and how it reads."""
    for key, of in (("top1", None), ("lines", "of"), ("images", "of")):
        if key in judged:
            value = judged[key] if of is None else 100 * judged[key] / judged[of]
            return value, "%.2f" % judged[key] if of is None else "%d of %d" % (judged[key], judged[of])
    return 100 * judged["mean_cosine"], "cos %.5f" % judged["mean_cosine"]


def cell_text(cell):
    if "failed" in cell:
        return "failed"
    latency = cell["latency"]
    return "%s, %.2fx (%.2f to %.2f)" % (accuracy(cell["judged"])[1], latency["speedup"], latency["speedup_low"],
                                         latency["speedup_high"])


def verdict(result):
    """Against the fastest peer within WITHIN of float, by this run's medians; "" where Quoin is at least as fast."""
    cells = {kind: cell for kind, cell in result["cells"].items() if "latency" in cell}
    least = accuracy(cells["float"]["judged"])[0] - WITHIN
    good = {kind: cell for kind, cell in cells.items() if accuracy(cell["judged"])[0] >= least}
    ours = {kind: cell for kind, cell in good.items() if kind.startswith("quoin")}
    theirs = {kind: cell for kind, cell in good.items() if not kind.startswith("quoin")}
    speed = lambda kind: cells[kind]["latency"]["speedup"]
    best = max(theirs, key=speed)
    if not ours:
        return "%s on %s: no file of Quoin's is within %g points of float" % (result["model"], result["engine"], WITHIN)
    mine = max(ours, key=speed)
    if speed(mine) >= speed(best):
        return ""
    same = cells[mine]["latency"]["speedup_high"] >= cells[best]["latency"]["speedup_low"]
    return "%s on %s: %s %.2fx, %s %.2fx%s" % (result["model"], result["engine"], TITLES[mine], speed(mine), TITLES[best], speed(best),
                                               " (their intervals overlap)" if same else "")


def table(results, engine, kinds):
    rows = [result for result in results if result["engine"] == engine]
    lines = ["## " + rows[0]["times"]["engine"], "", "| model | " + " | ".join(TITLES[kind] for kind in kinds) + " |",
             "|---" * (len(kinds) + 1) + "|"]
    for result in rows:
        lines.append("| %s | %s |" % (result["model"], " | ".join(cell_text(result["cells"][kind]) for kind in kinds)))
    return lines


def page(results, options, found):
    kinds = ["float", *kinds_of(options)]
    wanted = [package.format(**found) for environment in dict.fromkeys(PEERS[peer] for peer in options.peers)
              for package in ENVIRONMENTS[environment][:1]]
    times = results[0]["times"]
    lines = ["# Benchmarks: Quoin beside the other quantizers", "",
             "Written by `benchmarks/peers/run.py` on %s; CPU %s. Peers: ONNX Runtime %s%s." % (
                 datetime.date.today(), times["cpu"], found["ONNXRUNTIME_VERSION"],
                 "".join(", " + package.replace("==", " ") for package in wanted)),
             "", "A cell: accuracy with the integer kernels of that engine (top-1; lines or images that are right; mean cosine to float), then the speed "
             "against float: median of the round-by-round ratios of one interleaved run, one thread, with the 95 %% interval of the median. "
             "Calibration and judged data never overlap. %s" % options.note, ""]
    for engine in options.engines:
        lines += table(results, engine, kinds) + [""]
    slower = [text for text in map(verdict, results) if text]
    lines += ["## Where Quoin is not the fastest within %g points of float" % WITHIN, ""]
    lines += ["- " + text for text in slower] or ["Nowhere in these tables."]
    failures = {}
    for result in results:
        for kind, cell in result["cells"].items():
            if "failed" in cell:
                failures.setdefault("%s, %s: %s" % (result["model"], TITLES[kind], cell["failed"]), []).append(result["engine"])
    if failures:
        lines += ["", "## What failed", ""] + ["- %s (%s)" % (text, ", ".join(engines)) for text, engines in failures.items()]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = lambda known: lambda text: [name if name in known else parser.error("'%s' is none of %s" % (name, ", ".join(known)))
                                        for name in text.split(",") if name]
    parser.add_argument("--models", type=names(samples.MODELS), default=samples.MODELS)
    parser.add_argument("--engines", type=names(TARGETS), default=list(TARGETS))
    parser.add_argument("--peers", type=names(PEERS), default=BY_DEFAULT, help="also modelopt, see the top of this file")
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--quoin", default=ROOT / "build/release/quoin")
    parser.add_argument("--work", default=ROOT / "build/peers", help="files and figures, kept")
    parser.add_argument("--environments", default=ROOT / ".deps/peers", help="the peers' Python environments")
    parser.add_argument("--out", default=ROOT / "docs/benchmarks.md")
    parser.add_argument("--tuned", help="a folder of files that `quoin tune` wrote, MODEL.TARGET.onnx: judged and timed with the others")
    parser.add_argument("--note", default="", help="a sentence for the page: a busy machine, say")
    parser.add_argument("--again", action="store_true", help="make and measure what is there already")
    options = parser.parse_args()
    benchmark = Benchmark(options)
    results = [benchmark.run(model, engine) for engine in options.engines for model in options.models]
    text = page(results, options, benchmark.versions)
    pathlib.Path(options.out).write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
