"""What one worker holds with 1.5 million points: its own memory, and what all workers share.

Run as ``python bench/bench_memory.py``. One process builds the index from points taken one by
one, as an import leaves them to; two others map it and answer, at the same time. Figures are those
of ``/proc/self/smaps_rollup`` (Linux): private is what ends with the process, shared is what
others map too. ``index`` counts the mapped files of the index alone.
"""

import argparse
import json
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench_nearest import CALENDAR, MOMENTS, RESULTS, cases_of, points_of
from bench_nearest_peers import search_of

from qika.operations.directory import PointDirectory
from qika.points.index import build_from_columns, columns_of
from qika.points.nearest import open_index

QUERIES = 2_000
SEEDS = (3, 4)


def rollup() -> dict[str, float]:
    """Give megabytes of this process: private, shared, and of them mapped from the index."""
    text = Path("/proc/self/smaps_rollup").read_text("utf-8")
    kept = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines()[1:]}
    private = kept["Private_Clean"] + kept["Private_Dirty"]
    shared = kept["Shared_Clean"] + kept["Shared_Dirty"]
    return {
        "private_mb": round(private / 1024, 1),
        "shared_mb": round(shared / 1024, 1),
        "proportional_mb": round(kept["Pss"] / 1024, 1),
        "index_mb": round(index_kb() / 1024, 1),
    }


def index_kb() -> int:
    """Give what is resident of the mapped files of the index."""
    resident, inside = 0, False
    for line in Path("/proc/self/smaps").read_text("utf-8").splitlines():
        words = line.split()
        if not words[0].endswith(":"):
            inside = words[-1].endswith(".npy")
        elif inside and words[0] == "Rss:":
            resident += int(words[1])
    return resident


def build(folder: Path, size: int) -> dict[str, float]:
    """Do the two steps of ``build_index``, and leave questions about these points beside it."""
    begin = time.perf_counter()
    columns = columns_of(points_of(size))
    path = build_from_columns(columns, folder)
    taken = time.perf_counter() - begin
    peak = next(
        int(line.split()[1])
        for line in Path("/proc/self/status").read_text("utf-8").splitlines()
        if line.startswith("VmHWM")
    )
    for seed in SEEDS:
        cases = cases_of(columns, QUERIES, seed)
        (folder / f"cases-{seed}").write_bytes(pickle.dumps(cases))
    files = sum(file.stat().st_size for file in path.iterdir()) / 1e6
    return {"build_s": round(taken, 1), "peak_mb": round(peak / 1024, 1), "files_mb": files}


def work(folder: Path, seed: int) -> dict[str, object]:
    """Open, answer, and say what that took; waits for the other worker before each figure."""
    cases = pickle.loads((folder / f"cases-{seed}").read_bytes())
    figures: dict[str, object] = {"before_opening": rollup()}
    begin = time.perf_counter()
    index = open_index(folder)
    figures["open_ms"] = round((time.perf_counter() - begin) * 1000, 1)
    index.warm_up()
    directory = PointDirectory(CALENDAR)
    directory.take(index)
    meet("open")
    figures["opened"] = rollup()
    for case in cases:
        found = directory.nearest(
            case.lat, case.lon, search_of(case), open_at=MOMENTS[0], after=None, limit=10
        )
        for hit in found:
            directory.point(hit.point.id)
    meet("answered")
    figures["after_2000_questions"] = rollup()
    meet("done")
    return figures


def meet(what: str) -> None:
    print(what, flush=True)
    sys.stdin.readline()


def both(folder: Path) -> list[dict[str, object]]:
    """Run two workers side by side, each step of one beside that of the other."""
    command = [sys.executable, __file__, "--worker", str(folder)]
    workers = [
        subprocess.Popen([*command, str(seed)], stdin=-1, stdout=-1, text=True) for seed in SEEDS
    ]
    for _ in range(3):
        for worker in workers:
            worker.stdout.readline()
        for worker in workers:
            worker.stdin.write("\n")
            worker.stdin.flush()
    return [json.loads(worker.communicate()[0]) for worker in workers]


def main() -> int:
    """Measure, print and keep; fail when a worker holds more than the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--worker", nargs=2, default=None)
    parser.add_argument("--builder", nargs=2, default=None)
    given = parser.parse_args()
    if given.worker:
        print(json.dumps(work(Path(given.worker[0]), int(given.worker[1]))))
        return 0
    if given.builder:
        print(json.dumps(build(Path(given.builder[0]), int(given.builder[1]))))
        return 0
    size = 100_000 if given.quick else 1_500_000
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--builder", folder, str(size)]
        built = subprocess.run(command, capture_output=True, text=True, check=True)
        result = {"points": size, **json.loads(built.stdout), "workers": both(Path(folder))}
    print(json.dumps(result, indent=1))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.with_name("memory.json").write_text(json.dumps(result, indent=1) + "\n")
    shared = max(worker["after_2000_questions"]["index_mb"] for worker in result["workers"])
    return 0 if shared <= 150 else 1


if __name__ == "__main__":
    sys.exit(main())
