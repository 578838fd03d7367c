"""Blocks over images: rank 3 (N, C, L), 4 (N, C, H, W) and 5 (N, C, D, H, W)."""
import math

import forms
from blocks_pointwise import activation, scale_and_shift
from builder import few_digits

CHANNELS = {1: 1, 2: 1, 3: 2, 4: 2, 5: 1, 8: 4, 12: 1, 16: 8, 24: 2, 32: 3}


def spatial(x):
    return x.rank - 2


def window(b, x, sizes=(1, 2, 3, 3, 3, 5), dilations=(1, 1, 1, 2)):
    """A kernel and dilation that fit, per axis."""
    kernel = [b.pick(*sizes) for _ in range(spatial(x))]
    if b.chance(0.7):
        kernel = [kernel[0]] * spatial(x)
    dilation = [b.pick(*dilations)] * spatial(x)
    return kernel, dilation


def padding(b, x, kernel, dilation, strides, ceil=False, small=False):
    """Attributes of padding, and the spatial shape of the result; None where the window does not fit."""
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
    size = x.shape[2:]
    way = b.weighted({"half": 5, "none": 2, "same_upper": 1, "same_lower": 1, "valid": 0.5, "odd": 1.5})
    if way.startswith("same") and max(dilation) > 1:  # ONNX Runtime does not
        way = "half"
    if way.startswith("same"):
        return {"auto_pad": way.upper()}, [math.ceil(n / s) for n, s in zip(size, strides)]
    pads = [0] * (2 * len(size))
    if way == "half":
        pads = [r // 2 for r in reach] * 2
    elif way == "odd":
        pads = [b.number(0, max(0, (k - 1) if small else r)) for r, k in zip(reach + reach, kernel + kernel)]
    if small:
        pads = [min(p, k - 1) for p, k in zip(pads, kernel + kernel)]
    half = len(size)
    out = []
    for i, (n, r, s) in enumerate(zip(size, reach, strides)):
        room = n + pads[i] + pads[half + i] - r
        if room < 0:
            return None
        count = (math.ceil(room / s) if ceil else room // s) + 1
        if ceil and (count - 1) * s >= n + pads[i]:
            count -= 1
        out.append(count)
    told = {"auto_pad": "VALID"} if way == "valid" else {"pads": pads} if any(pads) or b.chance(0.3) else {}
    return told, out


def conv(b, x, channels=None, depthwise=None, sizes=(1, 2, 3, 3, 3, 5)):
    c = x.shape[1]
    kernel, dilation = window(b, x, sizes)
    strides = [b.pick(1, 1, 1, 2, 3)] * spatial(x) if b.chance(0.8) else [b.pick(1, 2) for _ in range(spatial(x))]
    found = padding(b, x, kernel, dilation, strides)
    if not found:
        kernel, dilation, strides, found = [1] * spatial(x), [1] * spatial(x), [1] * spatial(x), ({}, list(x.shape[2:]))
    told, out = found
    groups = [g for g in (2, 4) if c % g == 0]
    group = 1
    if depthwise or (depthwise is None and b.chance(0.2) and c > 1):
        group = c
    elif groups and b.chance(0.15):
        group = b.pick(*groups)
    channels = channels or (c * b.pick(1, 1, 1, 2) if group == c else group * b.weighted(CHANNELS))
    if channels % group:
        group = 1
    channels = min(channels, 64) if group == 1 else channels
    w = b.weights([channels, c // group, *kernel], c // group * math.prod(kernel), 0)
    inputs = [x, w]
    if b.chance(0.6):
        inputs.append(b.per_channel([channels]))
    told["kernel_shape"] = kernel if b.chance(0.8) else None
    told["strides"] = strides if any(s != 1 for s in strides) or b.chance(0.5) else None
    told["dilations"] = dilation if any(d != 1 for d in dilation) or b.chance(0.5) else None
    told["group"] = group if group != 1 or b.chance(0.5) else None
    return b.op("Conv", inputs, [x.shape[0], channels, *out], [x.free[0], False, *x.free[2:]], **told)


def conv_block(b, x):
    """Convolution, what normalizes it, and an activation, in the orders that are seen."""
    y = conv(b, x)
    for step in b.pick(["bn", "act"], ["bn", "act"], ["act"], [], ["bn"], ["affine", "act"], ["bn", "affine"], ["act", "bn"], ["bn", "bn", "act"]):
        y = {"bn": forms.batch_norm, "act": activation, "affine": scale_and_shift}[step](b, y)
    return y


def residual_block(b, x):
    y = x
    for _ in range(b.number(1, 2)):
        y = conv_same(b, y, y.shape[1])
        if b.chance(0.6):
            y = forms.batch_norm(b, y)
        if b.chance(0.5):
            y = activation(b, y)
    if b.chance(0.25):
        y = scale_and_shift(b, y)
    other = x if b.chance(0.8) else conv_same(b, x, x.shape[1], 1)
    y = forms.binary(b, "Add", *((y, other) if b.chance(0.6) else (other, y)))
    return activation(b, y) if b.chance(0.6) else y


def conv_same(b, x, channels, size=None):
    """A convolution that keeps the spatial shape."""
    c, k = x.shape[1], size or b.pick(1, 3, 3, 5)
    kernel = [k] * spatial(x)
    told = {"auto_pad": "SAME_UPPER"} if b.chance(0.1) else {"pads": [k // 2] * (2 * spatial(x))}
    group = c if channels == c and c > 1 and b.chance(0.2) else 1
    inputs = [x, b.weights([channels, c // group, *kernel], c // group * k ** spatial(x), 0)]
    if b.chance(0.6):
        inputs.append(b.per_channel([channels]))
    return b.op("Conv", inputs, [x.shape[0], channels, *x.shape[2:]], [x.free[0], False, *x.free[2:]], kernel_shape=kernel, group=group, **told)


def conv_transpose(b, x):
    c = x.shape[1]
    group = b.pick(*[g for g in (1, 1, 1, 2, 4, c) if c % g == 0])
    per_group = b.pick(1, 2, 4, 8) if group > 1 else b.weighted(CHANNELS)
    kernel, stride, dilation = b.pick(1, 2, 3, 4), b.pick(1, 2, 2, 3), b.pick(1, 1, 1, 2)
    reach = (kernel - 1) * dilation + 1
    told = {"group": group if group > 1 or b.chance(0.3) else None, "dilations": [dilation] * spatial(x) if dilation > 1 else None}
    extra = b.number(0, stride - 1) if stride > 1 and b.chance(0.3) else 0
    if b.chance(0.15) and dilation == 1 and kernel >= stride:
        told["auto_pad"], extra = b.pick("SAME_UPPER", "SAME_LOWER"), 0
        out = [n * stride for n in x.shape[2:]]
    else:
        pads = [b.number(0, (reach - 1) // 2) for _ in range(2 * spatial(x))] if b.chance(0.5) else [0] * (2 * spatial(x))
        out = [(n - 1) * stride + reach + extra - pads[i] - pads[spatial(x) + i] for i, n in enumerate(x.shape[2:])]
        told["pads"] = pads if any(pads) else None
    if extra:
        told["output_padding"] = [extra] * spatial(x)
    if min(out) < 1 or x.shape[0] * per_group * group * math.prod(out) > 40000:
        return None
    inputs = [x, b.weights([c, per_group, *([kernel] * spatial(x))], max(1, c // group * (kernel / stride) ** spatial(x)), 1)]
    if b.chance(0.5):
        inputs.append(b.per_channel([per_group * group]))
    y = b.op("ConvTranspose", inputs, [x.shape[0], per_group * group, *out], [x.free[0], False, *x.free[2:]], kernel_shape=[kernel] * spatial(x),
             strides=[stride] * spatial(x), **told)
    if b.chance(0.4):
        y = forms.batch_norm(b, y)
    return activation(b, y) if b.chance(0.5) else y


def pool(b, x):
    op = b.weighted({"MaxPool": 4, "AveragePool": 4, "LpPool": 0.3, "GlobalAveragePool": 1, "GlobalMaxPool": 0.4, "ReduceMean": 1})
    axes = list(range(2, x.rank))
    if op.startswith("Global"):
        return b.op(op, [x], [*x.shape[:2], *[1] * len(axes)], [*x.free[:2], *[False] * len(axes)])
    if op == "ReduceMean":
        return forms.reduce(b, op, x, axes if b.chance(0.7) else [b.pick(*axes)], True)
    kernel, dilation = window(b, x, (1, 2, 2, 3, 3), (1, 1, 1, 2) if op == "MaxPool" and b.opset >= 10 else (1,))
    if b.chance(0.1) and not any(x.free[2:]):
        kernel, dilation = list(x.shape[2:]), [1] * len(axes)
    strides = [b.pick(1, 2, 2)] * len(axes) if b.chance(0.8) else list(kernel)
    ceil = b.opset >= 10 and op != "LpPool" and b.chance(0.25)
    found = padding(b, x, kernel, dilation, strides, ceil, small=True)
    if not found:
        return None
    told, out = found
    if ceil and "auto_pad" in told:
        return None
    told["ceil_mode"] = 1 if ceil else None
    if op == "AveragePool" and b.chance(0.4):
        told["count_include_pad"] = b.pick(0, 1, 1)
    if op == "MaxPool" and max(dilation) > 1:
        told["dilations"] = dilation
    if op == "LpPool":
        told["p"] = 2
    return b.op(op, [x], [*x.shape[:2], *out], x.free, kernel_shape=kernel, strides=strides, **told)


def resize_block(b, x):
    if x.rank != 4 and not (x.rank == 3 and b.opset >= 10):
        return None
    mode = b.weighted({"nearest": 4, "linear": 3, "cubic": 1 if b.opset >= 11 and x.rank == 4 else 0})
    scales = [b.pick(2, 2, 2, 1.5, 0.5, 3)] * spatial(x) if b.chance(0.8) else [b.pick(2, 1, 1.5) for _ in range(spatial(x))]
    if b.opset < 10:
        scales = [max(1, s) for s in scales]
    if x.shape[1] * math.prod(x.shape[2:]) * max(scales) ** 2 > 30000 or min(n * s for n, s in zip(x.shape[2:], scales)) < 1:
        return None
    if any(x.free[2:]) and any(s not in (1, 2, 3) for s in scales):
        return None
    return forms.resize(b, x, scales, mode)


def pad_block(b, x):
    modes = {"constant": 5, "reflect": 1.5, "edge": 1.5, "wrap": 1 if b.opset >= 19 else 0}
    mode = b.weighted(modes)
    axes = range(2, x.rank)
    most = 2 if mode == "constant" else min(2, min(x.shape[2:]) - 1)
    if most < 1:
        return None
    before, after = [0] * x.rank, [0] * x.rank
    for axis in axes:
        before[axis], after[axis] = b.number(0, most), b.number(0, most)
    if mode == "constant" and b.chance(0.1) and not x.free[1]:
        before[1] = b.pick(0, 1, 2)
    y = forms.pad(b, x, before, after, mode, b.pick(0.0, 0.0, 0.0, 0.5, -1.0))
    return conv_block(b, y) if b.chance(0.6) else y


def squeeze_excite(b, x):
    if x.rank != 4:
        return None
    c, inner = x.shape[1], b.pick(2, 4, 8)
    if b.chance(0.6):
        s = b.op("GlobalAveragePool", [x], [x.shape[0], c, 1, 1], [x.free[0], False, False, False])
    else:
        s = forms.reduce(b, "ReduceMean", x, [2, 3], True)
    s = conv_same(b, s, inner, 1)
    s = activation(b, s, "relu") if b.chance(0.7) else activation(b, s)
    s = conv_same(b, s, c, 1)
    s = activation(b, s, b.pick("sigmoid", "sigmoid", "hardsigmoid"))
    return forms.binary(b, "Mul", *((x, s) if b.chance(0.6) else (s, x)))


def branches(b, x):
    """Two or three ways that meet in a Concat."""
    ways = []
    for _ in range(b.number(2, 3)):
        way = b.pick("conv", "conv", "pool", "self", "act")
        if way == "conv":
            y = conv_same(b, x, b.weighted({1: 1, 4: 2, 8: 3, 16: 2}))
            ways.append(activation(b, y) if b.chance(0.6) else y)
        elif way == "pool":
            op = b.pick("MaxPool", "AveragePool")
            ways.append(b.op(op, [x], x.shape, x.free, kernel_shape=[3] * spatial(x), strides=[1] * spatial(x), pads=[1] * (2 * spatial(x)),
                             count_include_pad=b.pick(0, 1, None) if op == "AveragePool" else None))
        else:
            ways.append(x if way == "self" else activation(b, x))
    channels = sum(w.shape[1] for w in ways)
    return b.op("Concat", ways, [x.shape[0], channels, *x.shape[2:]], x.free, axis=b.pick(1, 1, 1 - x.rank) if b.opset >= 11 else 1)


def split_channels(b, x):
    """Half of the channels go another way (CSP, ShuffleNet)."""
    c = x.shape[1]
    if c < 2:
        return None
    first = c // 2 if b.chance(0.7) else b.number(1, c - 1)
    left, right = forms.split(b, x, 1, [first, c - first])
    right = activation(b, conv_same(b, right, right.shape[1]))
    return b.op("Concat", [left, right] if b.chance(0.5) else [right, left], x.shape, x.free, axis=1)


def shuffle_pixels(b, x):
    if x.rank != 4:
        return None
    n, c, h, w = x.shape
    if c % 4 == 0 and b.chance(0.6):
        mode = b.pick("DCR", "CRD") if b.opset >= 11 else None
        return b.op("DepthToSpace", [x], [n, c // 4, 2 * h, 2 * w], x.free, blocksize=2, mode=mode)
    if h % 2 == 0 and w % 2 == 0 and c <= 8:
        return b.op("SpaceToDepth", [x], [n, 4 * c, h // 2, w // 2], x.free, blocksize=2)
    return None


def channel_norm(b, x):
    """InstanceNormalization, GroupNormalization, LRN, or a BatchNormalization by itself."""
    c = x.shape[1]
    way = b.weighted({"instance": 2, "group": 2 if b.opset >= 21 and c % 2 == 0 else 0, "lrn": 0.5 if x.rank == 4 else 0, "bn": 3})
    if way == "bn":
        return forms.batch_norm(b, x)
    if way == "lrn":
        return b.op("LRN", [x], x.shape, x.free, size=3)
    if way == "instance":
        return b.op("InstanceNormalization", [x, b.per_channel([c], 0.5, 1.5), b.per_channel([c])], x.shape, x.free, epsilon=1e-3)
    return b.op("GroupNormalization", [x, b.per_channel([c], 0.5, 1.5), b.per_channel([c])], x.shape, x.free, num_groups=2, epsilon=1e-3)


def channels_last(b, x):
    """ConvNeXt: the layout turned, normalized and multiplied there, and turned back."""
    from blocks_sequence import layer_norm, linear
    perm = [0, *range(2, x.rank), 1]
    back = [0, x.rank - 1, *range(1, x.rank - 1)]
    y = forms.transpose(b, x, perm)
    if b.chance(0.6):
        y = layer_norm(b, y)
    y = linear(b, y, b.pick(8, 16, 32))
    y = activation(b, y, b.pick("gelu", "relu", "silu"))
    y = linear(b, y, x.shape[1])
    if b.chance(0.4):
        y = forms.with_constant(b, "Mul", y, b.rng.uniform(0.2, 1.2, [x.shape[1]]))
    y = forms.transpose(b, y, back)
    return forms.binary(b, "Add", y, x) if b.chance(0.7) else y


def to_matrix(b, x):
    """The head: pooled or flattened, then a matrix."""
    if any(x.free[2:]) or x.size // max(1, x.shape[0]) > 1024 or b.chance(0.5):
        x = b.op("GlobalAveragePool", [x], [*x.shape[:2], *[1] * spatial(x)], [*x.free[:2], *[False] * spatial(x)]) if b.chance(0.6) else \
            forms.reduce(b, "ReduceMean", x, list(range(2, x.rank)), True)
    n, rest = x.shape[0], math.prod(x.shape[1:])
    if b.chance(0.5):
        return b.op("Flatten", [x], [n, rest], [x.free[0], False], axis=b.pick(1, None))
    if math.prod(x.shape[2:]) == 1 and b.chance(0.5):
        return forms.squeeze(b, x, list(range(2, x.rank)))
    return forms.reshape(b, x, [n, rest], [x.free[0], False])


def to_tokens(b, x):
    """Patches or pixels in a row: (N, C, H, W) becomes (N, H*W, C)."""
    free = any(x.free[2:])
    count = math.prod(x.shape[2:])
    if count > 64:
        if x.rank != 4 or min(x.shape[2:]) < 4:
            return None
        w = b.weights([16, x.shape[1], 4, 4], 16 * x.shape[1], 0)
        x = b.op("Conv", [x, w, b.per_channel([16])], [x.shape[0], 16, x.shape[2] // 4, x.shape[3] // 4], [x.free[0], False, *x.free[2:]],
                 kernel_shape=[4, 4], strides=[4, 4])
        count = math.prod(x.shape[2:])
    if count < 1 or count > 64:
        return None
    if x.rank == 3:
        return forms.transpose(b, x, [0, 2, 1])
    y = forms.reshape(b, x, [x.shape[0], x.shape[1], count], [x.free[0], False, free])
    return forms.transpose(b, y, [0, 2, 1])


def anchors(b, x):
    """What detectors do at the end: a Sigmoid, a factor and a sum per place."""
    if x.rank != 4 or any(x.free[2:]):
        return None
    y = activation(b, x, "sigmoid")
    y = forms.with_constant(b, "Mul", y, few_digits(b.rng.uniform(0.5, 3, [1, 1, *x.shape[2:]])))
    return forms.with_constant(b, "Add", y, few_digits(b.rng.uniform(-1, 1, [1, x.shape[1], *x.shape[2:]])))


IMAGE = {conv_block: 8, residual_block: 4, conv_transpose: 2, pool: 3, resize_block: 2, pad_block: 2, squeeze_excite: 1, branches: 2, split_channels: 1,
         shuffle_pixels: 0.7, channel_norm: 1, channels_last: 1, to_matrix: 1.2, to_tokens: 1, anchors: 0.4}
