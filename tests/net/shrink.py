"""Makes a failing graph small: as few nodes, outputs, numbers as show the same fault."""
import time

import numpy as np
import onnx
from onnx import helper, numpy_helper, shape_inference

from builder import Input, prune, reads
from found import WRITTEN_OUT, drawn


def copy_of(case):
    from random_graphs import Case
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    made = Case(case.name, model, list(case.inputs), case.data_seed, dict(case.other))
    made.seeded = dict(case.seeded)
    return made


def types_of(case):
    """Element type and shape of every value for the basic sizes, by running the model with all values as outputs."""
    import judge
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    inferred = {v.name: v for v in shape_inference.infer_shapes(model).graph.value_info}
    known = {o.name for o in model.graph.output}
    made = [o for n in model.graph.node for o in n.output if o and o not in known]
    for name in made:
        model.graph.output.append(inferred[name] if name in inferred and inferred[name].type.tensor_type.elem_type else helper.make_empty_tensor_value_info(name))
    feeds = case.data(1)
    return {name: value for name, value in judge.on_onnxruntime(model, feeds)[0].items()}


def drop_outputs(case, _):
    for i in range(len(case.model.graph.output)):
        if len(case.model.graph.output) > 1:
            made = copy_of(case)
            del made.model.graph.output[i]
            yield made


def cut_ends(case, values):
    """The output becomes what its node reads."""
    for k, out in enumerate(case.model.graph.output):
        producer = next((n for n in case.model.graph.node if out.name in n.output), None)
        for source in producer.input if producer else []:
            if source in values and values[source].dtype == np.float32 and source not in {o.name for o in case.model.graph.output}:
                made = copy_of(case)
                made.model.graph.output[k].CopyFrom(port(source, values[source]))
                yield made


def port(name, value, names=None):
    dims = list(value.shape) if names is None else names
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), dims)


def bypass(case, values):
    """A node goes, and its readers take one of its inputs of the same shape."""
    for i in reversed(range(len(case.model.graph.node))):
        node = case.model.graph.node[i]
        if len(node.output) != 1 or node.output[0] not in values:
            continue
        out = values[node.output[0]]
        known = {**values, **{spec.name: None for spec in case.inputs}}
        for source in node.input:
            if source not in known:
                continue
            spec = next((s for s in case.inputs if s.name == source), None)
            shape = tuple(spec.shape) if spec else values[source].shape
            if shape == out.shape:
                made = copy_of(case)
                replace_uses(made.model.graph, node.output[0], source)
                if any(o.name == source for o in made.model.graph.output):
                    continue
                del made.model.graph.node[i]
                yield made


def replace_uses(graph, old, new):
    for node in graph.node:
        for k, name in enumerate(node.input):
            if name == old:
                node.input[k] = new
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                replace_uses(attribute.g, old, new)
    for out in graph.output:
        if out.name == old:
            out.name = new


def feed_instead(case, values):
    """A value becomes an input: what made it goes."""
    order = [o for n in case.model.graph.node for o in n.output if o in values and values[o].dtype == np.float32]
    outs = {o.name for o in case.model.graph.output}
    for name in reversed(order):
        if name in outs or values[name].size == 0:
            continue
        made = copy_of(case)
        for node in list(made.model.graph.node):
            if name in node.output:
                if len(node.output) > 1:
                    break
                made.model.graph.node.remove(node)
        else:
            made.model.graph.input.append(port(name, values[name]))
            spread = float(np.abs(values[name]).mean())
            kind = "positive" if values[name].min() >= 0 else "large" if spread > 50 else "normal"
            made.inputs.append(Input(name, values[name].shape, [None] * values[name].ndim, "f", kind))
            yield made


def constant_instead(case, values):
    """An integer or boolean value becomes the constant that it is."""
    for node in case.model.graph.node:
        name = node.output[0] if node.output else ""
        if name in values and len(node.output) == 1 and node.op_type != "Constant" and values[name].dtype != np.float32 and values[name].size < WRITTEN_OUT:
            made = copy_of(case)
            made.model.graph.node.remove(node)
            made.model.graph.initializer.append(numpy_helper.from_array(values[name], name))
            yield made


def plain_constants(case, _):
    """Constant nodes and what stands behind constants alone become initializers; names and free sizes go."""
    made = copy_of(case)
    for node in list(made.model.graph.node):
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            tensor = onnx.TensorProto()
            tensor.CopyFrom(node.attribute[0].t)
            tensor.name = node.output[0]
            made.model.graph.node.remove(node)
            made.model.graph.initializer.append(tensor)
    yield made
    made = copy_of(case)
    constants = {t.name for t in made.model.graph.initializer}
    ports = [p for p in made.model.graph.input if p.name not in constants]
    del made.model.graph.input[:]
    made.model.graph.input.extend(ports)
    made.model.ir_version = max(made.model.ir_version, 8)
    yield made
    made = copy_of(case)
    for spec in case.inputs:
        if any(spec.names):
            at = next(p for p in made.model.graph.input if p.name == spec.name)
            for dim, n in zip(at.type.tensor_type.shape.dim, spec.shape):
                dim.dim_value = n
    made.inputs = [Input(s.name, s.shape, [None] * len(s.shape), s.type, s.kind, s.top) for s in case.inputs]
    yield made
    for i, spec in enumerate(case.inputs):
        if spec.type == "f" and spec.kind != "normal":
            made = copy_of(case)
            made.inputs[i] = Input(spec.name, spec.shape, spec.names, spec.type, "normal", spec.top)
            yield made
    for opset in (17, 13):
        if case.model.opset_import[0].version != opset:
            made = copy_of(case)
            made.model.opset_import[0].version = opset
            yield made


