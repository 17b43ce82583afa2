"""Activate online: a person begins, proves who they are at a provider, and comes back.

What has begun is kept by the person's browser alone, sealed: no table holds it, no name and no
identity number is in it. The address to which the provider sends a person back carries a word
that only the provider was told: whoever finishes has both, the seal of the browser that began and
the word of the one that was at the provider, or its short form, carried over by hand. Neither says
that the check was passed; that is asked of the provider itself.
"""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeAlias

import msgspec

from qika.activation.decide import day_of
from qika.activation.offer import Offer, offer
from qika.activation.request import ActivationRequest, Identity, Outcome, Presented
from qika.activation.status import Status
from qika.operations.activate import Answered, Request, foresee
from qika.operations.office import Office
from qika.operations.ports import Ask
from qika.terms.names import ChannelCode, DocumentCode, IssuerCode, Who

ALIPAY = ChannelCode("online_alipay")
SENDER = "online:alipay"
"""Who sends these requests; a colon stands in no partner's id."""

LASTS = timedelta(minutes=30)
"""How long after the beginning a check may be brought home."""

_SHOWN = (DocumentCode("card"), DocumentCode("id_card"))
"""What a holder shows by its number on the form; the provider holds the face against the second."""


class CheckFault(StrEnum):
    """Why a provider of identity checks gave nothing."""

    LATE = "late"
    """No answer in time, none at all, or it says that it cannot answer now."""
    UNTRUSTED = "untrusted"
    """An answer that the provider did not sign, or that was changed, or that is none."""
    REFUSED = "refused"
    """A signed refusal: of our key, our clock, our contract, a code that has expired."""


class CheckFailedError(RuntimeError):
    """A call that gave nothing; ``reason`` is a code or a class of error, never about a person."""

    def __init__(self, fault: CheckFault, reason: str) -> None:
        """Keep what may be told to the operator."""
        super().__init__(f"{fault}: {reason}")
        self.fault, self.reason = fault, reason


class Proof(msgspec.Struct, frozen=True):
    """How a check ended; name and number where the provider says of whom."""

    passed: bool
    name: str = ""
    number: str = ""


class IdentityCheck(Protocol):
    """A provider that holds a face against a name and an identity number. Shows us no picture."""

    async def begin(self, order_no: str, name: str, number: str, return_url: str) -> str:
        """Begin a check, the same for the same ``order_no``; raises CheckFailedError."""
        ...

    def page(self, check_id: str) -> str:
        """Give the address to which the person goes; good for minutes, to be made again."""
        ...

    async def outcome(self, check_id: str) -> Proof:
        """Ask how a check ended; raises CheckFailedError."""
        ...


class Seal(Protocol):
    """Seals what a browser carries."""

    def close(self, plain: bytes) -> str:
        """Give what only this installation can read again, in letters for a cookie."""
        ...

    def open(self, sealed: str) -> bytes | None:
        """Give what was sealed; None for anything else."""
        ...


Submit: TypeAlias = Callable[[Sequence[Request]], Awaitable[list[Answered]]]
"""Performs requests and answers them in their order."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the online channel works with; wiring builds one where a provider is set."""

    office: Office
    check: IdentityCheck
    seal: Seal
    submit: Submit


class Claim(msgspec.Struct, frozen=True):
    """Who somebody says to be, and the holder of which card; held in memory for one request."""

    issuer: IssuerCode
    card_key: bytes
    name: str
    number: str


class Begun(msgspec.Struct, frozen=True, array_like=True):
    """What the browser carries, sealed."""

    card_key: bytes
    order_no: str
    check_id: str
    word: str
    """Told to the provider alone, as part of the address to come back to."""
    at: datetime


class Missed(StrEnum):
    """Why nothing can be finished; nothing was asked of anybody."""

    NOT_BEGUN = "not_begun"
    """This browser has begun nothing, or long ago."""
    ELSEWHERE = "elsewhere"
    """What it began is another attempt than the one that comes back."""


