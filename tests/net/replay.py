#!/usr/bin/env python3
"""Runs every graph that the net found wrong once (found/*.txt) through the check that found it.

    tests/net/replay.py [--quoin build/release/quoin] [NAME ...]

A file whose state is `mended` must show no fault; one whose state is `open` is told, and told where it no longer shows. The exit status is 1 where a
mended fault is back, or a graph no longer runs. Ends in 'N passed, N failed, N skipped'; open faults count as skipped.
"""
import argparse
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import found  # noqa: E402
import oracles  # noqa: E402
from quoin import ROOT, Quoin  # noqa: E402
from run import run_check  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent / "found"


def replay(path, quoin, everything):
    """("passed" | "failed" | "skipped", what is seen)."""
    kept = found.Kept(path)
    with tempfile.TemporaryDirectory(prefix="quoin-net-") as folder:
        try:
            judged = oracles.Judged(kept.case, folder)
        except Exception as error:
            return "failed", f"ONNX Runtime cannot run the graph: {error}"
        faults = run_check(kept.check, judged, quoin, everything, oracles.Tally())
    told = " ".join("; ".join(map(str, faults)).split())[:300]
    if kept.state == "open":
        same = [f for f in faults if (f.oracle, f.kind) == (kept.oracle, kept.kind)]
        return "skipped", f"open: {told}" if same else f"open, and no longer seen: say `state: mended`{' (' + told + ')' if told else ''}"
    return ("failed", told) if faults else ("passed", "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--quoin", default=ROOT / "build/release/quoin")
    parser.add_argument("--folder", type=pathlib.Path, default=FOLDER)
    parser.add_argument("--mended", action="store_true", help="leave out what is open")
    options = parser.parse_args()
    paths = sorted(p for p in options.folder.glob("*.txt") if not options.names or p.stem in options.names)
    if options.mended:
        paths = [p for p in paths if found.Kept(p).state != "open"]
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    with tempfile.TemporaryDirectory(prefix="quoin-net-") as folder:
        quoin = Quoin(options.quoin)
        everything = quoin.all_patterns(pathlib.Path(folder) / "all.toml")
        for path in paths:
            verdict, told = replay(path, quoin, everything)
            counts[verdict] += 1
            print(f"{verdict:7} {path.stem}{': ' + told if told else ''}", flush=True)
    print(", ".join(f"{n} {what}" for what, n in counts.items()))
    return 1 if counts["failed"] or (options.names and not paths) else 0


if __name__ == "__main__":
    sys.exit(main())
