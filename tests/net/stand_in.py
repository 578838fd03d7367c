#!/usr/bin/env python3
"""A stand-in for the command that errs in a known way, told by QUOIN_STAND_IN: the oracles have to see it (self_test.py)."""
import json
import os
import sys
import time

import onnx
from onnx import helper


def written(model, path):
    with open(path, "wb") as file:
        file.write(model.SerializeToString())


def changed(model, way):
    graph = model.graph
    if way == "wrong number":
        for node in graph.node:
            for i, name in enumerate(node.output):
                if name == graph.output[0].name:
                    node.output[i] = name + "_"
        graph.node.append(helper.make_node("Neg", [graph.output[0].name + "_"], [graph.output[0].name]))
    elif way == "another port":
        graph.input[0].name += "_"
        for node in graph.node:
            for i, name in enumerate(node.input):
                if name + "_" == graph.input[0].name:
                    node.input[i] = name + "_"
    elif way == "another file":
        model.doc_string = str(time.monotonic_ns())
    elif way == "no model":
        del graph.node[-1]
    return model


def main():
    way, verb, arguments = os.environ.get("QUOIN_STAND_IN", ""), sys.argv[1], sys.argv[2:]
    if verb == "patterns":
        print(json.dumps({"patterns": []}))
        return 0
    if "--help" in arguments:
        return 0
    if verb == "lint":
        print(json.dumps({"findings": [{"rule": "X01"}] if way == "lint" else []}))
        return 1 if way == "lint" else 0
    if verb == "verify":
        print(json.dumps({"real": {"sqnr_db": 12.0 if way == "verify" else None}, "simulated": {"sqnr_db": None}}))
        return 0
    if way == "crash":
        os.abort()
    if way == "silent":
        return 1
    if way in ("report", "proof"):
        print("quoin: m.onnx: " + ("oh\n  remedy: please report this" if way == "report" else "the rewrite is not lossless: the output 'y' differs by 3"), file=sys.stderr)
        return 3 if way == "report" else 1
    source, out = arguments[0], arguments[arguments.index("-o") + 1]
    model = onnx.load(source)
    if way == "overwrite":
        written(model, out)
        model.doc_string = "changed"
        written(model, source)
        return 0
    effort = arguments[arguments.index("--effort") + 1] if "--effort" in arguments else ""
    written(changed(model, way if way != "worse by default" or effort != "default" else "wrong number"), out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
