"""Runs the measurements: ``python -m bench [name ...]``; each prints a table and keeps its JSON."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ORDER = (
    *(
        "nearest",
        "nearest_peers",
        "memory",
        "activations",
        "postgres",
        "import",
        "plans",
        "pages",
        "open",
        "http",
    ),
    *("http_activations", "latency", "sweep", "import_postgres", "city", "signed"),
)


def main() -> int:
    """Run the named measurements, or all, one after another."""
    names = sys.argv[1:] or ORDER
    for name in names:
        script = HERE / f"bench_{name}.py"
        if not script.exists():
            sys.stderr.write(f"there is no measurement {name!r}; there are: {', '.join(ORDER)}\n")
            return 2
        sys.stdout.write(f"\n== {name}\n")
        sys.stdout.flush()
        done = subprocess.run([sys.executable, "-m", f"bench.{script.stem}"], check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
