"""A small site in memory, on a port of loopback."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from qika.web.app import build_app
from qika.web.connection import Connection
from qika.web.site import Site


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
