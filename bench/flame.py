"""A flame graph in text from ``py-spy record --format raw``: python -m bench.flame FILE [PERCENT].

Each line is a frame below the one that called it, with the share of all samples in it and below;
frames under PERCENT are left out.
"""

import sys
from pathlib import Path

Tree = dict[str, tuple[list[int], "Tree"]]


def read(text: str) -> tuple[int, Tree]:
    """Give the number of samples and the tree of frames: name to (samples, frames below)."""
    total, root = 0, Tree()
    for line in text.splitlines():
        stack, _, count = line.rpartition(" ")
        total += int(count)
        below = root
        for frame in stack.split(";"):
            name, _, place = frame.rpartition(" (")
            file = "/".join(place.partition(":")[0].rstrip(")").split("/")[-2:])
            seen, below = below.setdefault(f"{name}  {file}", ([0], {}))
            seen[0] += int(count)
    return total, root


def lines(tree: Tree, total: int, least: float, depth: int = 0) -> list[str]:
    """Draw frames, the widest first."""
    drawn: list[str] = []
    for name, (seen, below) in sorted(tree.items(), key=lambda item: -item[1][0][0]):
        share = 100 * seen[0] / total
        if share >= least:
            drawn.append(f"{share:5.1f} {'  ' * depth}{name}")
            drawn += lines(below, total, least, depth + 1)
    return drawn


if __name__ == "__main__":
    samples, frames = read(Path(sys.argv[1]).read_text())
    print(f"{samples} samples, share of each frame and those below it in percent")
    print("\n".join(lines(frames, samples, float((sys.argv[2:] or ["1"])[0]))))
