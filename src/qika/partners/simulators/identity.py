"""A stand-in for an online channel's identity provider: issues and verifies signed assertions."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from qika.terms.names import ChannelCode

PROVIDER = "demo"
VALID_S = 600
"""Seconds for which an assertion holds."""


@dataclass(frozen=True, slots=True)
class IdentityDouble:
    """Proves an identity for one card and one channel with an HMAC over both and the time."""

    secret: bytes
    fail: bool = False
    """Told to fail, it verifies nothing."""

    def issue(self, channel: ChannelCode, card_key: bytes, at: datetime) -> dict[str, str]:
        """Give the assertion that a real provider would give after its face check."""
        stamp = str(int(at.timestamp()))
        signature = self._sign(channel, card_key, stamp)
        return {"provider": PROVIDER, "assertion": f"{stamp}.{signature}"}

    def verify(
        self, proof: Mapping[str, object], channel: ChannelCode, card_key: bytes, at: datetime
    ) -> bool:
        """Tell whether an assertion is ours, of this card and channel, and not too old."""
        stamp, _, signature = str(proof.get("assertion", "")).partition(".")
        if self.fail or proof.get("provider") != PROVIDER or not stamp.isdecimal():
            return False
        fresh = abs(at.timestamp() - int(stamp)) <= VALID_S
        genuine = hmac.compare_digest(signature, self._sign(channel, card_key, stamp))
        return fresh and genuine

    def _sign(self, channel: ChannelCode, card_key: bytes, stamp: str) -> str:
        message = b"\0".join((channel.encode(), card_key, stamp.encode()))
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()


class NoIdentityProvider:
    """Where no provider is configured nobody's identity is proved."""

    def verify(
        self,
        proof: Mapping[str, object],  # noqa: ARG002  the port's signature
        channel: ChannelCode,  # noqa: ARG002
        card_key: bytes,  # noqa: ARG002
        at: datetime,  # noqa: ARG002
    ) -> bool:
        """Refuse every assertion."""
        return False
