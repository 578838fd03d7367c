#!/usr/bin/env python3
"""ONNX's own backend tests (node, simple, pytorch-*, light: the package `onnx` holds them) through Quoin.

    backend_tests.py QUOIN [--made-up | --inputs] [--quantize] [--only REGEX] [--every N] [--verbose]

`quoin transform` with a list of all conversions and fusions, proved on the stored inputs (--made-up: on inputs that
Quoin makes up); the written file runs in ONNX Runtime and must give the stored outputs. --quantize: models with a
float product on all three targets too, calibrated with the stored inputs; the file must run and keep its outputs.
--inputs: `quoin bench` of every model, on
inputs that it makes up: none that ONNX Runtime runs may be refused for them. Prints a table: tried, equal, nothing to transform, refused with which reason, crashed. Exit status 1 where a file is
wrong, a run crashed, or a model that ONNX Runtime runs is refused for the proof's inputs.
Needs numpy, onnx, onnxruntime.
"""
import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnx
import onnx.backend.test.loader as loader
import onnxruntime
from onnx import numpy_helper

# The runtime that judges is the one that Quoin proves with.
for library in sorted(pathlib.Path(onnxruntime.__file__).parent.glob("capi/libonnxruntime.so.*")):
    os.environ.setdefault("QUOIN_ONNXRUNTIME", str(library))

TARGETS = ("onnxruntime-cpu", "openvino-cpu", "tensorrt")
PRODUCTS = {"Conv", "ConvTranspose", "Gemm", "MatMul"}
# Of the float16 tests: their stored outputs were computed in another order.
LOOSE = {np.dtype(np.float16): 2e-2}
# What takes ONNX Runtime's own operators together and apart goes round in circles: the list takes them apart.
COMPOSING = {"ComposeMultiHeadAttention", "ExtractAttentionProjection"}
# A crash of ONNX Runtime itself (in the process that judges) would end this script: these are left to Quoin alone.
TIMEOUT = 120


class Case:
    def __init__(self, name, model, data_sets, rtol, atol):
        self.name, self.model, self.data_sets, self.rtol, self.atol = name, model, data_sets, rtol, atol


def stored_sets(folder):
    sets = []
    for data in sorted(pathlib.Path(folder).glob("test_data_set_*")):
        def read(kind, data=data):
            files = sorted(data.glob(f"{kind}_*.pb"), key=lambda p: int(re.sub(r"\D", "", p.name)))
            return [onnx.TensorProto.FromString(p.read_bytes()) for p in files]
        try:
            sets.append((read("input"), read("output")))
        except Exception:  # a sequence or an optional, which is no TensorProto
            return []
    return sets


def all_cases():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with np.errstate(all="ignore"):
            for case in loader.load_model_tests(kind="node"):
                yield Case(case.name, case.model, case.data_sets, case.rtol, case.atol)
    for kind in ("simple", "pytorch-operator", "pytorch-converted"):
        for case in loader.load_model_tests(kind=kind):
            model = onnx.load(os.path.join(case.model_dir, "model.onnx"))
            yield Case(f"{kind}/{case.name}", model, stored_sets(case.model_dir), case.rtol, case.atol)
    for path in sorted(pathlib.Path(loader.DATA_DIR, "light").glob("*.onnx")):
        yield Case(f"light/{path.stem}", onnx.load(path), [], 1e-3, 1e-5)


def tensors_of(values):
    """Stored values as TensorProtos; None where one is a sequence, an optional or nothing."""
    protos = []
    for value in values:
        if isinstance(value, onnx.TensorProto):
            protos.append(value)
        elif isinstance(value, (np.ndarray, np.generic)):
            try:
                protos.append(numpy_helper.from_array(np.asarray(value)))
            except Exception:
                return None
        else:
            return None
    return protos


def arrays_of(protos):
    return [numpy_helper.to_array(p) for p in protos]


def session(path, optimized=True):
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    level = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimized else level.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run(path, feeds, optimized=True):
    return session(path, optimized).run(None, feeds)


def equal(got, want, rtol, atol):
    if len(got) != len(want):
        return f"{len(got)} outputs, wanted {len(want)}"
    for index, (a, b) in enumerate(zip(got, want)):
        if isinstance(a, (list, dict)) or a is None or b is None:
            if str(a) != str(b):
                return f"output {index} differs"
            continue
        a, b = np.asarray(a), np.asarray(b)
        if a.shape != b.shape:
            return f"output {index} is {a.shape}, wanted {b.shape}"
        if a.dtype.kind in "OSU" or b.dtype.kind in "OSU":
            if [str(x) for x in a.ravel()] != [str(x) for x in b.ravel()]:
                return f"output {index} differs"
            continue
        rtol_here = max(rtol, LOOSE.get(a.dtype, 1e-4))
        x, y = a.astype(np.float64), b.astype(np.float64)
        if not np.allclose(x, y, rtol=rtol_here, atol=max(atol, 1e-5 * max(1, np.abs(y[np.isfinite(y)]).max(initial=0))),
                           equal_nan=True):
            return f"output {index} differs by {np.nanmax(np.abs(x - y)):.3g}"
    return ""


