"""Blocks over matrices (N, C) and sequences (N, T, C): linear layers, normalization, attention."""
import math

import numpy as np

import forms
from blocks_pointwise import activation, mul
from builder import few_digits

WIDTHS = {1: 0.5, 3: 1, 4: 2, 8: 3, 16: 6, 24: 1, 32: 3}


def linear(b, x, width=None):
    """x times a weight over its last axis, in one of its spellings; a bias or what looks like one."""
    k, n = x.shape[-1], width or b.weighted(WIDTHS)
    if x.free[-1]:
        return None
    shape, free = [*x.shape[:-1], n], [*x.free[:-1], False]
    if x.rank == 2 and b.chance(0.6):
        return gemm(b, x, n)
    w = b.weights([k, n], k, 1)
    if b.chance(0.1):
        w = b.add("Transpose", [b.weights([n, k], k, 0)], [b.fresh("c")], perm=[1, 0])
    y = b.op("MatMul", [x, w], shape, free)
    way = b.weighted({"none": 2, "bias": 6, "row": 0.7, "positions": 0.7 if x.rank == 3 and not x.free[1] else 0, "scalar": 0.4, "column": 0.4})
    way = "bias" if b.tame else way
    if way == "none":
        return y
    told = {"bias": [n], "row": [1] * b.number(1, x.rank - 1) + [n], "positions": [1, x.shape[1], n] if x.rank == 3 else [n], "scalar": [],
            "column": [1 if x.free[-2] else x.shape[-2], 1]}[way]
    return forms.with_constant(b, "Add", y, b.rng.uniform(-0.5, 0.5, told), b.chance(0.3))


def gemm(b, x, n=None):
    k, n = x.shape[1], n or b.weighted(WIDTHS)
    told = {}
    if b.chance(0.35):
        told["alpha"] = b.pick(0.5, 2.0, -1.5)
    if b.chance(0.35):
        told["beta"] = b.pick(0.5, 2.0, 0.0, 0.25)
    if b.chance(0.6):
        told["transB"] = 1
    w = b.weights([n, k] if "transB" in told else [k, n], k, 0 if "transB" in told else 1)
    a, m = x, x.shape[0]
    if b.chance(0.1):
        a, told["transA"] = forms.transpose(b, x, [1, 0]), 1
    c = b.weighted({"n": 6, "none": 2 if b.opset >= 11 else 0, "one": 0.5, "1n": 1, "m1": 0.5, "mn": 0.5, "scalar": 0.4})
    if b.tame or x.free[0] and c in ("m1", "mn"):
        c = "n"
    inputs = [a, w]
    if c != "none":
        inputs.append(b.per_channel({"n": [n], "one": [1], "1n": [1, n], "m1": [m, 1], "mn": [m, n], "scalar": []}[c]))
    return b.op("Gemm", inputs, [m, n], [x.free[0], False], **told)


def linear_block(b, x):
    y = linear(b, x)
    if y is None:
        return None
    if x.rank == 2 and b.chance(0.15):
        y = forms.batch_norm(b, y)
    return activation(b, y) if b.chance(0.6) else y


def constant_left(b, x):
    """A product with the weight on the left: mixing of tokens."""
    if x.rank < 2 or x.free[-2] or x.shape[-2] > 64:
        return None
    m = b.pick(4, 8, 16, x.shape[-2])
    w = b.weights([m, x.shape[-2]], x.shape[-2], 0)
    return b.op("MatMul", [w, x], [*x.shape[:-2], m, x.shape[-1]], [*x.free[:-2], False, x.free[-1]])


def batched_weight(b, x):
    """A weight of rank 3: one matrix per batch, or one with an axis too many."""
    if x.rank != 3 or x.free[-1] or x.free[0]:
        return None
    n = b.weighted(WIDTHS)
    batch = b.pick(1, x.shape[0])
    return b.op("MatMul", [x, b.weights([batch, x.shape[-1], n], x.shape[-1], 2)], [*x.shape[:-1], n], [*x.free[:-1], False])


def two_products(b, x):
    """A product of two activations: x and its transpose, or two of the values there are."""
    if x.rank < 2 or any(x.free[-2:]) or x.shape[-2] > 64 or x.shape[-1] > 64:
        return None
    perm = [*range(x.rank - 2), x.rank - 1, x.rank - 2]
    y = forms.with_constant(b, "Mul", x, np.float32(1 / math.sqrt(x.shape[-1])), plain=True)
    s = b.op("MatMul", [y, forms.transpose(b, x, perm)], [*x.shape[:-1], x.shape[-2]], [*x.free[:-1], False])
    return b.op("MatMul", [forms.unary(b, "Tanh", s), x], x.shape, x.free) if b.chance(0.6) else s


