"""Alipay as a provider of identity checks: what operations ask, put to the gateway."""

from dataclasses import dataclass

import msgspec

from qika.operations.online import Proof
from qika.partners.alipay.client import AlipayClient

PASSED = "T"


class _Person(msgspec.Struct, frozen=True):
    """Of whom an answer speaks; most contracts leave it out."""

    cert_name: str = ""
    cert_no: str = ""


@dataclass(frozen=True, slots=True)
class AlipayFaceCheck:
    """Implements the port ``IdentityCheck``."""

    client: AlipayClient

    async def begin(self, order_no: str, name: str, number: str, return_url: str) -> str:
        """Begin a check; raises CheckFailedError."""
        return await self.client.initialize(order_no, name, number, return_url)

    def page(self, check_id: str) -> str:
        """Give the address of Alipay's page for this check."""
        return self.client.page(check_id)

    async def outcome(self, check_id: str) -> Proof:
        """Ask how a check ended; raises CheckFailedError. Only ``T`` is a pass."""
        checked = await self.client.query(check_id)
        person = _person(checked.identity_info)
        return Proof(checked.passed == PASSED, person.cert_name, person.cert_no)


def _person(said: msgspec.Raw) -> _Person:
    """Read of whom an answer speaks; what cannot be read speaks of nobody known."""
    try:
        told = msgspec.json.decode(said, type=str | _Person)
        if not isinstance(told, str):
            return told
        return msgspec.json.decode(told, type=_Person) if told else _Person()
    except msgspec.DecodeError:
        return _Person("?")
