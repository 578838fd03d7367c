#!/usr/bin/env python3
"""The net itself: each oracle sees the fault that it is for, the shrinker keeps it and makes it small, a kept file gives the same graph back."""
import os
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import found  # noqa: E402
import oracles  # noqa: E402
import random_graphs  # noqa: E402
import run  # noqa: E402
from quoin import ROOT, Quoin  # noqa: E402
from shrink import shrink  # noqa: E402

# What the stand-in does, the check, and a word of the kind that has to be seen.
EXPECTED = [("", "transform", ""), ("", "quantize", ""), ("wrong number", "transform", "outputs differ"), ("another port", "transform", "ports changed"),
            ("no model", "transform", "not valid"), ("crash", "transform", "crash"), ("silent", "transform", "without a word"),
            ("report", "quantize", "unexpected error"), ("proof", "transform", "its own proof fails"), ("overwrite", "transform", "input file was changed"),
            ("another file", "quantize", "different files"), ("lint", "quantize", "its own lint finds X01"), ("verify", "quantize", "another SQNR"),
            ("worse by default", "quantize", "below fast")]
GRAPHS = (3, 8)
BUILT = ROOT / "build/release/quoin"


def program(folder):
    """The stand-in, run by this Python."""
    path = pathlib.Path(folder) / "quoin"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -B "{HERE / "stand_in.py"}" "$@"\n')
    path.chmod(0o755)
    return path


def seen(way, verb, quoin, case):
    os.environ["QUOIN_STAND_IN"] = quoin.environment["QUOIN_STAND_IN"] = way
    with tempfile.TemporaryDirectory() as folder:
        return run.run_check((verb, "O", "smart"), oracles.Judged(case, folder), quoin, "", oracles.Tally())


def main():
    failed = 0

    def expect(what, true):
        nonlocal failed
        failed += not true
        print("passed" if true else "FAILED", what, flush=True)

    with tempfile.TemporaryDirectory() as folder:
        quoin = Quoin(program(folder))
        for way, verb, kind in EXPECTED:
            kinds = [f.kind for f in seen(way, verb, quoin, random_graphs.make(1, GRAPHS[0]))]
            expect(f"{verb}, {way or 'nothing wrong'}: {kinds}", any(kind in k for k in kinds) if kind else not kinds)

        def same(case):
            try:
                return next((f for f in seen("wrong number", "transform", quoin, case) if f.kind == "outputs differ"), None)
            except Exception:  # a step of the shrinker made what ONNX Runtime does not run
                return None

        case = random_graphs.make(1, GRAPHS[1])
        small, fault = shrink(case, same, seconds=60)
        expect(f"{len(case.model.graph.node)} nodes shrink to {len(small.model.graph.node)}", fault is not None and len(small.model.graph.node) <= 2)
        path = pathlib.Path(folder) / "kept.txt"
        found.write(path, small, ("transform", "O", "smart"), fault, "self test")
        expect("the kept text shows the same fault", same(found.Kept(path).case) is not None)
    again = [random_graphs.make(5, 11).model.SerializeToString() for _ in range(2)]
    expect("a graph is known by its seed and index", again[0] == again[1])
    total = len(EXPECTED) + 3
    if (BUILT.with_name("net_server")).exists():
        total += 2
        served, alone = Quoin(BUILT), Quoin(BUILT, server=False)
        one, other = (q.run("targets", "--no-such-option") for q in (served, alone))
        expect("the server says what the command says", (one.code, one.out, one.err) == (other.code, other.out, other.err) == (2, "", one.err))
        served.seconds = 1e-4
        late, served.seconds = served.run("patterns", "check"), 30
        expect("the server ends what takes too long, and goes on", late.code is None and served.run("--version").out == alone.run("--version").out != "")
        served.close()
    print(f"{total - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