def offered_online(office: Office, issuer: IssuerCode) -> Offer:
    """Say whether an issuer's rules let its holders enable their card through Alipay today."""
    rules = office.rulings.on(issuer, day_of(office.clock()))
    return offer(rules, ALIPAY, Who.HOLDER)


async def begin(
    desk: Desk, claim: Claim, return_url: Callable[[str], str]
) -> tuple[Begun, str] | Outcome | None:
    """Begin a check for the holder of a card; gives what has begun, and it sealed.

    None: there is no such card, or it is not this person's, which nobody is told apart. An
    outcome: even a proved identity would be refused, so nobody is sent anywhere. Raises
    CheckFailedError; then nothing has begun.
    """
    office = desk.office
    matches = await office.store.holder_matches(
        claim.card_key, name=claim.name, number=claim.number
    )
    begun = Begun(claim.card_key, secrets.token_hex(16), "", secrets.token_hex(16), office.clock())
    if not matches:
        return None
    foreseen = await foresee(office, _request(office, begun, proved=True))
    if foreseen.status is not Status.ACTIVATED:
        return foreseen
    check_id = await desk.check.begin(
        begun.order_no, claim.name, claim.number, return_url(begun.word)
    )
    begun = msgspec.structs.replace(begun, check_id=check_id)
    return begun, desk.seal.close(_encode(begun))


def carried(desk: Desk, sealed: str) -> Begun | None:
    """Read what a browser carries; None for nothing, anything else, and what is too old."""
    plain = desk.seal.open(sealed) if sealed else None
    if plain is None:
        return None
    begun = _decode(plain)
    return begun if desk.office.clock() - begun.at <= LASTS else None


async def finish(desk: Desk, sealed: str, said: str) -> Answered | Missed:
    """Finish what a browser has begun, for whoever says its word or the short form of it.

    Asked again, and by several at once, it activates once and gives the first answer again.
    Raises CheckFailedError, and what ``submit`` raises; then it may be finished later.
    """
    begun = carried(desk, sealed)
    if begun is None:
        return Missed.NOT_BEGUN
    if not any(hmac.compare_digest(said.encode(), one.encode()) for one in _words(begun)):
        return Missed.ELSEWHERE
    proved = await _is_done(desk, begun) or await _is_proved(desk, begun)
    return (await desk.submit([_request(desk.office, begun, proved=proved)]))[0]


def short_form(word: str) -> str:
    """Give eight digits that stand for a word, to be carried from one screen to another."""
    number = int.from_bytes(hashlib.sha256(f"short\0{word}".encode()).digest(), "big")
    return f"{number % 10**8:08d}"


def _words(begun: Begun) -> tuple[str, str]:
    return begun.word, short_form(begun.word)


async def _is_done(desk: Desk, begun: Begun) -> bool:
    """Tell whether this attempt has succeeded already: its answer needs nobody to be asked."""
    identity = _request(desk.office, begun, proved=False).identity
    loaded = await desk.office.store.load([Ask(identity)])
    return (identity.card_key, identity.sender, identity.request_key) in loaded.answers


async def _is_proved(desk: Desk, begun: Begun) -> bool:
    """Ask the provider; where it says of whom, that must be the holder of the card as well."""
    proof = await desk.check.outcome(begun.check_id)
    if not proof.passed or not (proof.name or proof.number):
        return proof.passed
    return await desk.office.store.holder_matches(
        begun.card_key, name=proof.name, number=proof.number
    )


def _request(office: Office, begun: Begun, *, proved: bool) -> ActivationRequest:
    """Make the same request each time but for its moment, which a repeat does not look at."""
    says = f"{ALIPAY}\0{begun.order_no}".encode()
    return ActivationRequest(
        identity=Identity(
            begun.card_key, SENDER, begun.order_no, hashlib.sha256(begun.card_key + says).digest()
        ),
        channel=ALIPAY,
        who=Who.HOLDER,
        applications=(),
        occurred_at=office.clock(),
        presented=tuple([Presented(code, Who.HOLDER) for code in _SHOWN]),
        identity_proved=proved,
    )


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Begun).decode
