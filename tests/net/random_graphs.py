#!/usr/bin/env python3
"""Random legal graphs of all that Quoin's patterns and targets speak of. Each is known by (seed, index) alone.

    random_graphs.py SEED INDEX [OUT.onnx]    prints it as ONNX text, or writes it with its data beside it (OUT.npz)
"""
import sys

import numpy as np

import samples
from blocks_control import CONTROL
from blocks_image import IMAGE
from blocks_pointwise import ANY, activation
from blocks_sequence import MATRIX, SEQUENCE, linear
from builder import Builder, few_digits, prune

OPSETS = {7: 1, 8: 1, 9: 2, 10: 1.5, 11: 4, 12: 2, 13: 6, 14: 2, 15: 2, 16: 2, 17: 7, 18: 5, 19: 3, 20: 3, 21: 4, 22: 2, 23: 3, 24: 2, 25: 1, 26: 0.5}
LARGEST = 20000  # numbers of one value


class Case:
    """A model, and what it is fed with. `other` are sizes of free axes that it takes as well."""

    def __init__(self, name, model, inputs, data_seed, other):
        self.name, self.model, self.inputs, self.data_seed, self.other = name, model, inputs, data_seed, other
        self.seeded = {}  # constants that shrink.py drew again: name -> (seed, scale)

    def data(self, count, more=0, other=False):
        return samples.draw(self.inputs, count, self.data_seed + more, self.other if other else None)


def start(b, tame):
    """The first input: an image, a sound, a volume, a sequence, a matrix, or ids of an embedding."""
    kind = b.weighted(samples.KINDS)
    way = b.weighted({"image": 9, "sound": 2, "volume": 0.8, "sequence": 4, "matrix": 2.5, "ids": 1.5})
    free = b.weighted({"none": 6, "batch": 3, "all": 1.5})
    free = "none" if tame else free
    batch = "N" if free != "none" else None
    n = 1 if b.chance(0.7) or batch else b.pick(2, 3)
    name = lambda axis: axis if free == "all" else None
    if way == "image":
        c, h = b.pick(1, 3, 3, 3, 4, 8, 16, 16), b.pick(4, 6, 7, 8, 8, 9, 12, 14, 16)
        w = h if b.chance(0.6) else b.pick(1, 4, 5, 8, 10, 16)
        if free == "all":
            h, w = 8 * b.number(1, 2), 8 * b.number(1, 2)
        return b.input([n, c, h, w], [batch, None, name("H"), name("W")], kind=kind)
    if way == "sound":
        return b.input([n, b.pick(1, 2, 8, 16), 8 * b.number(1, 6) if free == "all" else b.number(5, 48)], [batch, None, name("L")], kind=kind)
    if way == "volume":
        return b.input([n, b.pick(1, 3, 8, 16), *([b.pick(4, 5, 6)] * 3)], [batch] + [None] * 4, kind=kind)
    t = b.pick(1, 3, 4, 7, 8, 16, 20) if b.chance(0.9) else 49
    if way == "sequence":
        return b.input([n, t, b.pick(4, 8, 16, 16, 32)], [batch, name("T"), None], kind=kind)
    if way == "matrix":
        return b.input([b.pick(1, 1, 4, 8) if not batch else 1, b.pick(4, 8, 16, 16, 32, 37)], [batch, None], kind=kind)
    rows, width = b.pick(7, 20, 64), b.pick(8, 16, 32)
    ids = b.input([n, t], [batch, name("T")], b.pick("i", "i", "s"), "ids", rows)
    table = b.constant(few_digits(b.rng.standard_normal([rows, width])), plain=True)
    return b.op("Gather", [table, ids], [n, t, width], [batch is not None, free == "all", False])


def second_input(b, x):
    """Another input that joins x: of its shape, or of one that broadcasts."""
    shape = list(x.shape)
    if b.chance(0.4) and x.rank > 1:
        shape = [n if i in (0, 1) else 1 for i, n in enumerate(shape)]
    if any(x.free):
        return None
    y = b.input(shape, kind=b.weighted(samples.KINDS))
    return b.op(b.pick("Add", "Mul"), [x, y], x.shape, x.free)


def tables(x):
    if x.rank in (3, 4, 5):
        image = [] if x.free[1] else [(IMAGE, 2 if x.rank == 3 else 6)]
        return image + [(SEQUENCE, 4)] * (x.rank == 3) + [(ANY, 2.5), (CONTROL, 0.15)]
    if x.rank == 2:
        return [(MATRIX, 6), (ANY, 3), (CONTROL, 0.15)]
    return [(ANY, 1)]


