"""The gateway's double as a server on loopback, and clients that speak to it over real HTTP."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import uvicorn
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from qika.partners.alipay import Gateway
from qika.partners.simulators.alipay import PATH, AlipayDouble

APP_ID = "2021000000000001"


@cache
def key(name: str) -> RSAPrivateKey:
    """A key by name, made once: it takes a fifth of a second."""
    return generate_private_key(65_537, 2_048)


def double_at(clock: Callable[[], datetime]) -> AlipayDouble:
    """A double that knows our application's key."""
    return AlipayDouble(APP_ID, key("app").public_key(), key("alipay"), clock)


@dataclass
class Running:
    """The double, where it listens, and what a client needs to ask it."""

    double: AlipayDouble
    url: str

    @property
    def gateway(self) -> Gateway:
        return Gateway(f"{self.url}{PATH}", APP_ID, key("app"), key("alipay").public_key())


@contextmanager
def gateway_at(clock: Callable[[], datetime], host: str = "127.0.0.1", port: int = 0) -> Iterator:
    """Serve a double until the block ends."""
    double = double_at(clock)
    config = uvicorn.Config(
        double.app(), host=host, port=port, lifespan="off", log_level="warning", access_log=False,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server, listening = uvicorn.Server(config), config.bind_socket()
    thread = threading.Thread(
        target=lambda: asyncio.run(server.serve(sockets=[listening])), name="alipay double"
    )
    thread.start()
    try:
        yield Running(double, f"http://{host}:{listening.getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
