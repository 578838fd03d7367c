"""make_ort.py MODEL SAMPLES OUT: ONNX Runtime's quantize_static, minmax, per channel, u8 activations and s8 weights, QDQ.

Scales per channel need opset 13: an older model is raised first, or the file is one that ONNX's checker refuses."""
import os
import sys
import tempfile

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
import onnx
from onnx import version_converter
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from read_samples import read


class Samples(CalibrationDataReader):
    def __init__(self, folder):
        self.samples = read(folder)

    def get_next(self):
        return next(self.samples, None)


model, samples, out = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    prepared = os.path.join(folder, "prepared.onnx")
    loaded = onnx.load(model)
    if max(known.version for known in loaded.opset_import if known.domain in ("", "ai.onnx")) < 13:
        model = os.path.join(folder, "raised.onnx")
        onnx.save(version_converter.convert_version(loaded, 13), model)
    quant_pre_process(model, prepared, skip_symbolic_shape=True)
    quantize_static(prepared, out, Samples(samples), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
