"""Operators as each opset spells them: attributes became inputs, inputs became optional, operators came and went."""
import numpy as np

from builder import Value, few_digits


def unary(b, op, x, **attributes):
    return b.op(op, [x], x.shape, x.free, x.type, **attributes)


def clip(b, x, low=None, high=None):
    if b.opset < 11:
        return unary(b, "Clip", x, min=low, max=high)
    bound = lambda n: "" if n is None else b.constant(np.float32(n), plain=not b.chance(0.1))
    return b.op("Clip", [x, bound(low), bound(high)], x.shape, x.free)


def reduce(b, op, x, axes, keepdims):
    shape = [1 if i in axes else n for i, n in enumerate(x.shape)]
    free = [f and i not in axes for i, f in enumerate(x.free)]
    if not keepdims:
        shape = [n for i, n in enumerate(shape) if i not in axes]
        free = [f for i, f in enumerate(free) if i not in axes]
    told = [a - x.rank if b.chance(0.4) else a for a in axes] if b.opset >= 11 else list(axes)
    as_input = b.opset >= 18 or (op == "ReduceSum" and b.opset >= 13)
    if as_input:
        return b.op(op, [x, b.ints(told)], shape, free, keepdims=int(keepdims))
    return b.op(op, [x], shape, free, axes=told, keepdims=int(keepdims))


def squeeze(b, x, axes):
    shape = [n for i, n in enumerate(x.shape) if i not in axes]
    free = [f for i, f in enumerate(x.free) if i not in axes]
    if b.opset >= 13:
        return b.op("Squeeze", [x, b.ints(axes)], shape, free, x.type)
    return b.op("Squeeze", [x], shape, free, x.type, axes=list(axes))


def unsqueeze(b, x, axes):
    shape, free = list(x.shape), list(x.free)
    for axis in sorted(axes):
        shape.insert(axis, 1)
        free.insert(axis, False)
    if b.opset >= 13:
        return b.op("Unsqueeze", [x, b.ints(axes)], shape, free, x.type)
    return b.op("Unsqueeze", [x], shape, free, x.type, axes=list(axes))


def split(b, x, axis, sizes):
    outs = [b.value([n if i == axis else s for i, s in enumerate(x.shape)], [f and i != axis for i, f in enumerate(x.free)], x.type) for n in sizes]
    even = len(set(sizes)) == 1
    if b.opset < 13:
        b.add("Split", [x], outs, axis=axis, split=None if even and b.chance(0.5) else list(sizes))
    elif even and b.opset >= 18 and b.chance(0.5):
        b.add("Split", [x], outs, axis=axis, num_outputs=len(sizes))
    elif even and b.opset < 18 and b.chance(0.5):
        b.add("Split", [x], outs, axis=axis)
    else:
        b.add("Split", [x, b.ints(sizes)], outs, axis=axis)
    return outs


def slices(b, x, axis, start, end, step=1):
    """x[start:end:step] along an axis; start and end count from 0, the step is positive."""
    shape = list(x.shape)
    shape[axis] = len(range(start, min(end, shape[axis]), step))
    if b.opset < 10:
        return b.op("Slice", [x], shape, x.free, x.type, axes=[axis], starts=[start], ends=[end])
    axes = axis - x.rank if b.chance(0.3) else axis
    return b.op("Slice", [x, b.ints([start]), b.ints([end]), b.ints([axes]), b.ints([step]) if step != 1 else ""], shape, x.free, x.type)


def pad(b, x, before, after, mode="constant", number=0.0):
    shape = [n + p + q for n, p, q in zip(x.shape, before, after)]
    if b.opset < 11:
        return b.op("Pad", [x], shape, x.free, pads=list(before) + list(after), mode=mode, value=float(number) if mode == "constant" else None)
    value = b.constant(np.float32(number), plain=True) if mode == "constant" and (number or b.chance(0.5)) else ""
    if b.opset >= 18 and b.chance(0.5):
        axes = [i for i in range(x.rank) if before[i] or after[i] or b.chance(0.2)] or [x.rank - 1]
        told = [a - x.rank if b.chance(0.3) else a for a in axes]
        pads = [before[a] for a in axes] + [after[a] for a in axes]
        return b.op("Pad", [x, b.ints(pads), value, b.ints(told)], shape, x.free, mode=mode)
    return b.op("Pad", [x, b.ints(list(before) + list(after)), value], shape, x.free, mode=mode)


