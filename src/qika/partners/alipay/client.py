"""Calls of Alipay's open gateway: token, and real-name check: initialize, page, query.

The form is that of Alipay's own libraries: what every call has stands in the address, what it is
about in the body, so that no name and no number is ever part of an address. Times are China's,
texts UTF-8. Sources: docs.open.alipay.com, api_2/alipay.user.certify.open.initialize and the
public SDKs; no live gateway was asked.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from qika.operations.online import CheckFailedError, CheckFault
from qika.partners.alipay.signing import SIGN, sign, signed_node, signed_text

TOKEN: Final = "alipay.system.oauth.token"  # noqa: S105  the name of a method
INITIALIZE: Final = "alipay.user.certify.open.initialize"
CERTIFY: Final = "alipay.user.certify.open.certify"
QUERY: Final = "alipay.user.certify.open.query"

TRY_S, TRIES_MAX = 5.0, 2
"""Seconds that one try may take; tries of a call that may be repeated."""
ANSWER_BYTES_MAX = 64 << 10
AT_ONCE, WAITING_MAX = 8, 64
_ORDER = re.compile(r"[A-Za-z0-9]{1,32}")
_OK, _SERVER_ERROR = 200, 500
_DONE, _AWAY = "10000", "20000"
_CHINA = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Gateway:
    """Which gateway, and the keys of both sides; the key is shown in no error."""

    url: str
    app_id: str
    key: RSAPrivateKey = field(repr=False)
    alipay_key: RSAPublicKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call is waited for."""

    try_s: float = TRY_S
    tries_max: int = TRIES_MAX


class Token(msgspec.Struct, frozen=True):
    """Whom a code of a mini-program speaks of; ``open_id`` is only known to this application."""

    open_id: str
    access_token: str


class Checked(msgspec.Struct, frozen=True):
    """What the query says. Its pictures (``material_info``) are not read, nor is its small talk."""

    passed: str
    identity_info: msgspec.Raw = msgspec.Raw(b'""')
    """A text of JSON by Alipay's libraries; empty by most contracts."""


class _Begun(msgspec.Struct, frozen=True):
    certify_id: str


class _Head(msgspec.Struct, frozen=True):
    code: str = _DONE
    """The token's answer has none where it succeeded."""
    sub_code: str = ""


Answer = TypeVar("Answer")


