#!/usr/bin/env python3
"""Every system call by which a run writes, made to fail, to be short, or the last that a process does: nothing may be lost or left.

    tests/faults/faults.py QUOIN [--verbs transform,quantize,tune] [--verbose]

The calls on files of the run's own folders (outputs and TMPDIR) are counted by a preloaded library (fail_calls.c, compiled here by cc). One run is made
for each of them and each fault: EIO, ENOSPC, EINTR, half a write, SIGKILL before and after it, SIGKILL of the watching parent. Afterwards each output
holds its old bytes or the new ones, whole; exit code 0 only where all are new; nothing else is in the folders (docs/files.md). Prints a table; exit
status 1 where something was lost. Needs cc, numpy and onnx.
"""
import argparse
import collections
import errno
import hashlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).resolve().parent
FAULTS = [f"errno={errno.EIO}", f"errno={errno.ENOSPC}", f"errno={errno.EINTR}", "short", "kill", "kill-after", "kill-parent"]
OLD = b"what was there before"
SECONDS = 120


def write_model(path):
    rng = np.random.default_rng(0)
    weights = [numpy_helper.from_array(rng.standard_normal(shape).astype(np.float32), name)
               for name, shape in (("w", (16, 8, 3, 3)), ("b", (16,)), ("v", (16, 16, 1, 1)))]
    nodes = [helper.make_node("Conv", ["x", "w", "b"], ["c"], "first", pads=[1, 1, 1, 1]), helper.make_node("Relu", ["c"], ["r"], "relu"),
             helper.make_node("Conv", ["r", "v"], ["y"], "last")]
    port = lambda name, channels: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, 12, 12])
    graph = helper.make_graph(nodes, "g", [port("x", 8)], [port("y", 16)], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    np.savez(path.parent / "data.npz", x=rng.standard_normal((12, 1, 8, 12, 12)).astype(np.float32))


def verbs(inputs, out):
    """The command line and the outputs of each verb."""
    model, data = inputs / "m.onnx", inputs / "data.npz"
    target = ["--target", "onnxruntime-cpu"]
    return {
        "transform": (["transform", model, "-o", out / "m.onnx", "--data", data, *target], ["m.onnx"]),
        "quantize": (["quantize", model, "-o", out / "q.onnx", "--calib", data, "--report", out / "run.json", "--effort", "fast", "--no-timing", *target],
                     ["q.onnx", "run.json"]),
        "tune": (["tune", model, "-o", out / "t.onnx", "--calib", f"{data}#first=6", "--eval", f"{data}#skip=6", "--state", out / "state", "--report",
                  out / "run.json", "--minutes", "0.02", *target], ["t.onnx", "state", "run.json"]),
    }


class Faults:
    def __init__(self, options, work):
        self.quoin, self.verbose = options.quoin, options.verbose
        self.root = work / "root"  # outputs and TMPDIR; the only folders whose calls are counted
        self.count_file, self.library = work / "count", work / "fail_calls.so"
        self.inputs = work / "inputs"
        self.inputs.mkdir()
        write_model(self.inputs / "m.onnx")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", self.library, HERE / "fail_calls.c", "-ldl"], check=True)
        self.table = collections.Counter()
        self.lost = []

    def run(self, verb, fault="none", at=0):
        """One run over old files: exit code, what it said, calls counted, and each file that is there with its bytes."""
        out, temporary = self.root / "out", self.root / "tmp"
        subprocess.run(["rm", "-rf", self.root], check=True)
        out.mkdir(parents=True)
        temporary.mkdir()
        arguments, names = verbs(self.inputs, out)[verb]
        for name in names:
            if name != "state":  # one that is no state is refused
                (out / name).write_bytes(OLD)
        self.count_file.write_bytes(bytes(8))
        environment = dict(os.environ, LD_PRELOAD=str(self.library), FAULT=fault, FAULT_AT=str(at), FAULT_ROOT=str(self.root),
                           FAULT_COUNT=str(self.count_file), FAULT_SAY="1", TMPDIR=str(temporary), ORT_DISABLE_TELEMETRY="1")
        done = subprocess.run([self.quoin, *map(str, arguments)], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=SECONDS, start_new_session=True)
        if fault == "kill-parent":
            self.wait_for_quiet(temporary, out)
        calls = int.from_bytes(self.count_file.read_bytes(), "little")
        files = {str(p.relative_to(self.root)): p.read_bytes() for p in self.root.rglob("*") if p.is_file()}
        folders = [str(p.relative_to(self.root)) for p in self.root.rglob("*") if p.is_dir()]
        return done, calls, files, folders

    def wait_for_quiet(self, *folders):
        """The work ends a moment after the process that watched it."""
        end = time.monotonic() + 20
        while time.monotonic() < end and any(p.name.startswith("quoin-") for folder in folders for p in folder.iterdir()):
            time.sleep(0.02)
        time.sleep(0.05)

    def judge(self, verb, fault, at, new):
        done, _, files, folders = self.run(verb, fault, at)
        _, names = verbs(self.inputs, self.root / "out")[verb]
        where = next((line.split()[-1] for line in done.stderr.splitlines() if line.startswith("faults: ")), "?")
        problems = []
        for name in names:
            got = files.pop(f"out/{name}", None)
            if got == OLD or (got is None and name == "state"):
                if done.returncode == 0:
                    problems.append(f"exit 0, {name} is not written")
            elif got is None:
                problems.append(f"{name} is lost")
            elif not new(name, got):
                problems.append(f"{name} is neither the old file nor the new one ({len(got)} bytes)")
        if files or sorted(folders) != ["out", "tmp"]:
            problems.append(f"left behind: {[*files, *(f for f in folders if f not in ('out', 'tmp'))]}")
        if done.returncode not in (0, 1, 2, 3, 4, -signal.SIGKILL):
            problems.append(f"exit code {done.returncode}: {done.stderr.strip()[-200:]}")
        if done.returncode > 0 and "quoin: " not in done.stderr:
            problems.append(f"exit code {done.returncode} without a word")
        self.table[verb, fault, "lost" if problems else "as promised"] += 1
        if self.verbose or problems:
            print(f"{verb} {fault} at call {at} ({where}): exit {done.returncode}; {'; '.join(problems) or 'as promised'}", flush=True)
        self.lost += problems

    def try_verb(self, verb):
        done, calls, files, _ = self.run(verb)
        if done.returncode != 0:
            sys.exit(f"{verb} without a fault ends with {done.returncode}: {done.stderr}")
        digest = {name.removeprefix("out/"): hashlib.sha256(content).digest() for name, content in files.items()}

        def new(name, got):
            if name.endswith(".onnx") and verb != "tune":
                return hashlib.sha256(got).digest() == digest[name]
            if name.endswith(".onnx"):  # which placement wins is timing's
                try:
                    onnx.checker.check_model(onnx.load_model_from_string(got))
                    return True
                except Exception:
                    return False
            return got.rstrip().endswith((b"}", b"]")) or name == "state"

        print(f"{verb}: {calls} calls that write", flush=True)
        for fault in FAULTS:
            for at in range(1, calls + 1):
                self.judge(verb, fault, at, new)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("quoin")
    parser.add_argument("--verbs", default="transform,quantize,tune")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    options.quoin = str(pathlib.Path(options.quoin).resolve())
    with tempfile.TemporaryDirectory(prefix="quoin-faults-") as work:
        faults = Faults(options, pathlib.Path(work).resolve())
        for verb in options.verbs.split(","):
            faults.try_verb(verb)
    for (verb, fault, end), n in sorted(faults.table.items()):
        print(f"{n:5} {verb} {fault}: {end}")
    print(f"{sum(faults.table.values())} faults, {len(faults.lost)} broken promises")
    return 1 if faults.lost or not faults.table else 0


if __name__ == "__main__":
    sys.exit(main())
