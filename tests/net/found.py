"""A fault as a text file: what was checked, what was seen, the graph in ONNX's text, and its data's kinds. Large weights are given by a seed."""
import re
import tempfile
import zlib

import numpy as np
from onnx import numpy_helper, parser, printer

from builder import ARRAYS, Input, few_digits

WRITTEN_OUT = 64  # numbers of a constant; more are drawn again by seed, where the shrinker found that the fault stays
NAMES = {np.dtype(v).name: k for k, v in ARRAYS.items()}


def name_of(fault):
    """Words of the kind, and a number that tells kinds apart that begin alike."""
    words = re.sub(r"[^a-z0-9]+", "_", f"{fault.oracle}_{fault.where}_{fault.kind}".lower()).strip("_")
    return f"{words[:60].rstrip('_')}_{zlib.crc32(repr(fault.key).encode()) % 10000:04}"


def drawn(shape, seed, scale):
    """Weights by seed: normal numbers of few digits."""
    return few_digits(np.random.default_rng(seed).standard_normal(shape) * scale)


def without_folders(text):
    """One line, in which the files of the run have lost the temporary folder that they lay in."""
    return re.sub(re.escape(tempfile.gettempdir()) + r"/[\w-]+/", "", " ".join(text.split()))


def write(path, case, check, fault, seen):
    lines = [f"# check: {' '.join(check)}", f"# oracle: {fault.oracle}", f"# kind: {fault.kind}", f"# detail: {without_folders(fault.detail)[:300]}",
             f"# seen: {seen}", "# state: open", f"# data: seed {case.data_seed}"]
    for spec in case.inputs:
        names = " ".join(n or "-" for n in spec.names)
        lines.append(f"# input: {spec.name} type {spec.type} kind {spec.kind} top {spec.top} shape {' '.join(map(str, spec.shape))} names {names}")
    lines.append("# other: " + " ".join(f"{k}={v}" for k, v in case.other.items()))
    model = type(case.model)()
    model.CopyFrom(case.model)
    for tensor in list(model.graph.initializer):
        if tensor.name in case.seeded:
            seed, scale = case.seeded[tensor.name]
            lines.append(f"# weights: {tensor.name} seed {seed} scale {scale:g} shape {' '.join(map(str, tensor.dims))}")
            model.graph.initializer.remove(tensor)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n" + printer.to_text(model) + "\n")


def open_kinds(folder):
    """(oracle, kind) of the faults that are kept and not mended yet."""
    kept = [Kept(path) for path in sorted(folder.glob("*.txt"))]
    return {(one.oracle, one.kind) for one in kept if one.state == "open"}


class Kept:
    """A file read back."""

    def __init__(self, path):
        from random_graphs import Case
        self.name = path.stem
        heads, body = [], []
        for line in path.read_text().splitlines():
            (heads if line.startswith("# ") else body).append(line)
        told = {}
        for line in heads:
            key, _, rest = line[2:].partition(": ")
            told.setdefault(key, []).append(rest)
        self.check = tuple(told["check"][0].split())
        self.oracle, self.kind, self.state = told["oracle"][0], told["kind"][0], told["state"][0].split()[0]
        model = parser.parse_model("\n".join(body))
        for line in told.get("weights", []):
            name, seed, scale, shape = re.fullmatch(r"(\S+) seed (\d+) scale (\S+) shape(.*)", line).groups()
            array = drawn([int(n) for n in shape.split()], int(seed), float(scale))
            model.graph.initializer.append(numpy_helper.from_array(array, name))
        inputs = []
        for line in told.get("input", []):
            name, kind_of_type, kind, top, shape, names = re.fullmatch(r"(\S+) type (\w) kind (\w+) top (\d+) shape ?(.*?) names ?(.*)", line).groups()
            inputs.append(Input(name, [int(n) for n in shape.split()], [None if n == "-" else n for n in names.split()], kind_of_type, kind, int(top)))
        other = {k: int(v) for k, v in (pair.split("=") for pair in told.get("other", [""])[0].split())}
        self.case = Case(self.name, model, inputs, int(told["data"][0].split()[1]), other)
