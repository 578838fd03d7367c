"""Outputs by ONNX Runtime and OpenVINO, and how far apart they are."""
import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import numpy as np
import onnx
import onnxruntime as ort

ort.disable_telemetry_events()
ort.set_default_logger_severity(4)


def session(model, optimized=False):
    options = ort.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads, options.inter_op_num_threads = 4, 1, 1
    level = ort.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimized else level.ORT_DISABLE_ALL
    source = model if isinstance(model, (str, bytes)) else model.SerializeToString()
    return ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def on_onnxruntime(model, data, optimized=False):
    """For each sample the outputs, by name."""
    made = session(model, optimized)
    names = [o.name for o in made.get_outputs()]
    count = len(next(iter(data.values()))) if data else 1
    return [dict(zip(names, made.run(None, {k: v[i] for k, v in data.items()}))) for i in range(count)]


def on_openvino(path, data, names):
    import openvino
    model = openvino.Core().compile_model(str(path), "CPU", {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"})
    known = {n for i in model.inputs for n in i.get_names()}
    count = len(next(iter(data.values()))) if data else 1
    runs = []
    for i in range(count):
        run = model({k: v[i] for k, v in data.items() if k in known})
        runs.append({n: np.asarray(run[o]) for n, o in zip(names, model.outputs)})
    return runs


def on_target(target, path, data, names):
    if target == "V":
        return on_openvino(path, data, names)
    return on_onnxruntime(str(path), data, optimized=target == "O")


def is_float(array):
    return array.dtype.kind == "f" or array.dtype.name == "bfloat16"


def apart(before, after):
    """The largest difference of two runs relative to the largest number of the output, and where: (0.0, "") where they are one."""
    worst, where = 0.0, ""
    for one, other in zip(before, after):
        for name, x in one.items():
            y = other.get(name)
            if y is None:
                return np.inf, f"output {name} is gone"
            if x.shape != y.shape or x.dtype != y.dtype:
                return np.inf, f"output {name} is {y.dtype}{list(y.shape)}, was {x.dtype}{list(x.shape)}"
            if x.size == 0:
                continue
            if not is_float(x):
                difference = 0.0 if (x == y).all() else np.inf
            else:
                x, y = x.astype(np.float64), y.astype(np.float64)
                same = (x == y) | (np.isnan(x) & np.isnan(y))
                gap = np.where(same, 0, np.abs(np.where(same, 0, x) - np.where(same, 0, y)))
                finite = np.abs(x[np.isfinite(x)])
                difference = float(np.nan_to_num(gap, nan=np.inf, posinf=np.inf).max() / max(finite.max() if finite.size else 0, 1e-30))
            if difference > worst:
                worst, where = difference, name
    return worst, where


def decibels(wanted, got):
    """SQNR of each float output over all samples, by name; ValueError where a shape changed."""
    found = {}
    for name in wanted[0] if wanted else []:
        if not is_float(wanted[0][name]):
            continue
        signal = noise = 0.0
        for one, other in zip(wanted, got):
            x, y = one[name].astype(np.float64), np.asarray(other[name]).astype(np.float64)
            if x.shape != y.shape:
                raise ValueError(f"output {name} is {list(y.shape)}, was {list(x.shape)}")
            usual = np.isfinite(x)
            signal += float((x[usual] ** 2).sum())
            noise += float(((x[usual] - y[usual]) ** 2).sum())
        found[name] = ratio(signal, noise)
    return found


def varying(runs):
    """Names of the float outputs that depend on the sample: of one that is the same number every time, a rounding is luck."""
    names = []
    for name in runs[0] if runs else []:
        if not is_float(runs[0][name]) or len({one[name].shape for one in runs}) > 1:
            continue
        x = np.stack([one[name] for one in runs]).astype(np.float64)
        x = x[np.isfinite(x).all(axis=tuple(range(1, x.ndim)))]
        if x.size and (x - x.mean(axis=0)).std() > 0.02 * np.sqrt((x * x).mean()):
            names.append(name)
    return names


def ratio(signal, noise):
    if noise == 0:
        return 200.0
    return float(np.clip(10 * np.log10(max(signal, 1e-300) / noise), -200, 200)) if np.isfinite(noise) else -200.0


def pooled(wanted, got):
    """One SQNR over all outputs and samples, as `quoin verify` counts it."""
    signal = noise = 0.0
    for one, other in zip(wanted, got):
        for name, x in one.items():
            x, y = np.asarray(x).astype(np.float64), np.asarray(other[name]).astype(np.float64)
            usual = np.isfinite(x) & np.isfinite(y)
            if not ((x == y) | (np.isnan(x) & np.isnan(y)))[~usual].all():
                return -200.0
            signal, noise = signal + float((x[usual] ** 2).sum()), noise + float(((x[usual] - y[usual]) ** 2).sum())
    return ratio(signal, noise)


LAST_PLACES = 3e-7  # a few units in the last place of float32


def roundings(model, rng):
    """The model with weights, and what each node of the main graph gives, moved by a few units in the last place."""
    model = onnx.shape_inference.infer_shapes(model)
    sizes = {name for node in model.graph.node if node.op_type in ("Resize", "Upsample", "Range") for name in node.input}
    floats = {v.name for v in model.graph.value_info if v.type.tensor_type.elem_type == onnx.TensorProto.FLOAT} - sizes
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and tensor.name not in sizes:
            tensor.CopyFrom(onnx.numpy_helper.from_array(moved(onnx.numpy_helper.to_array(tensor), rng), tensor.name))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    for node in nodes:
        exact = [name for name in node.output if name in floats]
        for i, name in enumerate(node.output):
            if name in exact:
                node.output[i] = name + ".exact"
        model.graph.node.append(node)
        for name in exact:
            factor = onnx.numpy_helper.from_array(np.float32(1 + rng.choice([-LAST_PLACES, LAST_PLACES])), name + ".rounding")
            model.graph.initializer.append(factor)
            model.graph.node.append(onnx.helper.make_node("Mul", [name + ".exact", factor.name], [name]))
    return model


def moved(array, rng):
    return (array * (1 + rng.choice([-LAST_PLACES, LAST_PLACES], array.shape))).astype(array.dtype)


def steady(model, data, base):
    """How much the outputs move when inputs, or weights and what nodes give, move by a few units in the last place: what no comparison may hold
    against a rewrite."""
    rng = np.random.default_rng(1)
    near = {name: moved(array, rng) if array.dtype.kind == "f" else array for name, array in data.items()}
    told = [apart(base, on_onnxruntime(model, near))[0]]
    try:
        told.append(apart(base, on_onnxruntime(roundings(onnx.load_from_string(model), rng), data))[0])
    except Exception:  # sizes that are computed in floats are no longer whole
        pass
    return max(told)
