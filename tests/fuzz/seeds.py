#!/usr/bin/env python3
"""Seeds of the fuzz harnesses, taken from the repository's own files: seeds.py FOLDER makes FOLDER/HARNESS/*.

Nothing binary is kept in the repository beside what the tests have: the small models come from their ONNX text.
"""
import pathlib
import re
import sys

import numpy as np
import onnx
import onnx.parser
from onnx import numpy_helper

HERE = pathlib.Path(__file__).resolve().parent
REPO = HERE.parent.parent


def with_numbers(text):
    """`float[2,3] w = random`, the golden files' shorthand, written out."""
    def numbers(found):
        count = int(np.prod([int(size) for size in found[2].split(",") if size]))
        return f"{found[1]}[{found[2]}] {found[3]} = {{{','.join(str(k % 7 / 4 - 0.5 * (found[4] == 'random')) for k in range(count))}}}"
    return re.sub(r"(float)\[([0-9,]*)\] (\w+) = (random|positive)", numbers, text)


def texts_of_models():
    """The graphs that the golden files of patterns begin with, as ONNX text."""
    for path in sorted((REPO / "tests/golden").glob("*.txt")):
        for k, text in enumerate(re.findall(r"^before\n(.*?\n  \})\n", path.read_text(), re.DOTALL | re.MULTILINE)):
            header = "" if "opset_import" in text else '<ir_version: 8, opset_import: ["" : 17]>\n'
            yield f"{path.stem}_{k}", header + with_numbers(text)


def chain(*ops):
    """A graph as fuzz_match reads it: each operator (its number in kOps of match.cpp) reads the one before, and the constant."""
    return b"".join(bytes([op, 0 if k == 0 else k + 1, 1]) for k, op in enumerate(ops))


GRAPHS = {"mixed": bytes(range(60)), "conv": chain(1, 5, 0, 1, 5, 6, 3, 8, 0), "gemm": chain(11, 0, 4, 2, 7, 4, 3, 10, 9, 2, 6)}


def write(folder, harness, name, data):
    path = folder / harness / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def main():
    folder = pathlib.Path(sys.argv[1])
    for name, text in texts_of_models():
        write(folder, "model", name, onnx.parser.parse_model(text).SerializeToString())
    pattern_texts = re.findall(r"```toml\n(.*?)```", (REPO / "docs/patterns.md").read_text(), re.DOTALL)
    pattern_texts += [p.read_text() for p in sorted((REPO / "examples").glob("*.toml"))]
    for k, text in enumerate(pattern_texts):
        write(folder, "pattern_toml", f"p{k}", text)
        for name, graph in GRAPHS.items():
            write(folder, "match", f"p{k}_{name}", text.encode() + b"\0" + graph)
    for path in sorted((REPO / "targets").glob("*.toml")):
        write(folder, "target_toml", path.stem, path.read_bytes())
    write(folder, "target_toml", "small", 'name = "m"\nextends = "onnxruntime-cpu"\n[weight]\nbits = 7\n')
    for path in sorted((REPO / "examples/data").glob("*.toml")):
        write(folder, "dataset_toml", path.stem, path.read_bytes())
    for k, text in enumerate(re.findall(r"```toml\n(.*?)```", (REPO / "docs/datasets.md").read_text(), re.DOTALL)):
        write(folder, "dataset_toml", f"d{k}", text)
    data = REPO / "tests/calibrate/data"
    for path in sorted(data.iterdir()):
        if path.stat().st_size > 50_000:
            continue
        if path.suffix in (".npy", ".npz"):
            write(folder, path.suffix[1:], path.stem, path.read_bytes())
        if path.suffix in (".png", ".jpg"):
            write(folder, "image", path.name, b"\1" + path.read_bytes())
            write(folder, "image", "crop_" + path.name, b"\x8c" + path.read_bytes())
    for kind in (np.float32, np.float16, np.int8, np.int64, np.bool_, np.float64):
        array = np.arange(6).reshape(2, 3).astype(kind)
        write(folder, "tensor_proto", np.dtype(kind).name, numpy_helper.from_array(array, "x").SerializeToString())
    write(folder, "tensor_proto", "strings", onnx.helper.make_tensor("s", onnx.TensorProto.STRING, [2], [b"a", b"b"]).SerializeToString())
    for path in sorted((HERE / "corpus").glob("*/*")):  # what no other file of the repository holds, and what was found
        write(folder, path.parent.name, path.name, path.read_bytes())


if __name__ == "__main__":
    main()
