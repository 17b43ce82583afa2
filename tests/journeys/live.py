"""A site on a port of loopback, and a browser that looks at it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from playwright.sync_api import Browser, sync_playwright

from qika.web.app import build_app
from qika.web.connection import Connection
from qika.web.site import Site

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@contextmanager
def served(site: Site, port: int = 0) -> Iterator[str]:
    """Serve a site as ``qika serve`` does, in a thread; give its address."""
    config = uvicorn.Config(
        build_app(site), host="127.0.0.1", port=port, http=Connection, lifespan="off",
        log_level="warning", access_log=False, server_header=False, proxy_headers=False,
    )  # fmt: skip
    server, listening = uvicorn.Server(config), config.bind_socket()
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@contextmanager
def browsing() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
