"""judge.py NAME FILE ENGINE: what ../shared/tools/evaluate.py prints, with the integer kernels of onnxruntime or openvino. Embeddings
(use_lite) are compared with those of the float model on the same engine."""
import sys

import samples  # puts evaluate.py on the path
import evaluate


class OpenvinoSession:
    def __init__(self, path):
        import openvino
        core = openvino.Core()
        self.compiled = core.compile_model(core.read_model(str(path)), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def get_inputs(self):
        class Port:
            name = self.compiled.inputs[0].any_name
        return [Port()]

    def run(self, _, feeds):
        known = {name for port in self.compiled.inputs for name in port.names}
        return list(self.compiled({name: value for name, value in feeds.items() if name in known}).values())


def main():
    name, file, engine = sys.argv[1:]
    if engine == "openvino":
        evaluate.session = lambda path, level: OpenvinoSession(path)
    sys.argv = ["evaluate.py", name, file]
    evaluate.main()


if __name__ == "__main__":
    main()
