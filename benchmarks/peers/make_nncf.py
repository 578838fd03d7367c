"""make_nncf.py MODEL SAMPLES OUT: NNCF's post-training quantization with its defaults; transformers by its model type."""
import sys

import nncf
import onnx

from read_samples import read

model, samples, out = sys.argv[1:]
feeds = list(read(samples))
transformer = any(name in model for name in ("vit", "use_lite"))
made = nncf.quantize(onnx.load(model), nncf.Dataset(feeds, lambda feed: feed), subset_size=len(feeds),
                     **({"model_type": nncf.ModelType.TRANSFORMER} if transformer else {}))
onnx.save(made, out)
