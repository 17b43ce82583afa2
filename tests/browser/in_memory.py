"""A small site in memory, on a port of loopback."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import uvicorn

from qika.web.app import build_app
from qika.web.connection import Connection, HasLane
from qika.web.site import Site


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@contextmanager
def served(site: "Site | HasLane", port: int = 0) -> Iterator[str]:
    """Serve a site, or an application, as ``qika serve`` does, in a thread; give its address."""
    app = build_app(site) if isinstance(site, Site) else site
    config = uvicorn.Config(
        cast("Any", app), host="127.0.0.1", port=port, http=Connection, lifespan="off",
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
