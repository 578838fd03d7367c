"""What a graph is fed with: numbers of several kinds, from a seed."""
import numpy as np

from builder import ARRAYS

KINDS = {"normal": 8, "image": 3, "offset": 1.5, "far": 0.5, "outliers": 1, "dead": 0.7, "tiny": 0.5, "large": 0.7, "positive": 1, "negative": 0.5}


def one(rng, spec, shape):
    kind = spec.kind
    if spec.type in ("i", "s"):
        return rng.integers(0, spec.top, shape).astype(ARRAYS[spec.type])
    if spec.type == "b":
        return rng.random(shape) < 0.7
    x = rng.standard_normal(shape)
    channels = (slice(None),) + (0,) if len(shape) > 1 else (slice(None),)
    if kind == "image":
        x = rng.integers(0, 256, shape) / 255.0
    elif kind == "offset":
        x += 4
    elif kind == "far":
        x = x * 0.3 + 50
    elif kind == "outliers":
        x[channels] *= 50
    elif kind == "dead":
        x[channels] = 0
    elif kind == "tiny":
        x *= 1e-3
    elif kind == "large":
        x *= 300
    elif kind == "positive":
        x = np.abs(x)
    elif kind == "negative":
        x = -np.abs(x)
    return x.astype(ARRAYS[spec.type])


def sizes(spec, free):
    """The input's shape where free axes have the sizes of `free` (those that are named there)."""
    return [free.get(name, n) if name else n for n, name in zip(spec.shape, spec.names)]


def draw(inputs, count, seed, free=None):
    """An array for each input, with `count` samples along a new first axis."""
    rng = np.random.default_rng([seed, count])
    made = {}
    for spec in inputs:
        shape = sizes(spec, free or {})
        made[spec.name] = np.stack([one(rng, spec, shape) for _ in range(count)]) if count else np.zeros((0, *shape), ARRAYS[spec.type])
    return made


def feed(data, k):
    return {name: array[k] for name, array in data.items()}
