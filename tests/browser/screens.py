"""Makes pictures of every page for people to look at: ``python -m tests.browser.screens [part]``.

Widths 360, 768 and 1280 px, both languages, standard and large text, script switched off. A part of
an address takes only the pages whose address holds it.
"""

import re
import sys
import tempfile
from pathlib import Path

from qika.web.shelf import LARGE

from tests.browser.addresses import addresses
from tests.browser.chromium import ROOT, chromium
from tests.browser.serving import served

FOLDER = ROOT / "screens"
WIDTHS = {360: 740, 768: 1024, 1280: 800}
SIZES = {"normal": "", "large": LARGE}
"""Sizes of text, with what stands before the path of their pages."""


def name_of(address: str) -> str:
    """Give a file name that tells the page."""
    return re.sub(r"[^\w=.,-]+", "_", address.removeprefix("/")).strip("_") or "start"


def main() -> int:
    """Make the pictures; the folder is emptied of those made before."""
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = [one for one in addresses() if part in one]
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as url,
        chromium() as browser,
    ):
        for width, height in WIDTHS.items():
            for size, before in SIZES.items():
                context = browser.new_context(
                    viewport={"width": width, "height": height}, java_script_enabled=False
                )
                page = context.new_page()
                for address in chosen:
                    answer = page.goto(url + before + address)
                    if answer is None or "html" not in answer.headers["content-type"]:
                        continue  # a code or a letter: files that pages offer
                    picture = FOLDER / f"{name_of(address)}.{width}.{size}.png"
                    page.screenshot(path=picture, full_page=True)
                context.close()
    sys.stdout.write(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.name}/\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
