"""The online channel: Alipay as the operator set it, or its double in the demo."""

import asyncio
import os
import re
import stat
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

import uvicorn
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from qika.operations.online import IdentityCheck
from qika.partners.alipay import (
    AlipayClient,
    AlipayFaceCheck,
    Gateway,
    KeyTextError,
    gateway_client,
    private_key_of,
    public_key_of,
)
from qika.partners.simulators.alipay import PATH, AlipayDouble
from qika.wiring.settings import AlipaySetting, SettingError, Settings, now

NAMES = (
    "QIKA_ALIPAY_APP_ID",
    "QIKA_ALIPAY_KEY_FILE",
    "QIKA_ALIPAY_PUBLIC_KEY_FILE",
    "QIKA_ALIPAY_GATEWAY",
)
"""All four or none."""

DOUBLE_APP_ID = "demo"
STOPS_WITHIN_S = 1
_BITS = 2_048
_GATEWAY = re.compile(
    r"(https://[A-Za-z0-9.-]+|http://127\.\d{1,3}\.\d{1,3}\.\d{1,3})(:\d{1,5})?/[\w./-]*"
)
"""Plain text only to this machine."""
_APP_ID = re.compile(r"[A-Za-z0-9]{1,32}")


class AlipayFault(StrEnum):
    """Why the channel cannot be set up."""

    INCOMPLETE = "incomplete"
    APP_ID = "app_id"
    KEY = "key"
    KEY_OPEN = "key_open"
    """The key file may be read by others than its owner."""
    GATEWAY = "gateway"
    ORIGIN = "origin"
    """Nobody has said where people come back to."""


class AlipaySettingError(SettingError):
    """A channel that cannot be set up: the fault, and the setting that is meant."""

    def __init__(self, fault: AlipayFault, text: str) -> None:
        """Keep what a message is made of; never a key."""
        super().__init__(fault, text)
        self.fault, self.text = fault, text


def alipay_setting(
    origin: str, environment: Mapping[str, str] = os.environ
) -> AlipaySetting | None:
    """Read the settings of the channel and check its keys; None: none of them is set.

    Raises AlipaySettingError.
    """
    found = {name: environment.get(name, "") for name in NAMES}
    if not any(found.values()):
        return None
    missing = next((name for name, text in found.items() if not text), None)
    if missing is not None:
        raise AlipaySettingError(AlipayFault.INCOMPLETE, missing)
    app_id, key_file, public_key_file, gateway = found.values()
    if not _APP_ID.fullmatch(app_id):
        raise AlipaySettingError(AlipayFault.APP_ID, NAMES[0])
    if not _GATEWAY.fullmatch(gateway):
        raise AlipaySettingError(AlipayFault.GATEWAY, NAMES[3])
    if not origin:
        raise AlipaySettingError(AlipayFault.ORIGIN, "QIKA_ORIGIN")
    setting = AlipaySetting(app_id, Path(key_file), Path(public_key_file), gateway)
    gateway_of(setting)
    return setting


def gateway_of(setting: AlipaySetting) -> Gateway:
    """Read the keys; raises AlipaySettingError."""
    try:
        key = private_key_of(_private(setting.key_file))
    except (OSError, KeyTextError) as error:
        raise AlipaySettingError(AlipayFault.KEY, NAMES[1]) from error
    try:
        public = public_key_of(setting.public_key_file.read_bytes())
    except (OSError, KeyTextError) as error:
        raise AlipaySettingError(AlipayFault.KEY, NAMES[2]) from error
    return Gateway(setting.gateway, setting.app_id, key, public)


def _private(file: Path) -> bytes:
    with file.open("rb") as opened:
        if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & 0o077:
            raise AlipaySettingError(AlipayFault.KEY_OPEN, NAMES[1])
        return opened.read()


class _Server(uvicorn.Server):
    """Leaves signals to the server it stands beside."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


@asynccontextmanager
async def identity_check_of(settings: Settings) -> AsyncGenerator[IdentityCheck | None]:
    """Open what identities are checked with online; None where nothing is set up."""
    if settings.alipay is not None:
        async with _client(gateway_of(settings.alipay)) as check:
            yield check
    elif settings.demo:
        async with _double() as gateway, _client(gateway) as check:
            yield check
    else:
        yield None


@asynccontextmanager
async def _client(gateway: Gateway) -> AsyncGenerator[IdentityCheck]:
    async with gateway_client(version("qika")) as http:
        yield AlipayFaceCheck(AlipayClient(gateway, http, now))


def _new_key() -> RSAPrivateKey:
    return generate_private_key(65_537, _BITS)


@asynccontextmanager
async def _double() -> AsyncGenerator[Gateway]:
    """Serve the double on a free port of loopback, with new keys on both sides."""
    ours, theirs = await asyncio.gather(*[asyncio.to_thread(_new_key) for _ in range(2)])
    double = AlipayDouble(DOUBLE_APP_ID, ours.public_key(), theirs, now)
    config = uvicorn.Config(
        double.app(), host="127.0.0.1", port=0, lifespan="off", log_level="warning",
        access_log=False, server_header=False, timeout_graceful_shutdown=STOPS_WITHIN_S,
    )  # fmt: skip
    listening = config.bind_socket()
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}{PATH}"
        yield Gateway(url, DOUBLE_APP_ID, ours, theirs.public_key())
    finally:
        server.should_exit = True
        await serving
        listening.close()
