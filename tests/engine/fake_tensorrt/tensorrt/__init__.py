"""A stand-in for TensorRT's Python package with the names that run_model.py uses: an engine whose output y is twice its input x, of
two values. FAKE_TENSORRT is its version; FAKE_TENSORRT_REFUSES makes it refuse every model."""
import ctypes
import enum
import os

__version__ = os.environ.get("FAKE_TENSORRT", "10.3.0.post1")


class NetworkDefinitionCreationFlag(enum.IntEnum):
    EXPLICIT_BATCH = 0
    STRONGLY_TYPED = 1


class BuilderFlag(enum.Enum):
    FP16 = 0
    INT8 = 1
    TF32 = 2


class ProfilingVerbosity(enum.Enum):
    DETAILED = 0


class LayerInformationFormat(enum.Enum):
    JSON = 0


class TensorIOMode(enum.Enum):
    INPUT = 0
    OUTPUT = 1


class TensorLocation(enum.Enum):
    DEVICE = 0
    HOST = 1


class DataType(enum.Enum):
    FLOAT = 0


class IProfiler:
    pass


class Logger:
    WARNING = 1

    def __init__(self, severity):
        pass


class Cache:
    def serialize(self):
        return b"cache"


class Config:
    def __init__(self):
        self.flags = []
        self.profile = ""

    def set_flag(self, flag):
        self.flags.append("+" + flag.name)

    def clear_flag(self, flag):
        self.flags.append("-" + flag.name)

    def add_optimization_profile(self, profile):
        self.profile = repr(sorted(profile.shapes.items()))

    def create_timing_cache(self, known):
        return Cache()

    def set_timing_cache(self, cache, ignore_mismatch):
        return True

    def get_timing_cache(self):
        return Cache()


class OptimizationProfile:
    def __init__(self):
        self.shapes = {}

    def set_shape(self, name, least, best, most):
        self.shapes[name] = (least, best, most)


class Builder:
    def __init__(self, logger):
        pass

    def create_network(self, flags=0):
        self.network_flags = flags
        return self

    def create_builder_config(self):
        return Config()

    def create_optimization_profile(self):
        return OptimizationProfile()

    def build_serialized_network(self, network, config):
        with open(os.environ["FAKE_TENSORRT_LOG"], "a") as log:
            log.write("flags %d %s %s\n" % (self.network_flags, " ".join(config.flags), config.profile))
        return b"plan"


class OnnxParser:
    num_errors = 1

    def __init__(self, network, logger):
        pass

    def parse_from_file(self, path):
        return os.path.exists(path) and "FAKE_TENSORRT_REFUSES" not in os.environ

    def get_error(self, index):
        return "Conv_3 is not supported"


class Inspector:
    def get_engine_information(self, form):
        return '{"Layers": [{"Name": "twice", "LayerType": "kgen", "Inputs": [], "Outputs": []}]}'


class Context:
    profiler = None

    def __init__(self):
        self.addresses = {}

    def set_input_shape(self, name, shape):
        return True

    def get_tensor_shape(self, name):
        return (1, 2)

    def set_tensor_address(self, name, address):
        self.addresses[name] = address

    def execute_async_v3(self, stream):
        x, y = (ctypes.cast(self.addresses[name], ctypes.POINTER(ctypes.c_float)) for name in ("x", "y"))
        y[0], y[1] = 2 * x[0], 2 * x[1]
        if self.profiler:
            self.profiler.report_layer_time("twice", 0.25)
        return True


class Engine:
    num_io_tensors = 2

    def get_tensor_name(self, index):
        return "xy"[index]

    def get_tensor_mode(self, name):
        return TensorIOMode.INPUT if name == "x" else TensorIOMode.OUTPUT

    def get_tensor_location(self, name):
        return TensorLocation.DEVICE

    def get_tensor_dtype(self, name):
        return DataType.FLOAT

    def create_execution_context(self):
        return Context()

    def create_engine_inspector(self):
        return Inspector()


class Runtime:
    def __init__(self, logger):
        pass

    def deserialize_cuda_engine(self, plan):
        return Engine() if plan == b"plan" else None
