"""make_modelopt.py MODEL SAMPLES OUT: ModelOpt's ONNX quantization to INT8 with its defaults, calibrated on the CPU.

It takes one batch of inputs: the samples that have the first one's shape."""
import sys

import numpy as np
from modelopt.onnx.quantization import quantize

from read_samples import read

model, samples, out = sys.argv[1:]
feeds = list(read(samples))
same = [feed for feed in feeds if all(feed[key].shape == feeds[0][key].shape for key in feed)]
batch = {key: np.concatenate([feed[key] for feed in same]) for key in same[0]}
quantize(model, quantize_mode="int8", calibration_data=batch, calibration_eps=["cpu"], output_path=out)