def layer_norm(b, x):
    c = x.shape[-1]
    if x.free[-1]:
        return None
    scale, shift = b.rng.uniform(0.5, 1.5, [c]), b.rng.uniform(-0.3, 0.3, [c])
    if b.opset >= 17 and b.chance(0.5):
        inputs = [x, b.constant(few_digits(scale))] + ([b.constant(few_digits(shift))] if b.chance(0.8) else [])
        return b.op("LayerNormalization", inputs, x.shape, x.free, axis=b.pick(-1, x.rank - 1, None), epsilon=b.pick(None, 1e-5, 1e-6))
    axis = x.rank - 1
    mean = forms.reduce(b, "ReduceMean", x, [axis], True)
    d = forms.binary(b, "Sub", x, mean)
    square = b.op("Pow", [d, b.scalar(2)], x.shape, x.free) if b.chance(0.6) else forms.binary(b, "Mul", d, d)
    var = forms.reduce(b, "ReduceMean", square, [axis], True)
    root = forms.unary(b, "Sqrt", b.op("Add", [var, b.scalar(1e-5)], var.shape, var.free))
    y = forms.binary(b, "Div", d, root) if b.chance(0.7) else forms.binary(b, "Mul", d, forms.unary(b, "Reciprocal", root))
    y = forms.with_constant(b, "Mul", y, scale, b.chance(0.3))
    return forms.with_constant(b, "Add", y, shift, b.chance(0.3)) if b.chance(0.85) else y


def rms_norm(b, x):
    c = x.shape[-1]
    if x.free[-1]:
        return None
    scale = b.rng.uniform(0.5, 1.5, [c])
    if b.opset >= 23 and b.chance(0.5):
        return b.op("RMSNormalization", [x, b.constant(few_digits(scale))], x.shape, x.free, epsilon=1e-5)
    square = b.op("Pow", [x, b.scalar(2)], x.shape, x.free) if b.chance(0.6) else forms.binary(b, "Mul", x, x)
    mean = forms.reduce(b, "ReduceMean", square, [x.rank - 1], True)
    root = forms.unary(b, "Sqrt", b.op("Add", [mean, b.scalar(1e-5)], mean.shape, mean.free))
    y = forms.binary(b, "Div", x, root) if b.chance(0.5) else forms.binary(b, "Mul", x, forms.unary(b, "Reciprocal", root))
    return forms.with_constant(b, "Mul", y, scale, b.chance(0.5))


def relative_positions(b, x):
    """A product of two constants, as relative positions are projected, joined to x."""
    if any(x.free[1:]) or x.size > 4096:
        return None
    k, n, rows = b.pick(4, 8, 16), x.shape[-1], x.shape[-2] if x.rank > 1 else 1
    table = b.constant(few_digits(b.rng.standard_normal([1] * (x.rank - 2 if b.chance(0.5) else 0) + [rows, k])), plain=True)
    shape = [1] * (x.rank - 2) + [rows, n] if x.rank > 2 else [rows, n]
    p = b.op("MatMul", [table, b.weights([k, n], k, 1)], shape)
    return forms.binary(b, "Add", *((x, p) if b.chance(0.5) else (p, x)))


def norm(b, x):
    return b.pick(layer_norm, layer_norm, rms_norm)(b, x)


def mlp(b, x):
    if x.free[-1]:
        return None
    y = norm(b, x) if b.chance(0.6) else x
    y = activation(b, linear(b, y, b.pick(16, 32)), b.pick("gelu", "gelu", "relu", "silu"))
    if b.chance(0.2):
        y = mul(b, y, linear(b, x, y.shape[-1]))
    y = linear(b, y, x.shape[-1])
    if b.chance(0.2):
        y = forms.with_constant(b, "Mul", y, b.rng.uniform(0.2, 1.0, [x.shape[-1]]))
    return forms.binary(b, "Add", *((x, y) if b.chance(0.5) else (y, x)))


