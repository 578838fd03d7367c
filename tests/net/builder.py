"""A graph that grows node by node: values with known shapes, constants in the forms that exporters write, names, inputs and outputs."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TYPES = {"f": TensorProto.FLOAT, "h": TensorProto.FLOAT16, "d": TensorProto.DOUBLE, "i": TensorProto.INT64, "s": TensorProto.INT32,
         "b": TensorProto.BOOL}
ARRAYS = {"f": np.float32, "h": np.float16, "d": np.float64, "i": np.int64, "s": np.int32, "b": np.bool_}


class Value:
    """What a node makes: its shape for the basic sizes, and which of its axes are free in the file."""
    __slots__ = ("name", "shape", "free", "type")

    def __init__(self, name, shape, free=None, type="f"):
        self.name, self.shape, self.type = name, tuple(int(n) for n in shape), type
        self.free = tuple(free) if free is not None else (False,) * len(self.shape)

    @property
    def rank(self):
        return len(self.shape)

    @property
    def size(self):
        return int(np.prod(self.shape, dtype=np.int64))

    def __repr__(self):
        return f"{self.name}:{self.type}{list(self.shape)}"


class Input:
    """A graph input: what it is fed with is decided by `kind` (samples.py)."""

    def __init__(self, name, shape, names, type, kind, top=0):
        self.name, self.shape, self.names, self.type, self.kind, self.top = name, tuple(shape), tuple(names), type, kind, top


def few_digits(array, digits=5):
    """Numbers that a text of few digits gives back exactly."""
    x = np.asarray(array, np.float64)
    power = digits - 1 - np.floor(np.log10(np.where(x == 0, 1, np.abs(x))))
    whole = np.round(x * 10.0 ** np.maximum(power, 0) / 10.0 ** np.maximum(-power, 0))
    return (whole / 10.0 ** np.maximum(power, 0) * 10.0 ** np.maximum(-power, 0)).astype(np.float32)


class Builder:
    def __init__(self, rng, opset, ir_version, constants_as_inputs=False, odd_constants=0.0):
        self.rng, self.opset, self.ir_version = rng, opset, ir_version
        self.constants_as_inputs, self.odd_constants = constants_as_inputs, odd_constants
        self.nodes, self.initializers, self.inputs, self.values, self.domains = [], [], [], [], set()
        self.count, self.shared, self.functions = 0, {}, []
        self.weight_kind = "normal"
        self.tame = False  # nothing that is known to go wrong; see random_graphs.py

    # Dice.
    def chance(self, p):
        return self.rng.random() < p

    def pick(self, *choices):
        return choices[int(self.rng.integers(len(choices)))]

    def weighted(self, table):
        """A key of a dictionary of weights."""
        keys = list(table)
        weights = np.array([table[k] for k in keys], float)
        return keys[int(self.rng.choice(len(keys), p=weights / weights.sum()))]

    def number(self, low, high):
        return int(self.rng.integers(low, high + 1))

    # Names and values.
    def fresh(self, hint):
        self.count += 1
        return f"{hint}{self.count}"

    def value(self, shape, free=None, type="f", hint="v"):
        return Value(self.fresh(hint), shape, free, type)

    def input(self, shape, names=None, type="f", kind="normal", top=0):
        names = names or (None,) * len(shape)
        spec = Input(self.fresh("x"), shape, names, type, kind, top)
        self.inputs.append(spec)
        made = Value(spec.name, shape, [n is not None for n in names], type)
        if type == "f":
            self.values.append(made)
        return made

    def add(self, op, inputs, outputs, domain="", **attributes):
        """Appends a node; inputs are values, names of constants, or "" for none."""
        names = [i.name if isinstance(i, Value) else i for i in inputs]
        while names and names[-1] == "":
            names.pop()
        attributes = {k: v for k, v in attributes.items() if v is not None}
        node = helper.make_node(op, names, [o.name if isinstance(o, Value) else o for o in outputs], domain=domain,
                                name=self.fresh("n") if self.opset % 2 else "", **attributes)
        if domain:
            self.domains.add(domain)
        self.nodes.append(node)
        for out in outputs:
            if isinstance(out, Value) and out.type == "f":
                self.values.append(out)
        return outputs[0] if len(outputs) == 1 else outputs

    def op(self, op, inputs, shape, free=None, type="f", **attributes):
        return self.add(op, inputs, [self.value(shape, free, type)], **attributes)

    # Constants.
    def constant(self, array, plain=False, hint="c"):
        """The name of a constant, as an initializer or in one of the forms that exporters write."""
        array = np.asarray(array)
        if not plain and self.chance(self.odd_constants):
            return self.odd_constant(array)
        name = self.fresh(hint)
        if self.chance(0.15):
            self.nodes.append(helper.make_node("Constant", [], [name], value=numpy_helper.from_array(array, name)))
        else:
            self.initializers.append(numpy_helper.from_array(array, name))
        return name

    def odd_constant(self, array):
        forms = ["identity"]
        if array.dtype == np.float32:
            forms += ["cast"]
            if array.ndim >= 2:
                forms += ["transpose", "reshape", "unsqueeze"]
        form, out = self.pick(*forms), self.fresh("c")
        if form == "identity":
            self.nodes.append(helper.make_node("Identity", [self.constant(array, True)], [out]))
        elif form == "cast":
            half = array.astype(np.float16)
            if not np.isfinite(half).all() or (np.abs(half) < 6e-5).any():
                half = array.astype(np.float64)
            self.nodes.append(helper.make_node("Cast", [self.constant(half, True)], [out], to=TensorProto.FLOAT))
        elif form == "transpose":
            perm = [int(i) for i in self.rng.permutation(array.ndim)]
            back = [perm.index(i) for i in range(array.ndim)]
            self.nodes.append(helper.make_node("Transpose", [self.constant(np.ascontiguousarray(array.transpose(perm)), True)], [out], perm=back))
        elif form == "reshape":
            shape = self.constant(np.array(array.shape, np.int64), True)
            self.nodes.append(helper.make_node("Reshape", [self.constant(array.reshape(-1), True), shape], [out]))
        elif array.shape[0] == 1:
            if self.opset >= 13:
                axes = self.constant(np.array([0], np.int64), True)
                self.nodes.append(helper.make_node("Unsqueeze", [self.constant(array[0], True), axes], [out]))
            else:
                self.nodes.append(helper.make_node("Unsqueeze", [self.constant(array[0], True)], [out], axes=[0]))
        else:
            return self.constant(array, True)
        return out

    def ints(self, numbers):
        return self.constant(np.array(numbers, np.int64), plain=True, hint="k")

    def scalar(self, number):
        """A constant of one element, as exporters write it: of rank 0 mostly."""
        return self.constant(np.full(self.pick((), (), (), (1,)), np.float32(number)), plain=True)

    def weights(self, shape, fan_in, axis=0, gain=1.0):
        """Weights whose product keeps the size of what it takes; `axis` is that of the output channels."""
        key = (tuple(shape), fan_in, axis)
        if key in self.shared and self.chance(0.25):
            return self.shared[key]
        kind = self.weight_kind if self.chance(0.7) else self.pick("normal", "normal", "uniform", "offset", "outliers", "dead", "sparse", "tiny_channels")
        w = self.rng.standard_normal(shape) * gain / np.sqrt(max(1, fan_in))
        channels = (slice(None),) * axis
        chosen = channels + (int(self.rng.integers(shape[axis])),)
        if kind == "uniform":
            w = self.rng.uniform(-1.7, 1.7, shape) * gain / np.sqrt(max(1, fan_in))
        elif kind == "offset":
            w += gain / max(1, fan_in)
        elif kind == "outliers":
            w[chosen] *= 30
        elif kind == "dead":
            w[chosen] = 0
        elif kind == "sparse":
            w *= self.rng.random(shape) < 0.3
        elif kind == "tiny_channels":
            w[chosen] *= 1e-6
        name = self.constant(few_digits(w.astype(np.float32)), hint="w")
        self.shared[key] = name
        return name

    def per_channel(self, shape, low=-0.5, high=0.5):
        return self.constant(few_digits(self.rng.uniform(low, high, shape)), hint="b")

    # The model.
    def model(self, outputs, shapes_told=True):
        """`outputs` become the graph's; without `shapes_told` they are written without their shapes."""
        ports = []
        for spec in self.inputs:
            ports.append(helper.make_tensor_value_info(spec.name, TYPES[spec.type], [n or s for n, s in zip(spec.names, spec.shape)]))
        if self.constants_as_inputs:
            ports += [helper.make_tensor_value_info(t.name, t.data_type, list(t.dims)) for t in self.initializers]
        told = []
        for value in outputs:
            dims = [None if f else s for s, f in zip(value.shape, value.free)] if shapes_told else None
            told.append(helper.make_tensor_value_info(value.name, TYPES[value.type], dims))
        graph = helper.make_graph(self.nodes, "net", ports, told, self.initializers)
        opsets = [helper.make_opsetid("", self.opset)] + [helper.make_opsetid(d, 1) for d in sorted(self.domains)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=self.ir_version, producer_name="quoin's net",
                                 functions=[f for f in self.functions if any(n.op_type == f.name for n in self.nodes)])


def prune(model):
    """Takes out what no output needs."""
    graph = model.graph
    needed, kept = {o.name for o in graph.output}, []
    for node in reversed(graph.node):
        if any(o in needed for o in node.output if o):
            kept.append(node)
            needed.update(reads(node))
    del graph.node[:]
    graph.node.extend(reversed(kept))
    initializers = [t for t in graph.initializer if t.name in needed]
    names = {t.name for t in graph.initializer}
    inputs = [i for i in graph.input if i.name not in names or i.name in needed]
    del graph.initializer[:], graph.input[:]
    graph.initializer.extend(initializers)
    graph.input.extend(inputs)
    return model


def reads(node):
    """Names of values that a node or its bodies read from outside."""
    found = {i for i in node.input if i}
    for attribute in node.attribute:
        for body in ([attribute.g] if attribute.type == onnx.AttributeProto.GRAPH else attribute.graphs):
            inside = {i.name for i in body.input} | {t.name for t in body.initializer} | {o for n in body.node for o in n.output}
            for inner in body.node:
                found |= reads(inner) - inside
            found |= {o.name for o in body.output} - inside
    return found
