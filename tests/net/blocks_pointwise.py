"""Blocks for any shape: activations in all their spellings, constants of every shape that broadcasts, joins, layout, shape arithmetic."""
import numpy as np

import forms
from builder import Value, few_digits


def activation(b, x, kind=None):
    kind = kind or b.weighted({"relu": 8, "relu6": 3, "clip": 2, "leaky": 2, "prelu": 1.5 if x.rank > 1 else 0, "hardswish": 2, "sigmoid": 2, "hardsigmoid": 1.5,
                               "silu": 3, "gelu": 3, "tanh": 1, "elu": 0.7, "selu": 0.4, "softplus": 0.4, "mish": 0.5, "softmax": 0.6, "thresholded": 0.2, "celu": 0.2})
    return ACTIVATIONS[kind](b, x)


def relu6(b, x):
    if b.opset >= 8 and b.chance(0.2):
        y = b.op("Max", [x, b.scalar(0)] if b.chance(0.5) else [b.scalar(0), x], x.shape if x.rank else (1,), x.free) if x.rank else None
        return b.op("Min", [y, b.scalar(6)], y.shape, y.free) if y else forms.clip(b, x, 0.0, 6.0)
    return forms.clip(b, x, 0.0, 6.0)


def clip(b, x):
    low, high = b.pick((0.0, 1.0), (-1.0, 1.0), (None, 2.0), (0.0, None), (-0.5, 6.0), (-3.4028234663852886e38, 3.0), (0.3, 2.0))
    return forms.clip(b, x, low, high)


def prelu(b, x):
    c = x.shape[1]
    if b.chance(0.3):
        slope = [1]
    elif x.free[1]:
        return forms.unary(b, "LeakyRelu", x)
    else:
        slope = [c] + [1] * (x.rank - 2)
    return b.op("PRelu", [x, b.per_channel(slope, -0.1, 0.5)], x.shape, x.free)


def hardsigmoid(b, x):
    way = b.pick("op", "op", "clip", "short")
    if way == "op":
        return forms.unary(b, "HardSigmoid", x, alpha=b.pick(1 / 6, 0.2, None), beta=0.5)
    if way == "short":
        return forms.unary(b, "HardSigmoid", x)
    y = b.op("Add", [x, b.scalar(3)] if b.chance(0.6) else [b.scalar(3), x], x.shape if x.rank else (1,), x.free) if x.rank else x
    y = forms.clip(b, y, 0.0, 6.0)
    return b.op("Div", [y, b.scalar(6)], y.shape, y.free) if b.chance(0.6) else b.op("Mul", [y, b.scalar(1 / 6)], y.shape, y.free)


def hardswish(b, x):
    if not x.rank:
        return forms.unary(b, "Relu", x)
    if b.opset >= 14 and b.chance(0.3):
        return forms.unary(b, "HardSwish", x)
    if b.chance(0.4):
        return mul(b, x, hardsigmoid(b, x))
    y = forms.clip(b, b.op("Add", [x, b.scalar(3)], x.shape, x.free), 0.0, 6.0)
    if b.chance(0.5):
        return mul(b, x, b.op("Div", [y, b.scalar(6)], x.shape, x.free))
    return b.op("Div", [mul(b, x, y), b.scalar(6)], x.shape, x.free)


def mul(b, x, y):
    return forms.binary(b, "Mul", *((x, y) if b.chance(0.5) else (y, x)))


def silu(b, x):
    if b.opset >= 24 and b.chance(0.4):
        return forms.unary(b, "Swish", x)
    return mul(b, x, forms.unary(b, "Sigmoid", x))


