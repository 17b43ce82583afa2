"""What browser tests share: the real site, and Debian's Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import chromium
from tests.browser.serving import served


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Iterator[str]:
    """The address of the real site, on a fixed day."""
    with served(tmp_path_factory.mktemp("site")) as url:
        yield url


# for a module, not for the session: while it runs no other test of this thread has a loop
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started
