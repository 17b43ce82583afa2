"""Debian's Chromium, as the browser checks start it: no download, nothing fetched but the site."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PROGRAM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",
)  # fmt: skip
ROOT = Path(__file__).parents[2]
NODE_MODULES = ROOT / "node_modules"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser; it ends with the block.

    While it runs, this thread belongs to Playwright's loop: ``asyncio.run`` must not be called.
    """
    assert PROGRAM.exists(), "Chromium is missing: `make browser` installs Debian's as root"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
