"""Builds, runs, times and profiles a model with TensorRT's Python package, for machines that have its wheel and no trtexec.

It takes the options of trtexec that Quoin uses and writes the same files. CUDA is called by ctypes: the wheel brings its
runtime library along. Only Python's own modules are needed beside tensorrt.
"""
import ctypes
import glob
import os
import struct
import sys
import time

import tensorrt as trt

DEFAULTS = {"warmUp": "200", "duration": "3", "iterations": "10"}
FLAGS = {"help", "skipInference", "fp16", "int8", "stronglyTyped", "noTF32", "useCudaGraph", "useSpinWait", "noDataTransfers",
         "includeDataTransfers", "separateProfileRun"}
VALUES = {"onnx", "saveEngine", "loadEngine", "profilingVerbosity", "timingCacheFile", "minShapes", "optShapes", "maxShapes", "shapes",
          "loadInputs", "warmUp", "duration", "iterations", "exportTimes", "exportOutput", "exportProfile", "exportLayerInfo"}
# TensorRT's name of a type: bytes, struct's letter; the letter is empty where the values need unpacking by hand.
TYPES = {"FLOAT": (4, "f"), "HALF": (2, "e"), "BF16": (2, ""), "INT32": (4, "i"), "INT64": (8, "q"), "INT8": (1, "b"),
         "UINT8": (1, "B"), "BOOL": (1, "B")}
HOST_TO_DEVICE, DEVICE_TO_HOST = 1, 2


class Failure(Exception):
    pass


def major():
    return int(trt.__version__.split(".")[0])


def banner():
    numbers = [int("".join(filter(str.isdigit, part)) or 0) for part in (trt.__version__ + ".0.0").split(".")[:3]]
    print("&&&& RUNNING TensorRT.python [TensorRT v%d]" % (numbers[0] * 10000 + numbers[1] * 100 + numbers[2]), flush=True)


def parse(arguments):
    options = dict(DEFAULTS)
    for argument in arguments:
        name, equals, value = argument.removeprefix("--").partition("=")
        gone = major() > 10 and name in ("fp16", "int8")
        if not argument.startswith("--") or gone or not (name in VALUES and equals or name in FLAGS and not equals):
            raise Failure("Unknown option: " + argument)
        options[name] = value
    return options


def pairs(text):
    """name:value,name:value; a name may have colons."""
    return [part.rpartition(":")[::2] for part in text.split(",")] if text else []


def shapes_of(text):
    return {name: tuple(int(dim) for dim in value.split("x")) if value else () for name, value in pairs(text)}


class Cuda:
    """The few functions of CUDA's runtime that are needed."""

    def __init__(self):
        self.library = self.open()
        self.check("cudaSetDeviceFlags", ctypes.c_uint(1))  # spin while waiting

    @staticmethod
    def open():
        beside = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(trt.__file__))), "nvidia", "*", "lib", "libcudart.so.*")
        names = [os.environ["QUOIN_CUDART"]] if os.environ.get("QUOIN_CUDART") else sorted(glob.glob(beside), reverse=True) + [
            "libcudart.so", "libcudart.so.13", "libcudart.so.12"]
        problems = []
        for name in names:
            try:
                return ctypes.CDLL(name)
            except OSError as problem:
                problems.append(str(problem))
        raise Failure("CUDA's runtime library cannot be opened: " + "; ".join(problems))

    def check(self, function, *arguments):
        code = getattr(self.library, function)(*arguments)
        if code != 0:
            text = self.library.cudaGetErrorString
            text.restype = ctypes.c_char_p
            raise Failure("%s: error %d, %s" % (function, code, (text(code) or b"").decode()))

    def make(self, function, *arguments):
        handle = ctypes.c_void_p()
        self.check(function, ctypes.byref(handle), *arguments)
        return handle

    def device(self):
        properties = ctypes.create_string_buffer(16384)  # begins with the name; its size differs from version to version
        name = "cudaGetDeviceProperties"
        self.check(name + "_v2" if hasattr(self.library, name + "_v2") else name, properties, ctypes.c_int(0))
        return properties.value.decode()

    def allocate(self, size):
        return self.make("cudaMalloc", ctypes.c_size_t(max(size, 1)))

    def copy(self, to, source, size, kind):
        self.check("cudaMemcpy", to, source, ctypes.c_size_t(size), ctypes.c_int(kind))


