"""What must hold for every legal graph, without a label: before and after `transform`, and for what `quantize` writes."""
import collections
import json
import pathlib
import re

import numpy as np
import onnx

import judge
from quoin import TARGETS, kind_of

TOLERANCE = 1e-4  # of the largest number of an output
CALIBRATED, JUDGED = 24, 16  # samples
SURE = 6000  # numbers of an output that a difference of decibels is judged by before it is a fault
FAST_LOSS, BASE_LOSS = 1.0, 3.0  # decibels that default effort may lose against effort fast, and against ONNX Runtime's quantizer
FINE = 45.0  # decibels beyond which nothing is lost
SIGNAL = 0.0  # decibels below which the noise is larger than what it disturbs: how much larger is luck
OTHERWISE = 3.0  # decibels that a target may compute otherwise than the graph says

# Refusals that are right: the graph holds nothing for Quoin. All others of a graph that ONNX Runtime runs are counted, and these are faults:
WRONG_REFUSALS = [(r"died of SIG", "the runtime died"),
                  (r"not lossless|changes type or shape|changes the output|changes the number of outputs", "its own proof fails"),
                  (r"cannot run the model|no random values", "refused: the proof cannot run the model"),
                  (r"refuses the model|is not valid|check(er)? failed|invalid", "refused: it made an invalid model")]


class Fault:
    """`oracle` and `kind` are what a shrunk graph must keep; the rest is told."""

    def __init__(self, oracle, kind, where="", detail=""):
        self.oracle, self.kind, self.where, self.detail = oracle, kind, where, detail

    @property
    def key(self):
        return self.oracle, self.kind, self.where

    def __str__(self):
        return f"{self.oracle} [{self.where}]: {self.kind}" + (f" ({self.detail})" if self.detail else "")


DIES = "left out", "OpenVINO dies of the float model"


class Tally(collections.Counter):
    """Counts by (what, reason)."""

    tell = staticmethod(lambda: None)  # before what may end this process

    def refused(self, verb, outcome):
        self["refused", f"{verb}: {outcome.message}"] += 1


NOTHING_PAYS = "no Q/DQ point was opened"  # its reasons speak of what a target would refuse


def wrong_refusal(outcome, verb, where, judged):
    if NOTHING_PAYS in outcome.err:
        return None
    for pattern, kind in WRONG_REFUSALS:
        if re.search(pattern, outcome.err) and judged.is_valid:
            return Fault(verb, f"{kind}: {outcome.message}", where, outcome.err.strip()[:300])
    return None


def ports(model):
    """Names, types and shapes of what a caller sees; names of free dimensions do not count."""
    def of(values, left_out=()):
        told = []
        for v in values:
            if v.name in left_out:
                continue
            t = v.type.tensor_type
            dims = tuple(d.dim_value if d.HasField("dim_value") else None for d in t.shape.dim) if t.HasField("shape") else None
            told.append((v.name, t.elem_type, dims))
        return told
    constants = {i.name for i in model.graph.initializer}
    return of(model.graph.input, constants), of(model.graph.output)


def ports_differ(before, after):
    """What changed for a caller, or ""; a shape may become known, not another one."""
    for side, one, other in zip(("input", "output"), ports(before), ports(after)):
        if [p[:2] for p in one] != [p[:2] for p in other]:
            return f"{side}s are {other}, were {one}"
        for (name, _, old), (_, _, new) in zip(one, other):
            if old is None or (side == "output" and new is None):
                continue
            if new is None or len(old) != len(new) or any(o is not None and n is not None and o != n for o, n in zip(old, new)):
                return f"{side} {name} is {new}, was {old}"
            if side == "input" and old != new:
                return f"input {name} is {new}, was {old}"
    return ""