def gelu(b, x):
    if not x.rank or (b.opset >= 20 and b.chance(0.3)):
        return forms.unary(b, "Gelu", x, approximate=b.pick(None, "none", "tanh")) if b.opset >= 20 else forms.unary(b, "Relu", x)
    way = b.pick("erf", "erf", "tanh", "logistic") if b.opset >= 9 else b.pick("tanh", "logistic")
    s = lambda op, v, number: b.op(op, [v, b.scalar(number)] if op == "Div" or b.chance(0.6) else [b.scalar(number), v], v.shape, v.free)
    if way == "logistic":
        return mul(b, x, forms.unary(b, "Sigmoid", s("Mul", x, 1.702)))
    if way == "erf":
        inner = s("Div", x, 1.4142135381698608) if b.chance(0.6) else s("Mul", x, 0.7071067690849304)
        gate = s("Add", forms.unary(b, "Erf", inner), 1.0)
    else:
        cube = b.op("Pow", [x, b.scalar(3)], x.shape, x.free) if b.chance(0.5) else mul(b, mul(b, x, x), x)
        inner = s("Mul", forms.binary(b, "Add", x, s("Mul", cube, 0.044715)), 0.7978845608028654)
        gate = s("Add", forms.unary(b, "Tanh", inner), 1.0)
    way = b.pick("last", "first", "gate")
    if way == "last":
        return s("Mul", mul(b, x, gate), 0.5)
    return mul(b, s("Mul", x, 0.5), gate) if way == "first" else mul(b, x, s("Mul", gate, 0.5))


def softmax(b, x):
    if x.rank == 0:
        return forms.unary(b, "Sigmoid", x)
    op = b.pick("Softmax", "Softmax", "Softmax", "LogSoftmax")
    axis = b.pick(-1, x.rank - 1, min(1, x.rank - 1), None) if b.opset >= 11 else b.pick(x.rank - 1, min(1, x.rank - 1), None)
    if axis is None and b.opset < 13 and x.rank < 2:
        axis = x.rank - 1
    return forms.unary(b, op, x, axis=axis)


def mish(b, x):
    if b.opset >= 18 and b.chance(0.5):
        return forms.unary(b, "Mish", x)
    return mul(b, x, forms.unary(b, "Tanh", forms.unary(b, "Softplus", x)))


ACTIVATIONS = {"relu": lambda b, x: forms.unary(b, "Relu", x), "relu6": relu6, "clip": clip, "prelu": prelu, "hardswish": hardswish, "hardsigmoid": hardsigmoid,
               "leaky": lambda b, x: forms.unary(b, "LeakyRelu", x, alpha=b.pick(None, 0.1, 0.2, 0.01)), "sigmoid": lambda b, x: forms.unary(b, "Sigmoid", x),
               "tanh": lambda b, x: forms.unary(b, "Tanh", x), "elu": lambda b, x: forms.unary(b, "Elu", x, alpha=b.pick(None, 0.5)),
               "selu": lambda b, x: forms.unary(b, "Selu", x), "softplus": lambda b, x: forms.unary(b, "Softplus", x),
               "thresholded": lambda b, x: forms.unary(b, "ThresholdedRelu", x, alpha=0.2) if b.opset >= 10 else forms.unary(b, "Relu", x),
               "celu": lambda b, x: forms.unary(b, "Celu", x) if b.opset >= 12 else forms.unary(b, "Elu", x), "silu": silu, "gelu": gelu, "mish": mish, "softmax": softmax}


def constant_shape(b, x):
    """A shape that broadcasts to x's: a scalar, per channel, per row, per place, full, or any mixture."""
    way = b.pick("scalar", "scalar", "one", "axis1", "axis1", "last", "any", "full", "short", "lead")
    size = [1 if f else n for n, f in zip(x.shape, x.free)]
    if way == "scalar" or x.rank == 0:
        return []
    if way == "one":
        return [1] * b.number(1, x.rank)
    if way == "axis1" and x.rank > 1:
        return [size[1]] + [1] * (x.rank - 2) if b.chance(0.5) else [1, size[1]] + [1] * (x.rank - 2)
    if way == "last":
        return [size[-1]]
    if way == "full":
        return size if x.size <= 4096 else [size[-1]]
    if way == "short":
        return size[b.number(0, x.rank - 1):] if x.size <= 4096 else []
    if way == "lead":
        return [1] * b.number(1, 1) + size if x.size <= 4096 and x.rank < 5 and b.chance(0.2) else [1] * x.rank
    return [n if b.chance(0.5) and x.size <= 4096 else 1 for n in size]


