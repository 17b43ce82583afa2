"""Start, results and plan as a phone on a slow network meets them; fails below the aim.

Run as ``python -m tests.browser.lighthouse``: Lighthouse's own mobile profile (slow 4G, a processor
four times slower), Debian's Chromium, the real site on loopback. Each page is met three times and
the median counts, as Lighthouse advises: what else the machine does moves a single run. Nightly,
not with every change.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from qika.web.pages.page import PAGES

from tests.browser.chromium import FLAGS, NODE_MODULES, PROGRAM
from tests.browser.serving import served

QUESTION = "collected_on=2026-03&near=31,111&card_bank=105"
ADDRESSES = {
    "start": "/zh",
    "results": f"/zh{PAGES}/990000/results?{QUESTION}",
    "plan": f"/zh{PAGES}/990000/plan?{QUESTION}",
}
UNLISTED = "is-crawlable"
"""Results and plan hold a person's answers and are kept out of search engines on purpose."""
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
SCORE, BYTES_MAX, LCP_MAX_MS = 100, 30_000, 1_000
RUNS, TRIES = 3, 3
"""Runs that count for each page, and tries of one: Lighthouse itself may fail to record."""


def measured(url: str, folder: Path) -> dict[str, float]:
    """Run Lighthouse on an address; give medians of scores, bytes over the wire and LCP in ms."""
    runs = [_run(url, folder) for _ in range(RUNS)]
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def _run(url: str, folder: Path) -> dict[str, float]:
    report = folder / "report.json"
    for left in reversed(range(TRIES)):
        if _recorded(url, report, last=not left):
            break
    said = json.loads(report.read_text("utf-8"))
    audits = said["audits"]
    scores = {name: round(said["categories"][name]["score"] * 100) for name in CATEGORIES}
    return scores | {
        "bytes": audits["total-byte-weight"]["numericValue"],
        "lcp_ms": round(audits["largest-contentful-paint"]["numericValue"]),
    }


def _recorded(url: str, report: Path, *, last: bool) -> bool:
    done = subprocess.run(
        [NODE_MODULES / ".bin" / "lighthouse", url, "--quiet", "--output=json",
         f"--output-path={report}", *((f"--skip-audits={UNLISTED}",) if "?" in url else ()),
         f"--only-categories={','.join(CATEGORIES)}",
         f"--chrome-flags=--headless {' '.join(FLAGS)}"],
        check=last, env={**os.environ, "CHROME_PATH": str(PROGRAM)},
    )  # fmt: skip
    return done.returncode == 0


def short_of(found: dict[str, float]) -> list[str]:
    """Name what is below the aim."""
    low = [name for name in CATEGORIES if found[name] < SCORE]
    low += ["bytes"] * (found["bytes"] >= BYTES_MAX)
    return low + ["lcp_ms"] * (found["lcp_ms"] >= LCP_MAX_MS)


def main() -> int:
    """Measure all, print a line each, and fail if one is below the aim."""
    failed = False
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "data") as url:
        for name, address in ADDRESSES.items():
            found = measured(url + address, Path(folder))
            low = short_of(found)
            failed |= bool(low)
            sys.stdout.write(
                f"{name:>8}  {found}  {'below the aim: ' if low else 'ok'}{low or ''}\n"
            )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