def general(text):
    """A message without what differs from model to model."""
    text = re.sub(r"/tmp/\S+", "FILE", text)
    text = re.sub(r"'[^']*'", "'…'", text)
    return re.sub(r"\d+(\.\d+)?", "N", text)[:150]


class Net:
    def __init__(self, options):
        self.options = options
        self.count = collections.Counter()
        self.groups = collections.defaultdict(list)
        self.bad = []

    def note(self, kind, why, name):
        self.count[kind] += 1
        if why:
            self.groups[(kind, why)].append(name)
        if kind in ("wrong", "crashed", "refused for the inputs"):
            self.bad.append(f"{name}: {kind}: {why}")
        if self.options.verbose:
            print(f"{name}: {kind} {why}", flush=True)

    def quoin(self, *args):
        try:
            done = subprocess.run([self.options.quoin, *map(str, args)], capture_output=True, text=True, timeout=TIMEOUT,
                                  errors="replace")
        except subprocess.TimeoutExpired:
            return 124, f"no end within {TIMEOUT} s"
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
        return done.returncode, lines[0] if lines else ""

    def try_case(self, case, folder):
        model = folder / "model.onnx"
        onnx.save(case.model, model)
        sets = []
        for inputs, outputs in case.data_sets or []:
            inputs, outputs = tensors_of(inputs), tensors_of(outputs)
            if inputs is not None and outputs is not None:
                sets.append((inputs, outputs))
        for number, (inputs, _) in enumerate(sets):
            at = folder / f"test_data_set_{number}"
            at.mkdir()
            for k, proto in enumerate(inputs):
                (at / f"input_{k}.pb").write_bytes(proto.SerializeToString())
        feeds, want, runs = self.expected(case, model, sets)
        known = bool(sets) and feeds is not None
        data = ["--data", folder] if known and feeds and not self.options.made_up else []
        if self.options.inputs:
            return self.try_inputs(case, model, runs)
        out = folder / "out.onnx"
        code, text = self.quoin("transform", model, "-o", out, "--patterns", self.options.list, "--list", "everything", *data)
        self.count["tried"] += 1
        self.judge(case, code, text, runs, out, feeds, want)
        if self.options.quantize and known and runs and self.has_float_product(case.model):
            self.quantize(case, folder, model, feeds, want)

    def expected(self, case, model, sets):
        """Feeds, what the outputs are to be (by ONNX Runtime, where it does not compute what is stored), and whether it runs the model."""
        try:
            float_session = session(model)
        except Exception:
            return None, None, False
        names = [i.name for i in float_session.get_inputs()]
        try:
            if sets:
                values = arrays_of(sets[0][0])
                feeds = dict(zip(names, values))
                want = arrays_of(sets[0][1])
            else:
                rng = np.random.default_rng(0)
                feeds = {i.name: rng.standard_normal([d if isinstance(d, int) else 1 for d in i.shape]).astype(np.float32)
                         for i in float_session.get_inputs()}
                want = None
                if case.data_sets or case.data_sets is None or any("tensor(float)" != i.type for i in float_session.get_inputs()):
                    return None, None, True
            got = float_session.run(None, feeds)
        except Exception:
            return None, None, bool(not sets)
        if want is None or equal(got, want, case.rtol, case.atol):
            self.count["ONNX Runtime computes something else than is stored"] += bool(want)
            want = got
        return feeds, want, True

    def try_inputs(self, case, model, runs):
        self.count["tried"] += 1
        code, text = self.quoin("bench", model, "--rounds", 1, "--warmup", 0)
        if code < 0 or code in (124, 134, 139):
            self.note("crashed", f"exit {code} {general(text)}", case.name)
        elif code == 0:
            self.note("inputs found", "", case.name)
        elif "is not a tensor" in text:
            self.note("not timed: sequences and optionals", "", case.name)
        elif "on inputs that Quoin made up" in text and runs:
            self.note("refused for the inputs", general(text), case.name)
        else:
            self.note("not run by ONNX Runtime either" if not runs else "refused", f"exit {code}: {general(text)}", case.name)

    def judge(self, case, code, text, runs, out, feeds, want):
        if code < 0 or code in (124, 134, 139):
            return self.note("crashed", f"exit {code} {general(text)}", case.name)
        if code == 1 and "matched nothing" in text:
            return self.note("nothing to transform", "", case.name)
        if code != 0:
            if not runs:
                return self.note("not run by ONNX Runtime either", general(text), case.name)
            return self.note("refused", f"exit {code}: {general(text)}", case.name)
        if feeds is None:
            return self.note("transformed, not judged (no inputs that can be fed)", "", case.name)
        try:
            got = run(out, feeds)
        except Exception as error:
            return self.note("wrong", f"the file does not run: {str(error)[:150]}", case.name)
        problem = equal(got, want, case.rtol, case.atol)
        if problem and not equal(run(out, feeds, False), want, case.rtol, case.atol):
            problem = ""  # what ONNX Runtime's own optimizations change is not the file's fault
        return self.note("wrong" if problem else "equal", problem, case.name)

    @staticmethod
    def has_float_product(model):
        return any(node.op_type in PRODUCTS for node in model.graph.node)

    def quantize(self, case, folder, model, feeds, want):
        """Weights that are inputs of the model become constants: what a product's second input is fed."""
        model, feeds, data = self.with_constant_weights(case, folder, feeds)
        for target in TARGETS:
            out = folder / f"{target}.onnx"
            code, text = self.quoin("quantize", model, "-o", out, "--target", target, "--calib", data, "--no-timing")
            self.count[f"quantize {target}: tried"] += 1
            if code < 0 or code in (124, 134, 139):
                self.note("crashed", f"quantize {target}: exit {code} {general(text)}", case.name)
            elif code == 1 and ("matched nothing" in text or "no Q/DQ point" in text):
                self.note(f"quantize {target}: nothing to quantize", "", case.name)
            elif code != 0:
                self.note(f"quantize {target}: refused", f"exit {code}: {general(text)}", case.name)
            else:
                self.judge_quantized(case, target, out, feeds, want)

    @staticmethod
    def with_constant_weights(case, folder, feeds):
        model = onnx.ModelProto()
        model.CopyFrom(case.model)
        graph, kept = model.graph, dict(feeds)
        for node in graph.node:
            for name in node.input[1:3] if node.op_type in PRODUCTS else []:
                if name in kept and kept[name].dtype == np.float32 and len(kept) > 1:
                    graph.initializer.append(numpy_helper.from_array(kept.pop(name), name))
        inputs = [i for i in graph.input if i.name in kept]
        del graph.input[:]
        graph.input.extend(inputs)
        at = folder / "weights"
        (at / "test_data_set_0").mkdir(parents=True)
        for number, port in enumerate(inputs):
            proto = numpy_helper.from_array(kept[port.name], port.name)
            (at / "test_data_set_0" / f"input_{number}.pb").write_bytes(proto.SerializeToString())
        onnx.save(model, at / "model.onnx")
        return at / "model.onnx", kept, at

    def judge_quantized(self, case, target, out, feeds, want):
        try:
            got = run(out, feeds, target == "onnxruntime-cpu")
        except Exception as error:
            if target == "onnxruntime-cpu":
                return self.note("wrong", f"quantized for {target}, does not run: {str(error)[:120]}", case.name)
            return self.note(f"quantize {target}: written", "", case.name)
        worst = min((decibels(a, b) for a, b in zip(got, want) if np.asarray(b).dtype.kind == "f"), default=999)
        self.note(f"quantize {target}: written", "" if worst >= 15 else f"below 15 dB", f"{case.name} ({worst:.1f} dB)")


