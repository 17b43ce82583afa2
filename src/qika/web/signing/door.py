"""The partners' door: whose request this is, and what its key allows."""

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from qika.authority.partner import Partner, PartnerKey
from qika.operations.batch import Gatherer
from qika.operations.registry import Roll, SpentNonce
from qika.web.signing.profile import SignatureError, SignatureFault, Signed, check_digest, read
from qika.web.signing.verifying import is_right

AGE_MAX = timedelta(minutes=5)
"""How old a signature may be: long enough for slow lines, short enough to remember its nonce."""

SKEW_MAX = timedelta(seconds=60)
"""How far a partner's clock may be ahead or behind."""

Spend = Callable[[Sequence[SpentNonce], datetime], Awaitable[Sequence[bool]]]


@dataclass(frozen=True, slots=True)
class Sender:
    """A partner whose signature is right, and what it signed."""

    partner: Partner
    key_id: str
    signed: Signed


class KeyInUseError(RuntimeError):
    """A request under the same idempotency key is still being worked on."""


class PartnerDoor:
    """Checks signed requests; ``origin`` is where partners reach this installation."""

    def __init__(
        self,
        origin: str,
        roll: Callable[[], Roll],
        spend: Spend,
        clock: Callable[[], datetime],
    ) -> None:
        """Take what wiring injects."""
        self._origin, self._roll, self._clock = origin, roll, clock
        self._spend = spend
        self._nonces: Gatherer[SpentNonce, bool] = Gatherer(self._note)
        self._working: set[tuple[str, str]] = set()

    def read(self, method: str, target: str, headers: Mapping[bytes, bytes]) -> Signed:
        """Read the signature of a request; ``target`` is its path with its query."""
        return read(method, self._origin + target, headers)

    def check(self, signed: Signed, headers: Mapping[bytes, bytes], body: bytes) -> Sender:
        """Check everything but that the nonce is new; raises SignatureError."""
        partner, key = self._known(signed)
        check_digest(headers, body)
        return _right(signed, partner, key)

    def check_head(self, signed: Signed) -> Sender:
        """Do the same where there is no body, or it is still to be read; raises SignatureError."""
        return _right(signed, *self._known(signed))

    def partner(self, partner_id: str) -> Partner | None:
        """Give a partner as the roll has it now."""
        return self._roll().partners.get(partner_id)

    def _known(self, signed: Signed) -> tuple[Partner, PartnerKey]:
        at = self._clock()
        age = at - datetime.fromtimestamp(signed.created, UTC)
        if age > AGE_MAX + SKEW_MAX:
            raise SignatureError(SignatureFault.TOO_OLD)
        if age < -SKEW_MAX:
            raise SignatureError(SignatureFault.IN_FUTURE)
        found = self._roll().of_key(signed.key_id)
        if found is None:
            raise SignatureError(SignatureFault.KEY_UNKNOWN)
        if not found[1].in_force(at):
            raise SignatureError(SignatureFault.KEY_NOT_IN_FORCE)
        return found

    async def admit(self, sender: Sender) -> None:
        """Note the nonce; raises SignatureError if it is spent, OverloadedError if many wait."""
        until = datetime.fromtimestamp(sender.signed.created, UTC) + AGE_MAX + 2 * SKEW_MAX
        nonce = SpentNonce(sender.key_id, sender.signed.nonce, until)
        if not await self._nonces.submit(nonce):
            raise SignatureError(SignatureFault.REPLAYED)

    async def _note(self, nonces: Sequence[SpentNonce]) -> Sequence[bool]:
        """Note the nonces of requests that arrived together, in one write."""
        return await self._spend(nonces, self._clock())

    @contextmanager
    def working(self, sender: Sender) -> Generator[None]:
        """Hold an idempotency key of a partner; raises KeyInUseError if it is held already."""
        key = (sender.partner.id, sender.signed.idempotency_key)
        if not key[1]:  # it only reads
            yield
            return
        if key in self._working:
            raise KeyInUseError
        self._working.add(key)
        try:
            yield
        finally:
            self._working.discard(key)


def _right(signed: Signed, partner: Partner, key: PartnerKey) -> Sender:
    if not is_right(key, signed.signature, signed.base):
        raise SignatureError(SignatureFault.WRONG)
    return Sender(partner, key.id, signed)