class Judged:
    """A case as the oracles need it: the file, its bytes, the float outputs."""

    def __init__(self, case, folder):
        self.case, self.folder = case, pathlib.Path(folder)
        self.path = self.folder / "float.onnx"
        self.bytes = case.model.SerializeToString()
        self.path.write_bytes(self.bytes)
        self.feeds = [case.data(2)]
        if any(name for i in case.inputs for name in i.names):
            self.feeds.append(case.data(1, other=True))
        self.data = self.folder / "data.npz"
        self.samples = case.data(CALIBRATED + JUDGED)
        np.savez(self.data, **self.samples)
        self.wanted = [judge.on_onnxruntime(self.bytes, data) for data in self.feeds]

        try:
            onnx.checker.check_model(case.model)
            self.is_valid = True
        except Exception:  # ONNX Runtime runs some that the checker refuses
            self.is_valid = False
        for port in case.model.graph.output:  # ONNX Runtime only warns
            if port.type.tensor_type.HasField("shape"):
                told, real = [d.dim_value for d in port.type.tensor_type.shape.dim], self.wanted[0][0][port.name].shape
                if len(told) != len(real) or any(t and t != r for t, r in zip(told, real)):
                    raise ValueError("an output has another shape than it says")

    def unchanged(self, verb, where):
        return [] if self.path.read_bytes() == self.bytes else [Fault(verb, "the input file was changed", where)]

    def made(self, name):
        path = self.folder / name
        path.unlink(missing_ok=True)
        return path


def check_transform(judged, quoin, options, where, tally):
    """Faults of `transform` with these options."""
    out = judged.made("transformed.onnx")
    tally["transforms", ""] += 1
    # The proof runs on data that are given, and has to find inputs where there are none: both ways are tried.
    data = ["--data", f"{judged.data}#first=2"] if quoin.takes_data and judged.case.inputs and judged.case.data_seed % 3 else []
    outcome = quoin.run("transform", judged.path, "-o", out, *data, *options)
    if outcome.broke:
        return [Fault("transform", outcome.broke, where, outcome.err.strip()[:300])]
    faults = judged.unchanged("transform", where)
    if outcome.code != 0:
        tally.refused("transform", outcome)
        if out.exists():
            faults.append(Fault("transform", "a refused run left a file", where))
        fault = wrong_refusal(outcome, "transform", where, judged)
        if fault and "proof fails" in fault.kind and not_steady(judged):
            return faults
        return faults + ([fault] if fault else [])
    tally["transformed", ""] += 1
    made = onnx.load(str(out))
    if wrong := not_valid(judged, made):
        return faults + [Fault("transform", "the file is not valid: " + kind_of(wrong), where, wrong[:300])]
    if differ := ports_differ(judged.case.model, made):
        faults.append(Fault("transform", "ports changed", where, differ))
    try:
        for data, wanted in zip(judged.feeds, judged.wanted):
            far, output = judge.apart(wanted, judge.on_onnxruntime(str(out), data))
            if far > TOLERANCE and far > 30 * judge.steady(judged.bytes, data, wanted):
                faults.append(Fault("transform", "outputs differ", where, f"{far:.3g} at {output}"))
                break
    except Exception as error:
        faults.append(Fault("transform", "ONNX Runtime cannot run the file: " + kind_of(str(error)), where, str(error)[:300]))
    return faults


def not_valid(judged, made):
    """What onnx.checker has against a file that was made from a model it has nothing against, or ""."""
    if not judged.is_valid:
        return ""
    try:
        onnx.checker.check_model(made)
    except Exception as error:
        return str(error)
    return ""


HUGE = 1e30  # a MaxPool's window that lies in its pads gives the lowest float: what is added to it overflows in one order and not in another


def not_steady(judged):
    numbers = [x for runs in judged.wanted for one in runs for x in one.values() if judge.is_float(x)]
    if any(x.size and np.abs(x[np.isfinite(x)], dtype=np.float64).max(initial=0) > HUGE for x in numbers):
        return True
    return any(judge.steady(judged.bytes, data, wanted) > TOLERANCE / 30 for data, wanted in zip(judged.feeds, judged.wanted))


