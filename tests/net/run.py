#!/usr/bin/env python3
"""Random graphs through Quoin for some minutes: a table of what was tried, refused and found; exit status 1 on a fault
that is not kept in found/ as open, and where too little was tried to show anything.

    tests/net/run.py --minutes 5 --seed 1 [--quoin build/release/quoin] [--workers 2] [--share 0.15] [--keep FOLDER]

Every graph goes through `transform` with two lists, a share of them through `quantize` on one target (oracles.py says what must hold). A fault is
shrunk (shrink.py) and written to --keep as text with what is needed to see it again (replay.py). A graph is known by (seed, index):
`random_graphs.py SEED INDEX` prints it, `run.py --seed SEED --index INDEX` runs it alone through everything.
"""
import argparse
import collections
import functools
import multiprocessing
import multiprocessing.connection
import os
import pathlib
import re
import sys
import tempfile
import time
import traceback

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import found  # noqa: E402
import oracles  # noqa: E402
import random_graphs  # noqa: E402
from quoin import ROOT, Quoin, TARGETS  # noqa: E402
from shrink import shrink  # noqa: E402

FOUND = pathlib.Path(__file__).resolve().parent / "found"
SHRUNK_PER_KIND = 1  # more of one kind are counted only
LISTS = [("O", "smart"), ("O", "blanket"), ("V", "smart"), ("V", "blanket"), ("T", "smart"), ("T", "blanket")]


def checks_of(rng, share, everything=False):
    """What one graph goes through: ("transform", target, list) and ("quantize", target, list)."""
    lists = LISTS if everything else [LISTS[int(rng.integers(len(LISTS)))]]
    checks = [("transform", *one) for one in lists] + [("transform", "O", "all")]
    if everything or rng.random() < share:
        lists = LISTS if everything else [("OOVT"[int(rng.integers(4))], "smart" if rng.random() < 0.75 else "blanket")]
        checks += [("quantize", *one) for one in lists]
    return checks


def run_check(check, judged, quoin, everything_file, tally, only=None):
    verb, target, list_name = check
    if verb == "quantize":
        return oracles.Quantized(judged, quoin, target, list_name, tally, only).check()
    options = ["--target", TARGETS[target]]
    options += ["--patterns", everything_file, "--list", "all"] if list_name == "all" else ["--list", list_name]
    return oracles.check_transform(judged, quoin, options, f"{target} {list_name}", tally)


class Worker:
    """One process: every `workers`-th graph until the time is over."""

    def __init__(self, options, source, number, folder):
        self.options, self.source, self.number, self.folder = options, source, number, pathlib.Path(folder)
        self.quoin = Quoin(options.quoin)
        self.all = self.quoin.all_patterns(self.folder / "all.toml")
        self.tally, self.kinds = oracles.Tally(), collections.Counter()
        self.seen = collections.Counter()

    def run(self, index, end, tell):
        """Tells what has been done before each graph, so that it is known where the process died: a runtime that judges may crash."""
        os.nice(self.options.nice)
        parent = os.getppid()
        while time.monotonic() < end and os.getppid() == parent and index < self.options.first + self.options.count:
            self.tally.tell = lambda at=index: tell((at, self.tally, self.kinds, sum(os.times()[:4])))
            self.tally.tell()
            self.graph(index)
            index += self.options.workers
        self.quoin.close()  # its processor time is counted once it has ended
        tell((None, self.tally, self.kinds, sum(os.times()[:4])))

    def graph(self, index):
        case = self.source(self.options.seed, index)
        rng = np.random.default_rng([self.options.seed, index, 1])
        try:
            judged = oracles.Judged(case, self.folder)
        except Exception as error:
            self.tally["not legal", oracles.kind_of(str(error))] += 1
            return
        self.tally["graphs", ""] += 1
        for check in checks_of(rng, self.options.share, self.options.index is not None):
            if self.options.only and check[0] != self.options.only:
                continue
            try:
                faults = run_check(check, judged, self.quoin, self.all, self.tally)
            except Exception:
                faults = [oracles.Fault("net", "the net itself fails: " + traceback.format_exc().splitlines()[-1][:120], " ".join(check), traceback.format_exc())]
            for fault in faults:
                self.found(case, check, fault)

    def found(self, case, check, fault):
        self.kinds[fault.key] += 1
        self.seen[fault.key[:2]] += 1
        if self.seen[fault.key[:2]] > SHRUNK_PER_KIND:
            return
        print(f"FAULT {case.name}: {str(fault)[:400]}", flush=True)
        keep = pathlib.Path(self.options.keep) if self.options.keep else None
        if self.options.known and re.search(self.options.known, str(fault)):
            return
        name = found.name_of(fault)
        if keep is None or (keep / f"{name}.txt").exists():
            return

        def same(smaller):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    judged = oracles.Judged(smaller, folder)
                except Exception:
                    return None
                faults = run_check(check, judged, self.quoin, self.all, oracles.Tally(), fault)
                return next((f for f in faults if f.key == fault.key), None)

        try:
            small, last = shrink(case, same, seconds=self.options.shrink_seconds)
            found.write(keep / f"{name}.txt", small, check, last or fault, f"seed {self.options.seed}, index {case.name}")
        except Exception:
            print(traceback.format_exc(), flush=True)
            found.write(keep / f"{name}.txt", case, check, fault, f"seed {self.options.seed}, index {case.name}")
        print(f"      kept as {name}.txt", flush=True)


def work(options, number, index, end, pipe):
    source = functools.partial(random_graphs.make, tame=options.tame)
    if options.source == "nnsmith":
        import nnsmith_source
        source = nnsmith_source.Source(options, number).make
    with tempfile.TemporaryDirectory(prefix="quoin-net-") as folder:
        Worker(options, source, number, folder).run(index, end, pipe.send)