def constant_block(b, x):
    op = b.weighted({"Add": 4, "Mul": 4, "Sub": 2, "Div": 2, "Pow": 0.3})
    op = b.pick("Mul", "Div") if b.tame else op
    shape = constant_shape(b, x)
    if op == "Pow":
        y = forms.unary(b, "Abs", x)
        return forms.with_constant(b, op, y, np.float32(2.0), plain=True)
    low, high = (0.5, 1.5) if op in ("Mul", "Div") else (-1, 1)
    numbers = b.rng.uniform(low, high, shape)
    if op == "Mul" and b.chance(0.3):
        numbers = numbers * b.rng.choice([-1, 1, 1, 0], shape)
    first = op in ("Add", "Mul", "Sub") and b.chance(0.25)
    return forms.with_constant(b, op, x, numbers, first)


def scale_and_shift(b, x):
    """A factor and a sum per channel, as a BatchNormalization that was taken apart."""
    c = x.shape[1] if x.rank > 1 and not x.free[1] else 1
    shape = [c] + [1] * (x.rank - 2) if x.rank > 1 else [1]
    if b.chance(0.3) and x.rank > 1:
        shape = [1] + shape
    for op in b.pick(["Mul", "Add"], ["Add"], ["Mul"], ["Sub", "Div"], ["Add", "Mul"]):
        x = forms.with_constant(b, op, x, b.rng.uniform(0.5, 1.5, shape) if op in ("Mul", "Div") else b.rng.uniform(-0.5, 0.5, shape), b.chance(0.2) and op in ("Mul", "Add"))
    return x


def join(b, x):
    """x and another value of the same shape, or one that broadcasts."""
    same = [v for v in b.values if v.shape == x.shape and v.free == x.free and v.name != x.name]
    wide = [v for v in b.values if v.name != x.name and v.rank <= x.rank and v.rank and not any(v.free) and
            all(n == m or n == 1 for n, m in zip(v.shape[::-1], x.shape[::-1])) and v.shape != x.shape]
    op = b.weighted({"Add": 5, "Mul": 3, "Sub": 1, "Max": 0.5 if b.opset >= 8 else 0, "Min": 0.3 if b.opset >= 8 else 0, "Sum": 0.3 if b.opset >= 8 else 0,
                     "Concat": 2 if x.rank > 1 else 0})
    if op == "Concat":
        axis = b.number(1, x.rank - 1)
        if x.free[axis] or not same or x.size > 8192:
            return None
        parts = [x, same[b.number(0, len(same) - 1)]]
        if b.chance(0.15) and not any(x.free):
            parts.append(b.constant(few_digits(b.rng.standard_normal([2 if i == axis else n for i, n in enumerate(x.shape)]))))
        total = sum(p.shape[axis] if isinstance(p, Value) else 2 for p in parts)
        return b.op("Concat", parts, [total if i == axis else n for i, n in enumerate(x.shape)], x.free, axis=axis)
    if op == "Mul" and b.chance(0.2):
        other = x
    elif wide and b.chance(0.25):
        other = wide[b.number(0, len(wide) - 1)]
    elif same:
        other = same[b.number(0, len(same) - 1)]
    else:
        return None
    return forms.binary(b, op, *((x, other) if b.chance(0.6) else (other, x)))


def nothing(b, x):
    """What changes no number: Identity, Dropout, casts, masks that are all true, a transpose and back."""
    way = b.pick("Identity", "dropout", "cast", "where", "turn", "zero", "expand", "pad")
    if way == "dropout":
        return forms.dropout(b, x)
    if way == "cast" and x.rank:
        y = b.op("Cast", [x], x.shape, x.free, "d", to=11)
        return b.op("Cast", [y], x.shape, x.free, to=1)
    if way == "where" and b.opset >= 9 and x.rank and not any(x.free):
        mask = b.constant(b.rng.random([x.shape[-1]]) < 0.8, plain=True)
        return b.op("Where", [mask, x, b.scalar(b.pick(0, -1))], x.shape, x.free)
    if way == "turn" and x.rank > 1:
        perm = [int(i) for i in b.rng.permutation(x.rank)]
        y = forms.transpose(b, x, perm)
        y = activation(b, y, "relu") if b.chance(0.3) else y
        return forms.transpose(b, y, [perm.index(i) for i in range(x.rank)])
    if way == "zero" and x.rank:
        op, number = b.pick(("Add", 0), ("Mul", 1), ("Div", 1), ("Sub", 0))
        return b.op(op, [x, b.scalar(number)], x.shape, x.free)
    if way == "expand" and b.opset >= 8 and x.rank and not any(x.free):
        return b.op("Expand", [x, b.ints(x.shape)], x.shape, x.free)
    if way == "pad" and x.rank:
        return forms.pad(b, x, [0] * x.rank, [0] * x.rank)
    return forms.unary(b, "Identity", x)