class AlipayClient:
    """Signs, asks within bounds, and believes nothing that Alipay has not signed."""

    def __init__(
        self,
        gateway: Gateway,
        http: httpx.AsyncClient,
        clock: Callable[[], datetime],
        patience: Patience | None = None,
    ) -> None:
        """Take the gateway, a client of ``gateway_client``, and the clock (aware times)."""
        self._gateway, self._http, self._clock = gateway, http, clock
        self._patience = patience or Patience()
        self._slots, self._waiting = asyncio.Semaphore(AT_ONCE), 0

    async def token(self, code: str) -> Token:
        """Turn a code of a mini-program into a token; a code is good once, so it is tried once."""
        said = {"grant_type": "authorization_code", "code": code}
        return await self._call(TOKEN, said, Token, tries=1)

    async def initialize(self, order_no: str, name: str, number: str, return_url: str) -> str:
        """Begin the check of a person; gives its ``certify_id``.

        ``order_no``: at most 32 letters and digits, the same for the same attempt.
        """
        assert _ORDER.fullmatch(order_no), "an order number is letters and digits"
        said = {
            "outer_order_no": order_no,
            "biz_code": "FACE",
            "identity_param": {
                "identity_type": "CERT_INFO",
                "cert_type": "IDENTITY_CARD",
                "cert_name": name,
                "cert_no": number,
            },
            "merchant_config": {"return_url": return_url, "face_reserve_strategy": "never"},
        }
        return (await self._call(INITIALIZE, _business(said), _Begun)).certify_id

    def page(self, certify_id: str) -> str:
        """Give the address to which the person goes; it names nobody, and is good for minutes."""
        said = _business({"certify_id": certify_id})
        return f"{self._gateway.url}?{urlencode(self._signed(CERTIFY, said) | said)}"

    async def query(self, certify_id: str) -> Checked:
        """Ask how a check ended."""
        return await self._call(QUERY, _business({"certify_id": certify_id}), Checked)

    def _signed(self, method: str, said: Mapping[str, str]) -> dict[str, str]:
        """Give what every call has, signed together with what this one says."""
        common = {
            "app_id": self._gateway.app_id,
            "method": method,
            "format": "json",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "version": "1.0",
            "timestamp": self._clock().astimezone(_CHINA).strftime("%Y-%m-%d %H:%M:%S"),
        }
        return common | {SIGN: sign(signed_text(common | dict(said)), self._gateway.key)}

    async def _call(
        self, method: str, said: Mapping[str, str], kind: type[Answer], tries: int | None = None
    ) -> Answer:
        if self._waiting >= WAITING_MAX:
            raise CheckFailedError(CheckFault.LATE, "too many wait already")
        tries = tries or self._patience.tries_max
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience.try_s * (tries + 1)), self._slots:
                node = await self._answered(method, said, tries)
        except TimeoutError:
            raise CheckFailedError(CheckFault.LATE, "no turn in time") from None
        finally:
            self._waiting -= 1
        return _read(node, kind)

    async def _answered(self, method: str, said: Mapping[str, str], tries: int) -> bytes:
        """Give the node of the first answer that comes in time."""
        for left in reversed(range(tries)):
            try:
                async with asyncio.timeout(self._patience.try_s):
                    return await self._asked(method, said)
            except (httpx.HTTPError, TimeoutError) as error:
                late = CheckFailedError(CheckFault.LATE, type(error).__name__)
            except CheckFailedError as error:
                late = error
            if late.fault is not CheckFault.LATE or not left:
                raise late from None
        raise AssertionError("a call is tried at least once")

    async def _asked(self, method: str, said: Mapping[str, str]) -> bytes:
        signed = self._signed(method, said)
        async with self._http.stream(
            "POST", self._gateway.url, params=signed, data=dict(said)
        ) as answer:
            if answer.status_code >= _SERVER_ERROR:
                raise CheckFailedError(CheckFault.LATE, f"status {answer.status_code}")
            if answer.status_code != _OK:
                raise CheckFailedError(CheckFault.UNTRUSTED, f"status {answer.status_code}")
            body = bytearray()
            async for part in answer.aiter_raw():
                body += part
                if len(body) > ANSWER_BYTES_MAX:
                    raise CheckFailedError(CheckFault.UNTRUSTED, "too long for an answer")
        node = signed_node(bytes(body), method, self._gateway.alipay_key)
        if node is None:
            raise CheckFailedError(CheckFault.UNTRUSTED, "not signed by Alipay")
        head = _read(node, _Head)
        if head.code == _AWAY:
            raise CheckFailedError(CheckFault.LATE, head.sub_code or head.code)
        if head.code != _DONE:
            raise CheckFailedError(CheckFault.REFUSED, head.sub_code or head.code)
        return node


def _business(said: Mapping[str, object]) -> dict[str, str]:
    return {"biz_content": json.dumps(said, ensure_ascii=False, separators=(",", ":"))}


def _read(node: bytes, kind: type[Answer]) -> Answer:
    try:
        return msgspec.json.decode(node, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise CheckFailedError(CheckFault.UNTRUSTED, "not what was asked for") from None


def gateway_client(version: str) -> httpx.AsyncClient:
    """Make the connection: no redirects, no cookies kept, no proxy of the environment."""
    return httpx.AsyncClient(
        headers={"User-Agent": f"qika/{version}", "Accept-Encoding": "identity"},
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=TRY_S,
        limits=httpx.Limits(max_connections=AT_ONCE),
    )