def no_attributes(case, _):
    """Attributes and trailing inputs that are not needed go."""
    for i, node in enumerate(case.model.graph.node):
        for attribute in node.attribute:
            if attribute.type != onnx.AttributeProto.GRAPH:
                made = copy_of(case)
                del made.model.graph.node[i].attribute[[a.name for a in node.attribute].index(attribute.name)]
                yield made
        if len(node.input) > 1 and node.op_type in ("Conv", "Gemm", "ConvTranspose", "LayerNormalization", "Clip"):
            made = copy_of(case)
            del made.model.graph.node[i].input[-1]
            yield made


def simple_numbers(case, _):
    """Constants become ones, zeros, or normal numbers by seed."""
    for i, tensor in enumerate(case.model.graph.initializer):
        array = numpy_helper.to_array(tensor)
        if array.dtype != np.float32 or tensor.name in case.seeded or array.size == 0:
            continue
        if array.size <= WRITTEN_OUT:
            for number in (0, 1):
                if not (array == number).all():
                    made = copy_of(case)
                    made.model.graph.initializer[i].CopyFrom(numpy_helper.from_array(np.full(array.shape, number, np.float32), tensor.name))
                    yield made
            continue
        scale = float(f"{array.std() or 1:.1g}")
        made = copy_of(case)
        made.model.graph.initializer[i].CopyFrom(numpy_helper.from_array(drawn(array.shape, i + 1, scale), tensor.name))
        made.seeded[tensor.name] = (i + 1, scale)
        yield made


def true_shapes(case):
    """What the outputs say of their shapes becomes true again."""
    import judge
    try:
        made = judge.on_onnxruntime(case.model, case.data(1))[0]
    except Exception:
        return  # not legal, which is found out later
    for out in case.model.graph.output:
        shape = out.type.tensor_type.shape
        if out.type.tensor_type.HasField("shape") and [d.dim_value or n for d, n in zip(shape.dim, made[out.name].shape)] != list(made[out.name].shape) or \
                len(shape.dim) != made[out.name].ndim:
            out.CopyFrom(port(out.name, made[out.name]))


STEPS = [drop_outputs, cut_ends, feed_instead, bypass, constant_instead, plain_constants, no_attributes, simple_numbers]


def cleaned(case):
    prune(case.model)
    del case.model.graph.value_info[:]
    used = {name for node in case.model.graph.node for name in reads(node)}
    names = {p.name for p in case.model.graph.input if p.name in used}
    ports = [p for p in case.model.graph.input if p.name in names]
    del case.model.graph.input[:]
    case.model.graph.input.extend(ports)
    case.inputs = [s for s in case.inputs if s.name in names]
    true_shapes(case)
    known = {t.name for t in case.model.graph.initializer}
    case.seeded = {k: v for k, v in case.seeded.items() if k in known}
    return case


def shrink(case, same, seconds=90):
    """The smallest case found in that time for which `same` still gives a fault, and that fault. `same` gives None where the fault is gone."""
    end, last, progress = time.monotonic() + seconds, None, True
    best = copy_of(case)
    while progress and time.monotonic() < end:
        progress = False
        for step in STEPS:
            again = True
            while again and time.monotonic() < end:
                again = False
                values = values_of(best) if step in (cut_ends, feed_instead, bypass, constant_instead) else {}
                for made in step(best, values):
                    if time.monotonic() > end:
                        break
                    made = cleaned(made)
                    if weight(made) >= weight(best) or not made.inputs:
                        continue
                    fault = same(made)
                    if fault:
                        best, last, again, progress = made, fault, True, True
                        break
    return best, last


def values_of(case):
    try:
        return types_of(case)
    except Exception:
        return {}


def weight(case):
    """What has to become smaller at every step, so that shrinking ends."""
    graph = case.model.graph
    nodes = sum(1 for n in graph.node if n.op_type != "Constant")
    attributes = sum(len(n.attribute) + len(n.input) for n in graph.node)
    odd = sum(t.name not in case.seeded and numpy_helper.to_array(t).size > WRITTEN_OUT for t in graph.initializer)
    uneven = sum(len(np.unique(numpy_helper.to_array(t))) > 1 or not numpy_helper.to_array(t).any() * 0 for t in graph.initializer if np.prod(t.dims) <= WRITTEN_OUT)
    kinds = sum(s.kind != "normal" for s in case.inputs) + sum(any(s.names) for s in case.inputs) + len(graph.input)
    opset = {17: 0, 13: 1}.get(case.model.opset_import[0].version, 2)
    return nodes, len(graph.output), len(graph.node), attributes, kinds, odd, opset, uneven