def cut(b, x):
    """A part of x: a slice, some rows, one of the parts of a Split."""
    axes = [i for i in range(1, x.rank) if x.shape[i] > 2 and not x.free[i]]
    if not axes:
        return None
    axis = b.pick(*axes)
    way = b.pick("slice", "slice", "gather", "split", "tile")
    if way == "slice":
        start = b.number(0, x.shape[axis] // 2)
        end = b.pick(x.shape[axis], b.number(start + 1, x.shape[axis]), 2**31 - 1)
        return forms.slices(b, x, axis, start, end, b.pick(1, 1, 2) if b.opset >= 10 else 1)
    if way == "gather":
        rows = [b.number(0, x.shape[axis] - 1) for _ in range(b.number(1, 4))]
        shape = list(x.shape)
        shape[axis] = len(rows)
        return b.op("Gather", [x, b.ints(rows)], shape, x.free, axis=axis)
    if way == "tile":
        if x.size > 4096:
            return None
        times = [2 if i == axis else 1 for i in range(x.rank)]
        return b.op("Tile", [x, b.ints(times)], [n * t for n, t in zip(x.shape, times)], x.free)
    first = b.number(1, x.shape[axis] - 1)
    left, right = forms.split(b, x, axis, [first, x.shape[axis] - first])
    return b.pick(left, right)


def shape_arithmetic(b, x):
    """A Reshape whose sizes are computed from the shape, as exporters do it: the last two axes become one, and apart again."""
    if x.rank < 3 or b.opset < 9:
        return None
    shape = b.op("Shape", [x], [x.rank], type="i")
    parts = []
    for i in range(x.rank - 2):
        at = b.op("Gather", [shape, b.constant(np.int64(i), plain=True)], [], type="i")
        parts.append(forms.unsqueeze(b, at, [0]))
    parts.append(b.ints([-1]))
    joined = b.op("Concat", parts, [x.rank - 1], type="i", axis=0)
    last = x.shape[-1] * x.shape[-2]
    y = b.op("Reshape", [x, joined], [*x.shape[:-2], last], [*x.free[:-2], x.free[-1] or x.free[-2]])
    y = activation(b, y)
    return b.op("Reshape", [y, shape], x.shape, x.free)


def regroup(b, x):
    """A Reshape of the known axes: two of them joined, or one taken apart."""
    axes = [i for i in range(1, x.rank - 1) if not x.free[i] and not x.free[i + 1]]
    if axes and b.chance(0.6) and x.rank > 2:
        a = b.pick(*axes)
        return forms.reshape(b, x, [*x.shape[:a], x.shape[a] * x.shape[a + 1], *x.shape[a + 2:]], [*x.free[:a], False, *x.free[a + 2:]])
    axes = [i for i in range(1, x.rank) if not x.free[i] and x.shape[i] % 2 == 0 and x.shape[i] > 2]
    if axes and x.rank < 4:
        a = b.pick(*axes)
        return forms.reshape(b, x, [*x.shape[:a], x.shape[a] // 2, 2, *x.shape[a + 1:]], [*x.free[:a], False, False, *x.free[a + 1:]])
    return None


def reduction(b, x):
    axes = [i for i in range(1, x.rank)]
    if not axes:
        return None
    chosen = [b.pick(*axes)] if b.chance(0.7) or x.rank < 3 else sorted({b.pick(*axes), b.pick(*axes)})
    op = b.weighted({"ReduceMean": 4, "ReduceMax": 1, "ReduceSum": 1, "ReduceMin": 0.5, "ReduceL2": 0.7, "ReduceSumSquare": 0.3})
    return forms.reduce(b, op, x, chosen, b.chance(0.6))


ANY = {lambda b, x: activation(b, x): 3, constant_block: 3, join: 2.5, nothing: 1.2, cut: 1, shape_arithmetic: 0.6, regroup: 0.8, reduction: 0.5}
