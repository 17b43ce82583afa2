"""Carries messages over HTTP: to judged addresses only, in bounded time, with bounded answers."""

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

import httpcore

from qika.operations.deliver import HEARD, Reply
from qika.partners.webhooks.addresses import Reach, chosen

TIME_LIMIT_S = 10.0
"""A message is to be acknowledged within so long, look-up and connection included."""

ANSWER_BYTES_MAX = 16 << 10
DRAIN_S = 1.0
"""What an answer says beside its status is read so far, to use the connection again."""

CONNECTIONS_MAX = 16
IDLE_S = 4.0
"""Shorter than servers usually keep a connection that nothing comes over."""

_GOOD, _REDIRECTED = 2, 3
"""The hundreds of a status."""
_GONE = 410
_ASKS_TO_WAIT = frozenset({429, 502, 503, 504})


class AddressRefusedError(OSError):
    """A name leads only to addresses where messages may not go; holds the name."""


class _JudgedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the first address of a name that messages may go to and that takes them."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._inner = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the name in httpcore
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failed: Exception | None = None
        for address in await self._judged(host, port):
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError as error:
                failed = error
        raise failed or AddressRefusedError(host)

    async def _judged(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name is not known") from error
        return chosen(list(dict.fromkeys(str(one[4][0]) for one in found)), self._reach)


class Courier:
    """Carries messages to one listener, so that a slow one keeps no connection from another."""

    def __init__(
        self, reach: Reach, authorities: Path | None = None, *, time_limit_s: float = TIME_LIMIT_S
    ) -> None:
        """Take how far messages may go, and a file of authorities trusted besides the system's."""
        context = ssl.create_default_context()
        if authorities is not None:
            context.load_verify_locations(authorities)
        self._time_limit_s = time_limit_s
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=CONNECTIONS_MAX,
            max_keepalive_connections=CONNECTIONS_MAX,
            keepalive_expiry=IDLE_S,
            network_backend=_JudgedBackend(reach),
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.aclose()

    async def carry(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Carry a message to an address; never raises for what the other side does.

        The status alone decides; what follows it is read only to use the connection again. No
        redirect is followed: a listener has the one address that somebody entered.
        """
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        status, fault = 0, ""
        try:
            async with (
                asyncio.timeout(self._time_limit_s) as limit,
                self._pool.stream("POST", url, headers=sent, content=body) as answer,
            ):
                status = answer.status
                limit.reschedule(asyncio.get_running_loop().time() + DRAIN_S)
                await _drained(answer)
        except TimeoutError:
            fault = "timeout"
        except AddressRefusedError:
            fault = "address_refused"
        except (httpcore.ProtocolError, httpcore.NetworkError) as error:
            fault = _fault_of(error)
        return _judged(status) if status else Reply(fault, down=True)


async def _drained(answer: httpcore.Response) -> None:
    """Read a short answer to its end; a long one is left, with its connection."""
    read = 0
    async for part in answer.aiter_stream():
        read += len(part)
        if read > ANSWER_BYTES_MAX:
            return


def _judged(status: int) -> Reply:
    if status // 100 == _GOOD:
        return HEARD
    if status == _GONE:
        return Reply("status_410", gone=True)
    if status // 100 == _REDIRECTED:
        return Reply("redirect", down=True)
    return Reply(f"status_{status}", down=status in _ASKS_TO_WAIT)


def _fault_of(error: BaseException) -> str:
    """Name what happened; what the other side said of it is not repeated."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return "certificate"
        if isinstance(seen, ssl.SSLError):
            return "tls"
        seen = seen.__cause__ or seen.__context__
    if isinstance(error, httpcore.ConnectError):
        return "unreachable"
    return "protocol" if isinstance(error, httpcore.ProtocolError) else "connection_lost"
