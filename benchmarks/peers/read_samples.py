"""Reads what samples.write() wrote; needs only onnx and numpy, which every peer's environment has."""
import pathlib

import onnx
from onnx import numpy_helper


def read(folder):
    places = sorted(pathlib.Path(folder).glob("test_data_set_*"), key=lambda path: int(path.name.rsplit("_", 1)[1]))
    for place in places:
        sample = {}
        for file in sorted(place.glob("input_*.pb")):
            tensor = onnx.TensorProto.FromString(file.read_bytes())
            sample[tensor.name] = numpy_helper.to_array(tensor)
        yield sample
