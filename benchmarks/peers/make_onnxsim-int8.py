"""make_onnxsim-int8.py MODEL SAMPLES OUT: simplified by onnxsim, then its quantize_static with its defaults."""
import sys

import onnx
import onnxsim

from read_samples import read

model, samples, out = sys.argv[1:]
made, checked = onnxsim.simplify(onnx.load(model))
if not checked:
    sys.exit("onnxsim's own check of its result failed")
onnx.save(onnxsim.quantize_static(made, calibration_data=list(read(samples))), out)
