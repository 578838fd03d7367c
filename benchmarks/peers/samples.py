"""Calibration inputs of a model of ../shared/data: what ../shared/tools/evaluate.py does not judge on, preprocessed as it does."""
import pathlib
import sys

import numpy as np

SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared"
sys.path.insert(0, str(SHARED / "tools"))

MODELS = ["resnet20_cifar10", "mobilenet_v1_0.75_224", "mobilenet_v1_0.25_224", "vit_cifar10", "convnext_cifar10", "ppocrv4_rec",
          "yolox_nano", "use_lite"]
CIFAR_SAMPLES = 512
# What quoin bench cannot know: the free dimensions of a usual input.
SHAPES = {"ppocrv4_rec": ["x=1x3x48x320"], "use_lite": ["input_ids=1x16", "attention_mask=1x16"],
          **{name: ["input=1x3x32x32"] for name in MODELS if "cifar10" in name},
          **{name: ["input=1x3x224x224"] for name in MODELS if "mobilenet" in name}}


def model_file(name):
    return SHARED / "data" / "models" / (name + ".onnx")


def cifar():
    raw = np.fromfile(SHARED / "data/cifar10/cifar10_train_1000.bin", np.uint8).reshape(-1, 3073)[:CIFAR_SAMPLES]
    mean = np.array([.485, .456, .406], np.float32).reshape(3, 1, 1)
    std = np.array([.229, .224, .225], np.float32).reshape(3, 1, 1)
    for image in (raw[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 255 - mean) / std:
        yield {"input": image[None]}


def every_eighth(judge, name):
    """The inputs that a judge of evaluate.py would feed, of the items that it leaves for calibration."""
    import evaluate
    fed = []

    class Stop(Exception):
        pass

    def keep(feed):
        fed.append(feed)
        raise Stop

    kept, evaluate.judged = evaluate.judged, lambda items: items[::8]
    try:
        # A judge stops at its first run: give it one item at a time.
        for index in range(len(evaluate.rows(name)[::8])):
            evaluate.judged = lambda items, at=index: items[::8][at:at + 1]
            try:
                judge(evaluate, keep)
            except Stop:
                pass
    finally:
        evaluate.judged = kept
    return fed


def samples(name):
    if "cifar10" in name:
        yield from cifar()
    elif "mobilenet" in name:
        for x in every_eighth(lambda e, run: e.judge_imagenet(run, None), "images/labels.tsv"):
            yield {"input": x}
    elif name == "ppocrv4_rec":
        for x in every_eighth(lambda e, run: e.judge_text_lines(run, None), "text_lines/labels.tsv"):
            yield {"x": x}
    elif name == "yolox_nano":
        for x in every_eighth(lambda e, run: e.judge_detector(run, None), "images/coco.tsv"):
            yield {"images": x}
    elif name == "use_lite":
        yield from every_eighth(lambda e, run: e.judge_sentences(run, run, None), "text/sentences.tsv")
    else:
        raise SystemExit("no calibration data for " + name)


def write(name, folder):
    """As ONNX test data, a folder for each sample, which Quoin and the peers read."""
    import onnx
    model = onnx.load(model_file(name), load_external_data=False)
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = [value.name for value in model.graph.input if value.name not in constants]
    for index, sample in enumerate(samples(name)):
        place = folder / ("test_data_set_%d" % index)
        place.mkdir(parents=True, exist_ok=True)
        for position, key in enumerate(inputs):
            tensor = onnx.numpy_helper.from_array(np.ascontiguousarray(sample[key]), key)
            (place / ("input_%d.pb" % position)).write_bytes(tensor.SerializeToString())
