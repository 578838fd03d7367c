"""Quoin's command, run as its users do; what it says is sorted into what a net has to tell apart."""
import os
import pathlib
import re
import select
import signal
import subprocess
import tempfile

import numpy as np
import onnx

ROOT = pathlib.Path(__file__).resolve().parents[2]
LONGEST = 30  # seconds that a run on such a small graph may take; one that is over is run again with five times as many, for the machine may be busy
WARM = """<ir_version: 8, opset_import: ["" : 17]> warm (float[1,4,8,8] x) => (float[1,4,8,8] y) <float[4,4,3,3] w = {%s}> {
  c = Conv <pads = [1, 1, 1, 1]> (x, w)
  y = Relu (c) }""" % ", ".join(f"{i % 7 - 3}" for i in range(144))
TARGETS = {"O": "onnxruntime-cpu", "V": "openvino-cpu", "T": "tensorrt"}


class Outcome:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def message(self):
        """What it ended with, without names and numbers: one text for each kind."""
        lines = [line for line in self.err.splitlines() if line.strip()]
        said = [line for line in lines if line.startswith("quoin:")] or lines[-1:]
        return kind_of(said[0] if said else "said nothing")

    @property
    def broke(self):
        """Why this is no way to end, or ""."""
        if self.code is None:
            return "no end in time"
        if self.code not in (0, 1, 2, 3, 4):
            return f"crash, exit code {self.code}: {kind_of(self.err[-300:])}"
        if "please report" in self.err or "This is a bug of Quoin" in self.err:
            return f"unexpected error: {self.message}"
        if self.code in (2, 4):
            return f"exit code {self.code}: {self.message}"
        if self.code and not self.err.strip():
            return f"exit code {self.code} without a word"
        return ""


def kind_of(text):
    """The text with paths, names, numbers and shapes taken out, so that equal kinds are equal texts."""
    text = re.sub(r"^quoin: ", "", " ".join(text.split()))
    text = re.sub(r"(/[\w.+-]+)+/[\w.+-]*(:| )?", "", text)
    text = re.sub(r"[‘'\"]([^'\"]*)['\"’]", "'_'", text)
    text = re.sub(r"\b(?!int4|int8|int16|int32|int64|float16|float32|uint8|uint16|bfloat16)[a-z]{1,6}\d+\b", "_", text)
    text = re.sub(r"[-+]?\d+(\.\d+)*(e[-+]?\d+)?(x\d+)*", "#", text)
    text = re.sub(r"Exception from _?(: |:#: )*", "", text)
    return re.sub(r"\{[#,]*\}", "{#}", text).removeprefix(": ")[:150]


class Server:
    """The command in children of one process that has opened ONNX Runtime already (server.cpp): a fourth of the time."""

    def __init__(self, program, environment):
        self.folder = tempfile.TemporaryDirectory(prefix="quoin-net-")
        self.process = subprocess.Popen([str(program), self.folder.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, bufsize=0)
        model = pathlib.Path(self.folder.name, "warm.onnx")
        onnx.save(onnx.parser.parse_model(WARM), model)
        data = pathlib.Path(self.folder.name, "warm.npz")
        np.savez(data, x=np.arange(2 * 256, dtype=np.float32).reshape(2, 1, 4, 8, 8))
        for verb in ("transform", f"quantize --calib {data} --no-timing"):
            words = [*verb.split(), str(model), "-o", f"{model}.out", "--target", "onnxruntime-cpu", "--list", "smart"]
            if self.ask("here", words, 300).code != 0:
                raise SystemExit(f"{program} does not run: {self.said('err')}")

    def said(self, stream):
        return pathlib.Path(self.folder.name, stream).read_text(errors="replace")

    def reply(self, seconds=None):
        """The number it says; None where it says nothing in time."""
        if seconds is not None and not select.select([self.process.stdout], [], [], seconds)[0]:
            return None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("net_server has ended: " + self.said("err"))
        return int(line.split()[1])

    def ask(self, how, words, seconds):
        """Raises subprocess.TimeoutExpired."""
        self.process.stdin.write("".join(f"{word}\n" for word in (how, len(words), *words)).encode())
        child = self.reply() if how == "run" else None
        status = self.reply(seconds)
        if status is None:
            if child:
                os.kill(child, signal.SIGKILL)  # what it watches ends with it
                self.reply()
            raise subprocess.TimeoutExpired(words, seconds)
        return Outcome(os.waitstatus_to_exitcode(status), self.said("out"), self.said("err"))

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.folder.cleanup()


class Quoin:
    """The program, or the net_server beside it."""

    def __init__(self, program, seconds=LONGEST, server=True):
        self.program, self.seconds = str(program), seconds
        self.environment = dict(os.environ, ORT_DISABLE_TELEMETRY="1", OMP_NUM_THREADS="1")
        # A program that lies elsewhere does not find them by itself.
        for name, libraries in (("QUOIN_ONNXRUNTIME", ".deps/onnxruntime/lib/libonnxruntime.so.1"),
                                ("QUOIN_OPENVINO", ".deps/venv/lib/python*/site-packages/openvino/libs/libopenvino_c.so*")):
            for library in sorted(ROOT.glob(libraries)):
                self.environment.setdefault(name, str(library))
        program = pathlib.Path(program).with_name("net_server")
        self.server = Server(program, self.environment) if server and program.exists() else None
        self.takes_data = "--data" in self.run("transform", "--help").out  # older builds prove on random inputs alone

    def run(self, *arguments):
        words = list(map(str, arguments))
        for seconds in (self.seconds, 5 * self.seconds):
            try:
                if self.server:
                    return self.server.ask("run", words, seconds)
                done = subprocess.run([self.program, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=seconds,
                                      env=self.environment)
                return Outcome(done.returncode, done.stdout, done.stderr)
            except subprocess.TimeoutExpired:
                pass
        return Outcome(None, "", "")

    def close(self):
        if self.server:
            self.server.close()

    def all_patterns(self, path):
        """A list with every conversion and fusion that is built in, as a TOML file; those that undo one another are told apart by LEFT_OUT."""
        import json
        listed = self.run("patterns", "list", "--json")
        if listed.code != 0:
            raise SystemExit(f"{self.program} does not run: {listed.err.strip()}")
        known = json.loads(listed.out)["patterns"]
        quoted = lambda kind: ", ".join(f'"{p["name"]}"' for p in known if p["kind"] == kind and p["name"] not in LEFT_OUT)
        path.write_text(f'[list]\nname = "all"\nconversions = [{quoted("conversion")}]\nfusions = [{quoted("fusion")}]\n')
        return path


# ComposeMultiHeadAttention makes what DecomposeMicrosoftMultiHeadAttention takes apart; ExtractAttentionProjection makes it, too.
LEFT_OUT = {"ComposeMultiHeadAttention", "ExtractAttentionProjection"}
