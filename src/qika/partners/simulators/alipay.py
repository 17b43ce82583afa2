"""A stand-in for Alipay's open gateway: checks RSA2, answers signed, and fails when told to.

It speaks over HTTP like the real one and has its own page on which the person of the demo says who
stands before the camera. ``/control`` switches faults. It knows no face and is not Alipay.
"""

import asyncio
import json
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import cast
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from qika.partners.alipay.client import CERTIFY, INITIALIZE, QUERY, TOKEN
from qika.partners.alipay.signing import ERROR_NODE, SIGN, is_signed, sign, signed_text

PATH = "/gateway.do"
CHECKS_MAX = 10_000
BODY_MAX = 64 << 10
LATE_S = 30.0
CODE_LASTS = CLOCKS_APART = timedelta(minutes=5)
"""How long a code is good, and how far a caller's clock may be off; both are the double's own."""

_CHINA = ZoneInfo("Asia/Shanghai")
_BITS = 2_048


class Fault(StrEnum):
    """What the double does wrong while it is told to."""

    NONE = "none"
    LATE = "late"
    """It answers when nobody waits any more."""
    WRONG_SIGNATURE = "wrong_signature"
    TAMPERED = "tampered"
    """What was signed is changed on the way: a refusal becomes a pass."""
    UNSIGNED = "unsigned"
    SERVER_ERROR = "server_error"
    AWAY = "away"
    """A signed answer that the service is not there now."""
    NOT_JSON = "not_json"
    REFUSED = "refused"
    """A signed business refusal."""
    OTHER_PERSON = "other_person"
    """The query passes, and names somebody else."""


class Face(StrEnum):
    """What happens before the camera."""

    HOLDER = "holder"
    OTHER = "other"
    NOBODY = "nobody"
    """The person cancels."""


@dataclass(slots=True)
class Check:
    """One check: what it was begun with, and whose face was seen."""

    id: str
    said: Mapping[str, object]
    face: Face | None = None

    @property
    def return_url(self) -> str:
        """Where the person is sent back to."""
        config = self.said.get("merchant_config")
        return str(_members(config).get("return_url", ""))