def decibels(a, b):
    a, b = np.asarray(a, np.float64).ravel(), np.asarray(b, np.float64).ravel()
    noise = ((a - b) ** 2).sum()
    if a.shape != b.shape or not np.isfinite(noise):
        return -999.0
    return 999.0 if noise == 0 else 10 * np.log10(max((b * b).sum(), 1e-300) / noise)


def write_list(quoin, path):
    """A list of every built-in conversion that takes apart or simplifies, and of every fusion."""
    text = subprocess.run([quoin, "patterns", "list"], capture_output=True, text=True, check=True).stdout
    kinds = [line.split()[:2] for line in text.splitlines() if len(line.split()) > 1]
    conversions = [n for n, kind in kinds if kind == "conversion" and n not in COMPOSING]
    fusions = [n for n, kind in kinds if kind == "fusion"]
    quote = lambda names: "[" + ", ".join(f'"{n}"' for n in names) + "]"
    path.write_text(f'[list]\nname = "everything"\nconversions = {quote(conversions)}\nfusions = {quote(fusions)}\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("quoin")
    parser.add_argument("--made-up", action="store_true", help="the proof's inputs are made up by Quoin, not the stored ones")
    parser.add_argument("--inputs", action="store_true", help="only look whether inputs are found for each model")
    parser.add_argument("--quantize", action="store_true", help="quantize the models with a float product too")
    parser.add_argument("--only", default="", help="names that match this regular expression")
    parser.add_argument("--every", type=int, default=1, help="each N-th case only")
    parser.add_argument("--verbose", action="store_true")
    net = Net(parser.parse_args())
    with tempfile.TemporaryDirectory() as work:
        net.options.list = pathlib.Path(work) / "everything.toml"
        write_list(net.options.quoin, net.options.list)
        for index, case in enumerate(c for c in all_cases() if re.search(net.options.only, c.name)):
            if index % net.options.every:
                continue
            with tempfile.TemporaryDirectory(dir=work) as folder:
                net.try_case(case, pathlib.Path(folder))
    for kind, count in net.count.most_common():
        print(f"{count:6} {kind}")
    for (kind, why), names in sorted(net.groups.items(), key=lambda item: -len(item[1])):
        print(f"\n{len(names)} {kind}: {why}\n    {', '.join(names[:200])}")
    print(f"\n{len(net.bad)} to look at" + "".join(f"\n    {line}" for line in net.bad))
    return 1 if net.bad else 0


if __name__ == "__main__":
    sys.exit(main())
