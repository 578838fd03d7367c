"""Bodies: If and Loop that hold layers and read values from outside; functions of the model."""
import numpy as np
from onnx import TensorProto, helper

from builder import Value


def body_of(b, x, make):
    """Nodes that `make` adds for x, kept for a body; values made inside are forgotten outside."""
    nodes, values, shared = b.nodes, b.values, b.shared
    b.nodes, b.values, b.shared = [], list(values), dict(shared)
    try:
        made = make(x)
    finally:
        inside, b.nodes, b.values, b.shared = b.nodes, nodes, values, shared
    return inside, made


def port(value, type=TensorProto.FLOAT):
    return helper.make_tensor_value_info(value.name, type, [None if f else n for n, f in zip(value.shape, value.free)])


def layer(b):
    from blocks_image import conv_same
    from blocks_pointwise import activation
    from blocks_sequence import linear

    def make(x):
        if x.rank >= 3 and not x.free[1] and b.chance(0.6):
            y = conv_same(b, x, x.shape[1]) if x.rank > 3 else linear(b, x, x.shape[-1])
            x = y if y is not None and y.shape == x.shape else x
        elif x.rank == 2 and not x.free[1]:
            y = linear(b, x, x.shape[1])
            x = y if y is not None and y.shape == x.shape else x
        return activation(b, x, b.pick("relu", "leaky", "sigmoid", "clip"))
    return make


def choice(b, x):
    """If on a constant or on what the data say; both branches read x from outside."""
    if not x.rank:
        return None
    if b.chance(0.5) or any(x.free):
        condition = b.constant(np.array(b.chance(0.5)), plain=True)
    else:
        total = b.op("ReduceMax", [x], [], keepdims=0)
        condition = b.op("Greater", [total, b.constant(np.float32(0.5), plain=True)], [], type="b") if b.opset >= 7 else None
    branches = []
    for name in ("then_branch", "else_branch"):
        nodes, made = body_of(b, x, layer(b))
        if made.name == x.name or made.shape != x.shape:
            return None
        branches.append(helper.make_graph(nodes, b.fresh(name), [], [port(made)]))
    out = b.value(x.shape, x.free)
    b.add("If", [condition], [out], then_branch=branches[0], else_branch=branches[1])
    return out


def loop(b, x):
    """A few rounds over one value, with a layer in the body."""
    if not x.rank or b.opset < 11:
        return None
    inner = Value(b.fresh("in"), x.shape, x.free)
    nodes, made = body_of(b, inner, layer(b))
    if made.shape != x.shape:
        return None
    i, going, goes = b.fresh("i"), b.fresh("going"), b.fresh("goes")
    nodes.append(helper.make_node("Identity", [going], [goes]))
    body = helper.make_graph(nodes, b.fresh("body"),
                             [helper.make_tensor_value_info(i, TensorProto.INT64, []), helper.make_tensor_value_info(going, TensorProto.BOOL, []), port(inner)],
                             [helper.make_tensor_value_info(goes, TensorProto.BOOL, []), port(made)])
    out = b.value(x.shape, x.free)
    b.add("Loop", [b.constant(np.int64(b.number(1, 3)), plain=True), b.constant(np.array(True), plain=True), x], [out], body=body)
    return out


def call(b, x):
    """A function of the model's own: an activation, or a linear layer whose weight is an input."""
    if b.ir_version < 8 or not x.rank:
        return None
    name, opset = b.fresh("Function"), [helper.make_opsetid("", b.opset)]
    node = helper.make_node
    if b.chance(0.5) or x.rank < 2 or x.free[-1]:
        nodes = [node("Sigmoid", ["X"], ["S"]), node("Mul", ["X", "S"] if b.chance(0.5) else ["S", "X"], ["Y"])]
        b.functions.append(helper.make_function("net.functions", name, ["X"], ["Y"], nodes, opset))
        return b.op(name, [x], x.shape, x.free, domain="net.functions")
    k, n = x.shape[-1], b.pick(4, 8, 16)
    nodes = [node("MatMul", ["X", "W"], ["P"]), node("Add", ["P", "B"], ["S"]), node("Relu", ["S"], ["Y"])]
    b.functions.append(helper.make_function("net.functions", name, ["X", "W", "B"], ["Y"], nodes, opset))
    return b.op(name, [x, b.weights([k, n], k, 1), b.per_channel([n])], [*x.shape[:-1], n], [*x.free[:-1], False], domain="net.functions")


CONTROL = {choice: 1, loop: 1, call: 1}
