#!/usr/bin/env python3
"""Chooses the files of tests/fuzz/corpus/HARNESS from what a fuzz build has found so far: choose_corpus.py BUILD_DIR [HARNESS ...]

Of all inputs (BUILD_DIR/corpus, the seeds and those kept already) MOST_FILES small ones that together reach as many edges of the code
as can be. Files with a name that is no digest stay: they were written or named by a person.
"""
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MOST_FILES = 40
MOST_BYTES = 60_000  # of a harness
LARGEST = 6_000  # bytes of a file
ENVIRONMENT = {"ASAN_OPTIONS": "detect_container_overflow=0:detect_leaks=0:malloc_context_size=2"}


def edges_of(program, folders):
    """For each file the edges that it reaches, as libFuzzer's merge notes them: eight features for each edge's counter."""
    with tempfile.TemporaryDirectory() as at:
        control, merged = pathlib.Path(at) / "control", pathlib.Path(at) / "merged"
        merged.mkdir()
        subprocess.run([program, "-merge=1", f"-merge_control_file={control}", "-close_fd_mask=3", "-rss_limit_mb=2048", merged, *folders],
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       env={**os.environ, **ENVIRONMENT, "TMPDIR": at})
        lines = control.read_text().splitlines()
    count = int(lines[0])
    paths = [pathlib.Path(line) for line in lines[2:2 + count]]
    found = {}
    for line in lines[2 + count:]:
        word, *numbers = line.split()
        if word == "FT":
            found[paths[int(numbers[0])]] = {int(number) // 8 for number in numbers[1:]}
    return found


def choose(found, kept):
    """Greedy: the file that brings the most new edges, small ones first, until nothing new or the limits come."""
    reached = set().union(*(found.get(path, set()) for path in kept))
    chosen, size = [], sum(path.stat().st_size for path in kept)
    left = {path: edges for path, edges in found.items() if path not in kept and path.stat().st_size <= LARGEST}
    while left and len(chosen) + len(kept) < MOST_FILES:
        best = max(left, key=lambda path: (len(left[path] - reached) / (200 + path.stat().st_size), path.name))
        if not left[best] - reached:
            break
        edges = left.pop(best)
        if size + best.stat().st_size > MOST_BYTES:
            continue
        chosen.append(best)
        size += best.stat().st_size
        reached |= edges
    return chosen, len(reached)


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    harnesses = sys.argv[2:] or sorted(p.name.removeprefix("fuzz_") for p in build.glob("fuzz_*") if p.is_file() and os.access(p, os.X_OK))
    with tempfile.TemporaryDirectory() as seeds:
        subprocess.run([HERE.parent.parent / ".deps/venv/bin/python", HERE / "seeds.py", seeds], check=True)
        for harness in harnesses:
            own, known, seed = HERE / "corpus" / harness, build / "corpus" / harness, pathlib.Path(seeds) / harness
            own.mkdir(parents=True, exist_ok=True)
            kept = {path for path in own.iterdir() if not re.fullmatch("[0-9a-f]{12}", path.name)}
            found = edges_of(build / f"fuzz_{harness}", [folder for folder in (own, known, seed) if folder.is_dir()])
            chosen, reached = choose(found, kept)
            contents = [path.read_bytes() for path in chosen]
            for path in set(own.iterdir()) - kept:
                path.unlink()
            for data in contents:
                (own / digest(data)).write_bytes(data)
            print(f"{harness}: {len(found)} inputs, {len(kept)} + {len(chosen)} kept, {reached} of {len(set().union(*found.values()))} edges", flush=True)


def digest(data):
    return hashlib.sha256(data).hexdigest()[:12]


if __name__ == "__main__":
    main()
