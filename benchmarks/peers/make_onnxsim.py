"""make_onnxsim.py MODEL SAMPLES OUT: the float model simplified by onnxsim: what its rewrites alone are worth."""
import sys

import onnx
import onnxsim

model, _, out = sys.argv[1:]
made, checked = onnxsim.simplify(onnx.load(model))
if not checked:
    sys.exit("onnxsim's own check of its result failed")
onnx.save(made, out)