def resize(b, x, scales, mode):
    """Scales of the last axes; those before stay. Upsample, and Resize in its four forms."""
    full = [1.0] * (x.rank - len(scales)) + [float(s) for s in scales]
    shape = [int(np.floor(n * s)) for n, s in zip(x.shape, full)]
    if b.opset < 9:
        return b.op("Upsample", [x], shape, x.free, mode=mode, scales=full)
    if b.opset == 9:
        return b.op("Upsample", [x, b.constant(np.float32(full), plain=True)], shape, x.free, mode=mode)
    if b.opset == 10:
        return b.op("Resize", [x, b.constant(np.float32(full), plain=True)], shape, x.free, mode=mode)
    where = {"nearest": ["asymmetric", "asymmetric", "half_pixel", "align_corners"],
             "linear": ["half_pixel", "half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"],
             "cubic": ["half_pixel", "asymmetric", "align_corners"]}[mode]
    told = {"mode": mode, "coordinate_transformation_mode": b.pick(*where)}
    if mode == "nearest":
        told["nearest_mode"] = b.pick("floor", "floor", "round_prefer_floor", "ceil")
    if mode == "cubic":
        told["cubic_coeff_a"] = b.pick(-0.75, -0.5)
    roi = "" if b.opset >= 13 else b.constant(np.zeros(0 if b.chance(0.5) else 2 * x.rank, np.float32), plain=True)
    axes = list(range(x.rank))
    if b.opset >= 18 and b.chance(0.5):
        axes = axes[x.rank - len(scales):]
        told["axes"] = [a - x.rank if b.chance(0.3) else a for a in axes]
    if b.chance(0.3) and not any(x.free):
        empty = "" if b.opset >= 13 else b.constant(np.zeros(0, np.float32), plain=True)
        return b.op("Resize", [x, roi, empty, b.ints([shape[a] for a in axes])], shape, x.free, **told)
    return b.op("Resize", [x, roi, b.constant(np.float32([full[a] for a in axes]), plain=True)], shape, x.free, **told)


def reshape(b, x, shape, free=None):
    """`shape` of known sizes; free axes of the result are told as 0 or -1, where they can be."""
    free = free or [False] * len(shape)
    told, open_axes = list(shape), [i for i, f in enumerate(free) if f]
    for i in list(open_axes):
        if i < x.rank and x.free[i] and shape[i] == x.shape[i]:
            told[i] = 0
            open_axes.remove(i)
    if len(open_axes) > 1:
        raise ValueError("two free axes that Reshape cannot tell")
    if open_axes:
        told[open_axes[0]] = -1
    elif b.chance(0.3) and not any(x.free) and x.size:
        told[b.number(0, len(told) - 1)] = -1
    return b.op("Reshape", [x, b.ints(told)], shape, free, x.type)


def transpose(b, x, perm):
    return b.op("Transpose", [x], [x.shape[p] for p in perm], [x.free[p] for p in perm], x.type, perm=list(perm))


def dropout(b, x):
    if b.opset < 12:
        return unary(b, "Dropout", x, ratio=0.25)
    return b.op("Dropout", [x, b.constant(np.float32(0.25), plain=True) if b.chance(0.5) else ""], x.shape, x.free)


def batch_norm(b, x):
    c = x.shape[1]
    scale, shift, mean = (b.constant(np.round(b.rng.uniform(l, h, c), 3).astype(np.float32), plain=True) for l, h in ((0.5, 1.5), (-0.5, 0.5), (-0.3, 0.3)))
    var = b.constant(np.round(b.rng.uniform(0.3, 2.0, c), 3).astype(np.float32), plain=True)
    return b.op("BatchNormalization", [x, scale, shift, mean, var], x.shape, x.free, epsilon=b.pick(1e-5, 1e-3, None))


def broadcast(x, y):
    """Shape and free axes of x + y."""
    rank = max(x.rank, y.rank)
    pad_to = lambda v, fill: (fill,) * (rank - len(v)) + tuple(v)
    shape = [max(p, q) if 0 not in (p, q) else 0 for p, q in zip(pad_to(x.shape, 1), pad_to(y.shape, 1))]
    return shape, [p or q for p, q in zip(pad_to(x.free, False), pad_to(y.free, False))]


def binary(b, op, x, y):
    shape, free = broadcast(x, y)
    return b.op(op, [x, y], shape, free)


def with_constant(b, op, x, array, constant_first=False, plain=False):
    array = np.asarray(array, np.float32)
    shape, free = broadcast(x, Value("", array.shape))
    c = b.constant(few_digits(array), plain)
    return b.op(op, [c, x] if constant_first else [x, c], shape, free)