def build(options, logger):
    builder = trt.Builder(logger)
    strong = "stronglyTyped" in options and major() <= 10
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED) if strong else 0)
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(options["onnx"]):
        raise Failure("; ".join(str(parser.get_error(i)) for i in range(parser.num_errors)) or "the file cannot be parsed")
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    if "fp16" in options:
        config.set_flag(trt.BuilderFlag.FP16)
    if "int8" in options:
        config.set_flag(trt.BuilderFlag.INT8)
    if "noTF32" in options:
        config.clear_flag(trt.BuilderFlag.TF32)
    if "optShapes" in options:
        profile = builder.create_optimization_profile()
        least, best, most = (shapes_of(options[key]) for key in ("minShapes", "optShapes", "maxShapes"))
        for name in best:
            profile.set_shape(name, least[name], best[name], most[name])
        config.add_optimization_profile(profile)
    cache_file = options.get("timingCacheFile")
    if cache_file:
        known = open(cache_file, "rb").read() if os.path.exists(cache_file) else b""
        config.set_timing_cache(config.create_timing_cache(known), False)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise Failure("Engine could not be created from network")
    with open(options["saveEngine"], "wb") as file:
        file.write(plan)
    if cache_file:
        with open(cache_file, "wb") as file:
            file.write(config.get_timing_cache().serialize())


class Port:
    def __init__(self, engine, context, name):
        self.name = name
        self.is_input = engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT
        self.on_host = engine.get_tensor_location(name) == trt.TensorLocation.HOST
        self.type = str(engine.get_tensor_dtype(name)).rsplit(".", 1)[-1]
        if self.type not in TYPES:
            raise Failure("'%s' has the type %s, which this script does not know" % (name, self.type))

    def set_shape(self, context):
        self.shape = tuple(context.get_tensor_shape(self.name))
        if any(dim < 0 for dim in self.shape):
            raise Failure("the shape of '%s' depends on the data, which this script does not run" % self.name)
        self.count = 1
        for dim in self.shape:
            self.count *= dim
        self.size = self.count * TYPES[self.type][0]


class Runner:
    def __init__(self, options, logger):
        self.cuda = Cuda()
        print("[I] Selected Device: " + self.cuda.device(), flush=True)
        with open(options["loadEngine"], "rb") as file:
            self.runtime = trt.Runtime(logger)
            self.engine = self.runtime.deserialize_cuda_engine(file.read())
        if self.engine is None:
            raise Failure("Engine deserialization failed")
        self.context = self.engine.create_execution_context()
        self.stream = self.cuda.make("cudaStreamCreate")
        self.begin, self.end = self.cuda.make("cudaEventCreate"), self.cuda.make("cudaEventCreate")
        names = [self.engine.get_tensor_name(i) for i in range(self.engine.num_io_tensors)]
        self.ports = [Port(self.engine, self.context, name) for name in names]
        shapes, files = shapes_of(options.get("shapes", "")), dict(pairs(options.get("loadInputs", "")))
        for name, shape in shapes.items():
            self.context.set_input_shape(name, shape)
        for port in sorted(self.ports, key=lambda port: not port.is_input):
            port.set_shape(self.context)
            self.place(port, files.get(port.name))

    def place(self, port, file):
        data = b""
        if port.is_input and file is not None:
            with open(file, "rb") as source:
                data = source.read()
            if len(data) != port.size:
                raise Failure("'%s' has %d bytes, but the input takes %d" % (file, len(data), port.size))
        port.host = ctypes.create_string_buffer(data, max(port.size, 1))
        port.address = ctypes.c_void_p(ctypes.addressof(port.host))
        if not port.on_host:
            port.address = self.cuda.allocate(port.size)
            if port.is_input:
                self.cuda.copy(port.address, port.host, port.size, HOST_TO_DEVICE)
        self.context.set_tensor_address(port.name, port.address.value)

    def enqueue(self):
        if not self.context.execute_async_v3(self.stream.value):
            raise Failure("Inference enqueue failed.")

    def wait(self):
        self.cuda.check("cudaStreamSynchronize", self.stream)

    def capture(self):
        """What launches one inference: a CUDA graph, or the plain call where it cannot be captured."""
        self.enqueue()
        self.wait()
        try:
            self.cuda.check("cudaStreamBeginCapture", self.stream, ctypes.c_int(1))  # of this thread only
            self.enqueue()
        except Failure:
            graph = ctypes.c_void_p()
            self.cuda.library.cudaStreamEndCapture(self.stream, ctypes.byref(graph))
            self.cuda.library.cudaGetLastError()
            print("[W] CUDA graph capture failed.", flush=True)
            return self.enqueue
        graph = ctypes.c_void_p()
        self.cuda.check("cudaStreamEndCapture", self.stream, ctypes.byref(graph))
        launched = self.cuda.make("cudaGraphInstantiateWithFlags", graph, ctypes.c_ulonglong(0))
        return lambda: self.cuda.check("cudaGraphLaunch", launched, self.stream)

    def timed(self, launch):
        self.cuda.check("cudaEventRecord", self.begin, self.stream)
        launch()
        self.cuda.check("cudaEventRecord", self.end, self.stream)
        self.cuda.check("cudaEventSynchronize", self.end)
        milliseconds = ctypes.c_float()
        self.cuda.check("cudaEventElapsedTime", ctypes.byref(milliseconds), self.begin, self.end)
        return milliseconds.value

    def times(self, options):
        launch = self.capture()
        started = time.monotonic()
        while time.monotonic() - started < float(options["warmUp"]) / 1000:
            self.timed(launch)
        started, times = time.monotonic(), []
        while len(times) < int(options["iterations"]) or time.monotonic() - started < float(options["duration"]):
            times.append(self.timed(launch))
        return times

    def outputs(self):
        self.enqueue()
        self.wait()
        for port in self.ports:
            if port.is_input:
                continue
            if not port.on_host:
                self.cuda.copy(port.host, port.address, port.size, DEVICE_TO_HOST)
            yield port, values_of(port)

    def profile(self, options):
        class Profiler(trt.IProfiler):
            def __init__(self):
                trt.IProfiler.__init__(self)
                self.layers = {}

            def report_layer_time(self, name, milliseconds):
                self.layers.setdefault(name, []).append(milliseconds)

        for _ in range(2):
            self.enqueue()
            self.wait()
        profiler = Profiler()
        self.context.profiler = profiler
        for _ in range(int(options["iterations"])):
            self.enqueue()
            self.wait()
        return profiler.layers

    def layers(self):
        inspector = self.engine.create_engine_inspector()
        inspector.execution_context = self.context
        return inspector.get_engine_information(trt.LayerInformationFormat.JSON)