@dataclass(slots=True)
class AlipayDouble:
    """The double of one application; ``clock`` gives aware times."""

    app_id: str
    app_key: RSAPublicKey
    key: RSAPrivateKey
    clock: Callable[[], datetime]
    fault: Fault = Fault.NONE
    checks: OrderedDict[str, Check] = field(default_factory=OrderedDict[str, Check])
    """By the order number of who began them; the oldest are forgotten."""
    codes: dict[str, datetime] = field(default_factory=dict[str, datetime])
    asked: deque[tuple[str, str]] = field(
        default_factory=lambda: deque[tuple[str, str]](maxlen=1_000)
    )
    """Method and code of each answer."""
    waiting: int = 0
    """Calls that are being answered late."""

    def issue_code(self) -> str:
        """Give a code as a mini-program gets it; good once, and for minutes."""
        code = secrets.token_hex(16)
        self.codes[code] = self.clock() + CODE_LASTS
        return code

    def app(self) -> Starlette:
        """Give the ASGI application."""
        return Starlette(
            routes=[
                Route(PATH, self._gateway, methods=["GET", "POST"]),
                Route("/decide", self._decide, methods=["POST"]),
                Route("/control", self._control, methods=["GET", "POST"]),
            ]
        )

    # -- the gateway ----------------------------------------------------------------------------

    async def _gateway(self, request: Request) -> Response:
        said = dict(request.query_params) | await _form(request)
        method = said.get("method", "")
        refusal = self._refusal(said)
        if method == CERTIFY:
            return self._page(said, refusal)
        if self.fault is Fault.LATE:
            await self._until_nobody_waits(request)
        if self.fault is Fault.SERVER_ERROR:
            return Response("down", 500)
        if self.fault is Fault.NOT_JSON:
            return Response("<html>busy</html>", media_type="text/html")
        node = _failed(refusal) if refusal else self._answer(method, said)
        self.asked.append((method, str(node["code"]) if "code" in node else "10000"))
        return self._sent(method, node)

    async def _until_nobody_waits(self, request: Request) -> None:
        self.waiting += 1
        try:
            async with asyncio.timeout(LATE_S):
                while (await request.receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            pass
        finally:
            self.waiting -= 1

    def _refusal(self, said: Mapping[str, str]) -> str:
        """Say what is wrong with a call; empty: nothing."""
        if said.get("app_id") != self.app_id:
            return "isv.invalid-app-id"
        if not is_signed(signed_text(said), said.get(SIGN, ""), self.app_key):
            return "isv.invalid-signature"
        try:
            at = datetime.strptime(said.get("timestamp", ""), "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
        except ValueError:
            return "isv.invalid-timestamp"
        apart = abs(at.replace(tzinfo=_CHINA) - self.clock())
        return "" if apart <= CLOCKS_APART else "isv.invalid-timestamp"

    def _answer(self, method: str, said: Mapping[str, str]) -> Mapping[str, object]:
        if self.fault is Fault.AWAY:
            return {"code": "20000", "msg": "Service Currently Unavailable", "sub_code": "aop.away"}
        if self.fault is Fault.REFUSED:
            return {"code": "40004", "msg": "Business Failed", "sub_code": "double.refused"}
        business = _object(said.get("biz_content", "{}"))
        if method == TOKEN:
            return self._token(said.get("code", ""))
        if method == INITIALIZE:
            return self._initialized(business)
        if method == QUERY:
            return self._queried(str(business.get("certify_id", "")))
        return _failed("isv.invalid-method")

    def _token(self, code: str) -> Mapping[str, object]:
        until = self.codes.pop(code, None)
        if until is None or until < self.clock():
            return _failed("isv.code-invalid")
        return {"open_id": "double-open-id", "access_token": secrets.token_hex(16)}

    def _initialized(self, business: Mapping[str, object]) -> Mapping[str, object]:
        order = str(business.get("outer_order_no", ""))
        if not (order.isascii() and order.isalnum() and len(order) <= 32):  # noqa: PLR2004
            return _failed("isv.invalid-parameter")
        check = self.checks.get(order)
        if check is None:
            check = self.checks[order] = Check(secrets.token_hex(16), business)
            while len(self.checks) > CHECKS_MAX:
                self.checks.popitem(last=False)
        return {"code": "10000", "msg": "Success", "certify_id": check.id}

    def _queried(self, certify_id: str) -> Mapping[str, object]:
        check = self.check(certify_id)
        if check is None:
            return {"code": "40004", "msg": "Business Failed", "sub_code": "CERTIFY_ID_UNKNOWN"}
        other = self.fault is Fault.OTHER_PERSON
        told: dict[str, object] = {
            "code": "10000",
            "msg": "Success",
            "passed": "T" if check.face is Face.HOLDER or other else "F",
            "material_info": json.dumps({"FACIAL_PICTURE_FRONT": "not a picture"}),
        }
        if other:
            told["identity_info"] = json.dumps({"cert_name": "Somebody Else", "cert_no": "X0"})
        return told

    def check(self, certify_id: str) -> Check | None:
        """Find a check by its id."""
        return next((one for one in self.checks.values() if one.id == certify_id), None)

    def _sent(self, method: str, node: Mapping[str, object]) -> Response:
        text = json.dumps(node, ensure_ascii=False, separators=(",", ":"))
        key = _strange_key() if self.fault is Fault.WRONG_SIGNATURE else self.key
        signature = sign(text.encode(), key)
        if self.fault is Fault.TAMPERED:
            changed = text.replace('"passed":"F"', '"passed":"T"')
            text = changed if changed != text else text.replace("Success", "success")
        known = method in {TOKEN, INITIALIZE, QUERY}
        name = f"{method.replace('.', '_')}_response" if known else ERROR_NODE
        signed = "" if self.fault is Fault.UNSIGNED else f',"sign":"{signature}"'
        return Response(f'{{"{name}":{text}{signed}}}', media_type="text/html;charset=utf-8")

    # -- what people see ------------------------------------------------------------------------

    def _page(self, said: Mapping[str, str], refusal: str) -> Response:
        check = self.check(str(_object(said.get("biz_content", "{}")).get("certify_id", "")))
        if refusal or check is None:
            return _html("alipay_refused.html.j2", 400, reason=refusal or "CERTIFY_ID_UNKNOWN")
        return _html("alipay_certify.html.j2", 200, certify_id=check.id, faces=list(Face))

    async def _decide(self, request: Request) -> Response:
        said = await _form(request)
        check = self.check(said.get("certify_id", ""))
        if check is None or said.get("face") not in tuple(Face):
            return _html("alipay_refused.html.j2", 400, reason="CERTIFY_ID_UNKNOWN")
        check.face = Face(said["face"])
        return RedirectResponse(check.return_url, 303)

    async def _control(self, request: Request) -> Response:
        if request.method == "POST":
            asked = (await _form(request)).get("fault", "")
            if asked not in tuple(Fault):
                return Response("unknown fault", 422)
            self.fault = Fault(asked)
        return _html("alipay_control.html.j2", 200, faults=list(Fault), now=self.fault)


async def _form(request: Request) -> dict[str, str]:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY_MAX:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace")))


def _object(text: str) -> Mapping[str, object]:
    try:
        return _members(json.loads(text))
    except ValueError:
        return {}


def _members(read: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", read) if isinstance(read, dict) else {}


def _failed(reason: str) -> Mapping[str, object]:
    return {"code": "40002", "msg": "Invalid Arguments", "sub_code": reason}


@cache
def _strange_key() -> RSAPrivateKey:
    return generate_private_key(65_537, _BITS)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("qika.partners.simulators", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
    )


def _html(template: str, status: int, **values: object) -> Response:
    text = _templates().get_template(template).render(values)
    return Response(text, status, media_type="text/html")