class Work:
    """One worker's process, and the next one where it dies."""

    def __init__(self, options, number, end):
        self.options, self.number, self.end = options, number, end
        self.tally, self.kinds, self.seconds = oracles.Tally(), collections.Counter(), 0
        self.start(options.first + number)

    def start(self, index):
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe(duplex=False)
        self.process = context.Process(target=work, args=(self.options, self.number, index, self.end, theirs))
        self.process.start()
        theirs.close()
        self.last, self.told = (index, oracles.Tally(), collections.Counter(), 0), False

    def hear(self):
        """False once all is done."""
        try:
            self.last, self.told = self.pipe.recv(), True
            return True
        except EOFError:
            pass
        self.process.join()
        if not self.told:
            raise SystemExit("a worker does not start")
        index, tally, kinds, seconds = self.last
        self.tally.update(tally)
        self.kinds.update(kinds)
        self.seconds += seconds
        if index is None:
            return False
        if not tally[oracles.DIES]:
            self.died(index)
        self.start(index + self.options.workers)
        return True

    def died(self, index):
        fault = oracles.Fault("net", f"the process that judges ended with {self.process.exitcode}", f"graph {self.options.seed}-{index}", "")
        self.kinds[fault.key] += 1
        print(f"FAULT {fault}", flush=True)


def table(tally, kinds, seconds, known):
    total = lambda what: sum(n for (w, _), n in tally.items() if w == what)
    lines = [f"graphs {total('graphs')}, not legal {total('not legal')}; transforms {total('transforms')} ({total('transformed')} written), "
             f"quantizations {total('quantizations')} ({total('quantized')} written), compared with quantize_static {total('compared with quantize_static')}",
             f"{60 * total('graphs') / max(seconds, 1):.0f} graphs a CPU minute ({seconds:.0f} s of CPU)"]
    for what in ("refused", "left out", "not legal"):
        for (w, reason), n in sorted(tally.items(), key=lambda item: -item[1]):
            if w == what and n:
                lines.append(f"  {what:9} {n:6}  {reason}")
    lines.append(f"faults {sum(kinds.values())} of {len(kinds)} kinds")
    by_oracle = collections.Counter()
    for (oracle, _, _), n in kinds.items():
        by_oracle[oracle] += n
    lines += [f"  {oracle}: {n}" for oracle, n in by_oracle.most_common()]
    lines += [f"    {n:5}  {'open ' if (oracle, kind) in known else ''}{oracle} [{where}]: {kind}" for (oracle, kind, where), n in kinds.most_common()]
    return "\n".join(lines)


def too_little(tally):
    """Why these runs show nothing: a generator whose graphs are illegal or refused would find no fault."""
    graphs, illegal = tally["graphs", ""], sum(n for (what, _), n in tally.items() if what == "not legal")
    if not graphs:
        yield "no graph was tried"
    elif illegal > 0.1 * (graphs + illegal) + 5:
        yield f"{illegal} of {graphs + illegal} graphs are not legal: the generator is not good enough"
    for tried, done in (("transforms", "transformed"), ("quantizations", "quantized")):
        if tally[tried, ""] >= 40 and tally[done, ""] < 0.4 * tally[tried, ""]:
            yield f"{tally[done, '']} of {tally[tried, '']} {tried} wrote a file: too many are refused to show anything"


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="index of the first graph")
    parser.add_argument("--count", type=int, default=10**9, help="most graphs")
    parser.add_argument("--index", type=int, help="one graph alone, through every check")
    parser.add_argument("--quoin", default=ROOT / "build/release/quoin")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--share", type=float, default=0.15, help="of the graphs that are quantized as well")
    parser.add_argument("--only", choices=["transform", "quantize"])
    parser.add_argument("--keep", help="a folder: faults are shrunk and written there as text")
    parser.add_argument("--known", help="a regular expression: faults that are counted, not shrunk and kept")
    parser.add_argument("--shrink-seconds", type=float, default=90)
    parser.add_argument("--tame", action="store_true", help="graphs without what old builds are known to get wrong (random_graphs.py)")
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--source", choices=["own", "nnsmith"], default="own")
    options = parser.parse_args(arguments)
    if options.count < 10**9 and "--minutes" not in " ".join(arguments or sys.argv):
        options.minutes = 60  # the count decides
    if options.index is not None:
        options.first, options.count, options.workers = options.index, 1, 1
    if not pathlib.Path(options.quoin).exists():
        parser.error(f"there is no {options.quoin}: build it, or say --quoin PATH")
    return options


def main():
    options = parse()
    print(f"seed {options.seed}, from graph {options.first} on, {options.minutes:g} minutes, {options.workers} workers, {options.quoin}", flush=True)
    end = time.monotonic() + 60 * options.minutes
    works = [Work(options, i, end) for i in range(options.workers)]
    busy = list(works)
    while busy:
        ready = multiprocessing.connection.wait([one.pipe for one in busy])
        busy = [one for one in busy if one.pipe not in ready or one.hear()]
    tally, kinds, seconds = oracles.Tally(), collections.Counter(), 0
    for one in works:
        tally.update(one.tally)
        kinds.update(one.kinds)
        seconds += one.seconds
    known = found.open_kinds(FOUND)
    print(table(tally, kinds, seconds, known))
    for problem in too_little(tally):
        print(problem)
    return 1 if any(key[:2] not in known for key in kinds) or list(too_little(tally)) else 0


if __name__ == "__main__":
    sys.exit(main())