def step(b, x):
    """The value of one more block behind x, or None."""
    found = tables(x)
    table = found[b.weighted({i: weight for i, (_, weight) in enumerate(found)})][0]
    block = b.weighted(table)
    kept, b.shared = (len(b.nodes), len(b.values), b.shared), dict(b.shared)
    try:
        y = block(b, x)
    except ValueError:  # a Reshape that cannot tell its free axes
        y = None
    if y is None or y.size > LARGEST or y.size == 0 or y.rank > 5:
        b.nodes, b.values, b.shared = b.nodes[:kept[0]], b.values[:kept[1]], kept[2]
        return None
    return y


def make(seed, index, tame=False):
    """The graph of that number. A `tame` one has fixed sizes, biases that are biases, and weights that are initializers: for builds whose faults with
    others are known."""
    rng = np.random.default_rng([seed, index])
    b = Builder(rng, 17, 8)
    b.opset = b.weighted(OPSETS)
    oldest = 3 if b.opset <= 8 else 4 if b.opset == 9 else 6 if b.opset <= 12 else 7 if b.opset <= 14 else 8 if b.opset <= 18 else 9 if b.opset == 19 else 10
    b.ir_version = oldest if b.chance(0.7) else min(12, oldest + b.number(0, 3))
    b.constants_as_inputs = b.ir_version == 3 or b.chance(0.05)
    b.odd_constants = b.pick(0, 0, 0, 0.1, 0.3)
    b.weight_kind = b.pick("normal", "normal", "normal", "uniform", "offset", "outliers", "tiny_channels", "sparse")
    if tame:
        b.tame, b.odd_constants, b.constants_as_inputs = True, 0, False
    x = start(b, tame)
    if not tame and b.inputs[0].type == "f" and b.chance(0.05):  # float16 at the door, float inside
        b.inputs[0].type = x.type = "h"
        b.values.remove(x)
        x = b.op("Cast", [x], x.shape, x.free, to=1)
    wanted, misses = b.number(1, 9), 0
    while wanted > 0 and misses < 20:
        if b.chance(0.12):
            x = b.pick(*b.values)
        if b.chance(0.04):
            y = second_input(b, x)
        else:
            y = step(b, x)
        if y is None:
            misses += 1
            continue
        x, wanted = y, wanted - 1
    x = weighted_end(b, x)
    outputs = [x]
    inputs = {i.name for i in b.inputs}
    read = {i for n in b.nodes for i in n.input}
    for v in b.values[::-1]:
        loose, inner = v.name not in read, v.name in read
        if v.name not in inputs and v.name != x.name and len(outputs) < 4 and b.chance(0.25 if loose else 0.04 if inner else 0):
            outputs.append(v)
    order = [int(i) for i in rng.permutation(len(outputs))] if b.chance(0.3) else range(len(outputs))
    model = prune(b.model([outputs[i] for i in order], b.chance(0.85)))
    other = {"N": b.pick(2, 3), "H": 8 * b.number(1, 3), "W": 8 * b.number(1, 3), "L": 8 * b.number(2, 7), "T": b.number(2, 12)}
    names = {i.name for i in model.graph.input}
    kept = [i for i in b.inputs if i.name in names]
    return Case(f"{seed}-{index}", model, kept, 1000 * index + seed, other)


def weighted_end(b, x):
    """A graph without a product has nothing to quantize: it gets one at its end."""
    if any(n.op_type in ("Conv", "Gemm", "MatMul", "ConvTranspose") for n in b.nodes) and b.chance(0.85) or b.chance(0.1):
        return x
    from blocks_image import conv_same
    if x.rank >= 3 and not x.free[1] and (x.rank > 3 or b.chance(0.4)):
        return activation(b, conv_same(b, x, b.pick(4, 8, 16)))
    y = linear(b, x) if x.rank >= 2 else None
    return x if y is None else y


def main():
    from onnx import printer, save
    case = make(int(sys.argv[1]), int(sys.argv[2]))
    if len(sys.argv) < 4:
        print(printer.to_text(case.model))
        return
    save(case.model, sys.argv[3])
    np.savez(sys.argv[3].removesuffix(".onnx") + ".npz", **case.data(64))


if __name__ == "__main__":
    main()