def heads_apart(b, x, heads):
    """(N, T, C) to (N, heads, T, C / heads)."""
    n, t, c = x.shape
    y = forms.reshape(b, x, [n, t, heads, c // heads], [x.free[0], x.free[1], False, False])
    return forms.transpose(b, y, [0, 2, 1, 3])


def attention(b, x):
    """A block of attention in the usual spellings; masks by Add or Where, packed projections, ONNX's own operator."""
    if x.rank != 3 or x.free[2]:
        return None
    n, t, c = x.shape
    heads = b.pick(*[h for h in (1, 2, 4) if c % h == 0])
    y = norm(b, x) if b.chance(0.5) else x
    if b.chance(0.3):
        packed = linear(b, y, 3 * c)
        if packed.shape[-1] != 3 * c:
            return None
        q, k, v = forms.split(b, packed, 2, [c, c, c])
    else:
        q, k, v = (linear(b, y, c) for _ in range(3))
    if b.opset >= 23 and b.chance(0.4):
        out = b.op("Attention", [q, k, v], x.shape, x.free, q_num_heads=heads, kv_num_heads=heads, is_causal=b.pick(None, 0, 1))
    else:
        out = spelled_attention(b, x, q, k, v, heads)
    out = linear(b, out, c)
    return forms.binary(b, "Add", *((x, out) if b.chance(0.5) else (out, x))) if b.chance(0.8) else out


def spelled_attention(b, x, q, k, v, heads):
    n, t, c = x.shape
    q, k, v = (heads_apart(b, y, heads) for y in (q, k, v))
    scale, where = 1 / math.sqrt(c // heads), b.pick("before", "after", "div")
    if where == "before":
        q = b.op("Mul", [q, b.scalar(scale)], q.shape, q.free)
    k = forms.transpose(b, k, [0, 1, 3, 2])
    s = b.op("MatMul", [q, k], [n, heads, t, t], [x.free[0], False, x.free[1], x.free[1]])
    if where != "before":
        s = b.op("Mul", [s, b.scalar(scale)], s.shape, s.free) if where == "after" else b.op("Div", [s, b.scalar(1 / scale)], s.shape, s.free)
    mask = b.weighted({"none": 4, "add": 1.5, "where": 1 if b.opset >= 9 else 0}) if not x.free[1] else "none"
    if mask == "add":
        s = forms.with_constant(b, "Add", s, np.triu(np.full([t, t], b.pick(-1e4, -1e9, -3e4)), 1).reshape(b.pick([t, t], [1, 1, t, t])), plain=True)
    elif mask == "where":
        s = b.op("Where", [b.constant(np.tril(np.ones([1, 1, t, t], bool)), plain=True), s, b.scalar(b.pick(-1e9, -3.4028235e38, -np.inf))], s.shape, s.free)
    p = forms.unary(b, "Softmax", s, axis=-1 if b.opset >= 11 else 3)
    y = forms.transpose(b, b.op("MatMul", [p, v], v.shape, v.free), [0, 2, 1, 3])
    return forms.reshape(b, y, [n, t, c], [x.free[0], x.free[1], False])


def tokens_pooled(b, x):
    """(N, T, C) to (N, C): the mean, the first token, or the largest."""
    if x.rank != 3:
        return None
    way = b.pick("mean", "first", "max")
    if way == "first":
        return b.op("Gather", [x, b.constant(np.int64(0), plain=True)], [x.shape[0], x.shape[2]], [x.free[0], x.free[2]], axis=1)
    return forms.reduce(b, "ReduceMean" if way == "mean" else "ReduceMax", x, [1], False)


def turned(b, x):
    """(N, T, C) as an image of rank 3, or tokens and channels changed for one block."""
    if x.rank != 3 or x.free[1]:
        return None
    y = forms.transpose(b, x, [0, 2, 1])
    if b.chance(0.5):
        return y
    y = linear(b, y, x.shape[1])
    return forms.transpose(b, activation(b, y), [0, 2, 1])


def class_token(b, x):
    """A constant token in front, and positions."""
    if x.rank != 3 or any(x.free) or x.shape[1] > 40:
        return None
    n, t, c = x.shape
    token = b.constant(few_digits(b.rng.standard_normal([n, 1, c])))
    y = b.op("Concat", [token, x], [n, t + 1, c], x.free, axis=1)
    return forms.with_constant(b, "Add", y, b.rng.standard_normal([1, t + 1, c]) * 0.3, b.chance(0.3))


SEQUENCE = {linear_block: 6, relative_positions: 0.4, constant_left: 0.7, batched_weight: 0.5, two_products: 0.7, norm: 2, mlp: 3, attention: 3, tokens_pooled: 1, turned: 1, class_token: 0.7}
MATRIX = {linear_block: 8, constant_left: 0.3, two_products: 0.3, norm: 0.7, mlp: 1}