class Quantized:
    """What `quantize` does with a case on one target and list. A shrinker that looks for one fault says which, `only`: the runs that cannot show it are left out."""

    def __init__(self, judged, quoin, target, list_name, tally, only=None):
        self.judged, self.quoin, self.target, self.list, self.tally, self.only = judged, quoin, target, list_name, tally, only
        self.where = f"{target} {list_name}"
        self.data, self.samples = judged.data, judged.samples
        self.tail = {k: v[CALIBRATED:] for k, v in self.samples.items()}
        self.names = [o.name for o in judged.case.model.graph.output]
        self.faults = []

    def fault(self, kind, detail="", oracle="quantize"):
        self.faults.append(Fault(oracle, kind, self.where, detail))

    def write(self, name, effort):
        """The outcome of one run, and the path that it wrote."""
        out = self.judged.made(name)
        self.tally["quantizations", ""] += 1
        calibration = ["--calib", f"{self.data}#first={CALIBRATED}"] if self.judged.case.inputs else []
        outcome = self.quoin.run("quantize", self.judged.path, "-o", out, "--target", TARGETS[self.target], "--list", self.list, *calibration, "--no-timing",
                                 "--effort", effort)
        if outcome.broke:
            self.fault(outcome.broke, f"effort {effort}: {outcome.err.strip()[:300]}")
        elif outcome.code != 0:
            self.tally.refused(f"quantize {self.target}", outcome)
            fault = wrong_refusal(outcome, "quantize", self.where, self.judged)
            if fault and not ("proof fails" in fault.kind and not_steady(self.judged)):
                self.faults.append(fault)
            if out.exists():
                self.fault("a refused run left a file")
        elif not out.exists():
            self.fault("exit 0 and no file")
        else:
            self.tally["quantized", ""] += 1
        return outcome, out

    def runs(self, path, samples=None):
        """Outputs on the target; None where it does not run, which is a fault."""
        try:
            return judge.on_target(self.target, path, samples or self.tail, self.names)
        except Exception as error:
            self.fault(f"the file does not run on its target: {kind_of(str(error))}", str(error)[:300])
            return None

    def check(self):
        outcome, fast = self.write("fast.onnx", "fast")
        if outcome.code == 0 and self.target == "V" and not self.openvino_is_right():
            self.tally["left out", "OpenVINO runs the float model otherwise, or not at all"] += 1
            return self.faults
        again, made = self.write("default.onnx", "default")
        self.faults += self.judged.unchanged("quantize", self.where)
        if self.faults or again.code != 0 or outcome.code != 0:
            if not self.faults and again.code != outcome.code:
                self.fault("one effort is refused, the other is not: " + (again if again.code else outcome).message)
            return self.faults
        if self.asked("lint", "not valid", "ports"):
            self.check_file(made)
        if self.asked("two runs"):
            self.check_same_bytes(made)
        if self.asked("does not run", "otherwise", "another", "below", "verify"):
            self.check_numbers(fast, made)
        return self.faults

    def asked(self, *words):
        return self.only is None or any(word in f"{self.only.oracle}: {self.only.kind}" for word in words)

    def openvino_is_right(self):
        self.tally[DIES] += 1
        self.tally.tell()
        try:
            wanted = judge.on_onnxruntime(self.judged.bytes, self.tail)
            return min(judge.decibels(wanted, judge.on_openvino(self.judged.path, self.tail, self.names)).values(), default=200) > 60
        except Exception:
            return False
        finally:
            self.tally[DIES] -= 1

    def check_file(self, path):
        made = onnx.load(str(path))
        if wrong := not_valid(self.judged, made):
            self.fault("the file is not valid: " + kind_of(wrong), wrong[:300])
        if differ := ports_differ(self.judged.case.model, made):
            self.fault("ports changed", differ)
        lint = self.quoin.run("lint", path, "--target", TARGETS[self.target], "--severity", "error", "--json")
        if lint.broke and not (lint.code == 1 and lint.out):
            self.fault(lint.broke, lint.err.strip()[:300], "lint")
        elif lint.code == 1:
            rules = sorted({f.get("rule", "") for f in json.loads(lint.out).get("findings", [])})
            self.fault("its own lint finds " + " ".join(rules), lint.out[:400], "lint")
        elif lint.code:
            self.fault("lint cannot read it: " + lint.message, lint.err[:300], "lint")

    def check_same_bytes(self, path):
        """A second run of the default effort."""
        _, again = self.write("again.onnx", "default")
        if again.exists() and again.read_bytes() != path.read_bytes():
            self.fault("two runs write different files")

    def check_numbers(self, fast, made):
        wanted = judge.on_onnxruntime(self.judged.bytes, self.tail)
        got = self.runs(made)
        if got is None:
            return
        try:
            real = judge.decibels(wanted, got)
            said = judge.decibels(wanted, judge.on_onnxruntime(str(made), self.tail))
        except ValueError as error:
            self.fault("an output has another shape on its target", str(error))
            return
        for name in real:
            if real[name] < min(said[name], FINE) - OTHERWISE and self.sure_otherwise(made, name):
                self.fault("the target computes otherwise than the graph says", f"{name}: {real[name]:.1f} dB, the graph says {said[name]:.1f}")
                break
        if self.asked("verify"):
            self.check_verify(made, wanted, got)
        least = min(real.values(), default=200)
        on_fast = self.runs(fast)
        if on_fast is not None and least < min(FINE, min(judge.decibels(wanted, on_fast).values(), default=200)) - FAST_LOSS:
            self.compare(made, fast, self.target, FAST_LOSS, "default effort is below fast")
        if self.asked("quantize_static") and self.target == "O" and least < FINE:
            self.check_base(made, wanted, least)

    def more(self):
        """Samples that nothing was fitted to, as many as a small output needs, and their float outputs."""
        least = min(x.size for x in self.judged.wanted[0][0].values() if judge.is_float(x))
        samples = self.judged.case.data(min(1000, max(100, SURE // max(least, 1))), 1)
        return samples, judge.on_onnxruntime(self.judged.bytes, samples)

    def sure_otherwise(self, made, name):
        samples, wanted = self.more()
        real, said = (judge.decibels(wanted, judge.on_target(t, made, samples, self.names))[name] for t in (self.target, "T"))
        return real < min(said, FINE) - OTHERWISE

    def compare(self, made, other, target, loss, kind):
        """Surely worse, on many more samples: at its worst output of those that depend on them."""
        samples, wanted = self.more()
        names = judge.varying(wanted)
        if not names:
            return
        ours, theirs = (min(map(judge.decibels(wanted, judge.on_target(t, path, samples, self.names)).get, names))
                        for t, path in ((self.target, made), (target, other)))
        if theirs >= SIGNAL and ours < min(FINE, theirs) - loss:
            self.fault(kind, f"{ours:.1f} dB, {theirs:.1f}")

    def check_verify(self, made, wanted, got):
        engine = ["--engine", "openvino"] if self.target == "V" else []
        verify = self.quoin.run("verify", self.judged.path, made, "--data", f"{self.data}#skip={CALIBRATED}", "--json", *engine)
        if verify.broke or verify.code:
            self.fault(verify.broke or f"verify ends with {verify.code}: {verify.message}", verify.err.strip()[:300], "verify")
            return
        told = json.loads(verify.out)["simulated" if self.target == "T" else "real"]["sqnr_db"]
        ours = judge.pooled(wanted, got)  # for TensorRT both without optimizations: with them ONNX Runtime leaves roundings to float16 out
        if told is None:
            told = 200.0 if ours > 0 else -200.0
        if abs(told - ours) > 0.5 and min(told, ours) < 80:
            self.fault("verify says another SQNR than is measured", f"{told:.2f} dB, measured {ours:.2f}", "verify")

    def check_base(self, made, wanted, least):
        base = self.judged.made("base.onnx")
        try:
            quantize_static(self.judged, {k: v[:CALIBRATED] for k, v in self.samples.items()}, base)
            theirs = min(judge.decibels(wanted, judge.on_onnxruntime(str(base), self.tail)).values(), default=-200)
        except Exception:
            self.tally["left out", "ONNX Runtime's quantizer makes nothing that runs"] += 1
            return
        self.tally["compared with quantize_static", ""] += 1
        if least < min(FINE, theirs) - BASE_LOSS and integer_weights(base) >= integer_weights(made):
            self.compare(made, base, "T", BASE_LOSS, "below ONNX Runtime's quantize_static")


def integer_weights(path):
    kinds = (onnx.TensorProto.INT8, onnx.TensorProto.UINT8)
    return sum(t.data_type in kinds and len(t.dims) > 1 for t in onnx.load(str(path)).graph.initializer)


def quantize_static(judged, samples, out):
    """ONNX Runtime's own quantizer on the same samples: QDQ, per channel."""
    import logging
    logging.disable(logging.CRITICAL)
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType
    from onnxruntime.quantization import quantize_static as quantize

    class Reader(CalibrationDataReader):
        def __init__(self):
            count = len(next(iter(samples.values())))
            self.feeds = iter([{k: v[i] for k, v in samples.items()} for i in range(count)])

        def get_next(self):
            return next(self.feeds, None)

    quantize(str(judged.path), str(out), Reader(), quant_format=QuantFormat.QDQ, per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