def values_of(port):
    data = port.host.raw[:port.size]
    letter = TYPES[port.type][1]
    if letter:
        return struct.unpack("<%d%s" % (port.count, letter), data)
    # BF16 is the upper half of a float.
    return struct.unpack("<%df" % port.count, b"".join(b"\0\0" + data[i:i + 2] for i in range(0, len(data), 2)))


def write_times(path, times):
    with open(path, "w") as file:
        file.write("[\n  " + "\n, ".join('{ "computeMs" : %r }' % value for value in times) + "\n]\n")


def write_outputs(path, outputs):
    with open(path, "w") as file:
        file.write("[\n")
        for i, (port, values) in enumerate(outputs):
            file.write('%s{ "name" : "%s"\n' % ("  " if i == 0 else ", ", port.name))
            file.write('  , "dimensions" : "%s"\n' % "x".join(map(str, port.shape)))
            file.write('  , "values" : [ %s ]\n  }\n' % ", ".join(map(repr, values)))
        file.write("]\n")


def median(values):
    values = sorted(values)
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def write_profile(path, layers):
    total = sum(map(sum, layers.values())) or 1
    with open(path, "w") as file:
        file.write('[\n  { "count" : %d }\n' % max(map(len, layers.values()), default=0))
        for name, times in layers.items():
            file.write(', { "name" : "%s", "timeMs" : %r, "averageMs" : %r, "medianMs" : %r, "percentage" : %r }\n' %
                       (name, sum(times), sum(times) / len(times), median(times), 100 * sum(times) / total))
        file.write("]\n")


def main():
    banner()
    options = parse(sys.argv[1:])
    if "help" in options:
        return
    logger = trt.Logger(trt.Logger.WARNING)
    if "onnx" in options:
        build(options, logger)
        return
    runner = Runner(options, logger)
    if "exportTimes" in options:
        write_times(options["exportTimes"], runner.times(options))
    if "exportOutput" in options:
        write_outputs(options["exportOutput"], runner.outputs())
    if "exportProfile" in options:
        write_profile(options["exportProfile"], runner.profile(options))
    if "exportLayerInfo" in options:
        with open(options["exportLayerInfo"], "w") as file:
            file.write(runner.layers())


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        print("[E] %s" % failure, flush=True)
        sys.exit(1)
