"""Simulated partners of a demo: their keys, what they may do, their cards, and the playing."""

import asyncio
import hashlib
import secrets
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta

import httpx
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from qika.authority.listener import Listener, ListenerState
from qika.authority.partner import ANY, Algorithm, Partner, PartnerKey, Scope
from qika.operations.listeners import Listeners, UnknownListenerError
from qika.operations.ports import CardFile
from qika.operations.registry import UnknownPartnerError
from qika.operations.tell import GONE
from qika.partners.simulators import example_city
from qika.partners.simulators.acting import PATIENCE_S, Holder, Played, Stage
from qika.partners.simulators.listener import Message, SimulatedListener, listening
from qika.partners.simulators.plays import Actor, Play, Programme, programme
from qika.partners.simulators.signer import Signer
from qika.partners.webhooks.signing import KEY_BYTES, secret_of
from qika.storage.seal_key import signing_key
from qika.terms.names import State
from qika.wiring.example import parsed_city
from qika.wiring.house import House

LISTENER = "simulated-listener"
KNOWN_WITHIN_S = 15.0
"""A service takes over what was entered within two seconds; a busy one a little later."""

HEARD_WITHIN_S = 60.0
"""A message that was not taken comes again within half a minute."""

LOOK_S = 0.2
COLLECTED_BEFORE = timedelta(days=10)
"""So that a first use may be sent days late."""

_DONE, _GONE = 200, 410


class StrangeServiceError(RuntimeError):
    """The service at this address does not know the partners of this installation."""


class NoCardsError(RuntimeError):
    """Too few cards of the example city have nothing done to them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which plays, before which service, in whose words."""

    plays: Sequence[Play]
    service: str
    origin: str
    language: str
    words: Callable[[str], str]
    known_within_s: float = KNOWN_WITHIN_S


async def simulate(house: House, asked: Asked, told: Callable[[Played], None]) -> list[Played]:
    """Act the plays and tell each when it is over.

    Raises StrangeServiceError, NoCardsError, and httpx.TransportError if nobody answers.
    """
    table, secret = programme(), secret_of(secrets.token_bytes(KEY_BYTES))
    with listening(secret, house.office.clock) as listener:
        async with (
            httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as http,
            _entered(house, table, listener) as signers,
        ):
            stage = Stage(
                http, asked.service, asked.origin, asked.language, table, signers,
                house.office.clock, asked.words,
            )  # fmt: skip
            await _until_known(stage, asked.known_within_s)
            return await _played(house, stage, listener, asked.plays, told)


async def _played(
    house: House,
    stage: Stage,
    listener: SimulatedListener,
    plays: Sequence[Play],
    told: Callable[[Played], None],
) -> list[Played]:
    """Act one after the other, while messages of those before are still waited for."""
    dealt, done = await _dealt(house, plays), list[Played]()
    waiting: list[asyncio.Task[None]] = []

    async def heard(played: Played, before: Sequence[asyncio.Task[None]]) -> None:
        played.messages = await _heard(listener, played)
        await asyncio.gather(*before)
        told(played)

    try:
        for play, holder in zip(plays, dealt, strict=True):
            if _GONE in play.heard:  # whatever else is on its way must be heard before
                await asyncio.gather(*waiting)
            listener.expect(holder.card_identifier, play.heard)
            done.append(await stage.act(play, holder, secrets.token_hex(8)))
            if _GONE in play.heard:
                await _switched_on(house)
            before = [] if play.fault else waiting[-1:]  # the channels are told in their order
            waiting.append(asyncio.create_task(heard(done[-1], before)))
        await asyncio.gather(*waiting)
    finally:
        for one in waiting:
            one.cancel()
    return done


# -- what is entered ------------------------------------------------------------------------------


@asynccontextmanager
async def _entered(
    house: House, table: Programme, listener: SimulatedListener
) -> AsyncGenerator[dict[str, Signer]]:
    """Enter listener and partners; in the end nobody is told any more, and no key is of use."""
    now, listeners = house.office.clock(), Listeners(house.store)
    with suppress(UnknownListenerError):  # one that was killed before its end
        await listeners.remove(LISTENER)
    await listeners.add(
        Listener(
            LISTENER, listener.url, frozenset({example_city.ISSUER}), frozenset({ANY}),
            by_identifier=True, state=ListenerState.ON, reason="", since=now,
        ),
        listener.secret,
    )  # fmt: skip
    try:
        yield {name: await _partner(house, one) for name, one in table.partner.items()}
    finally:
        for one in table.partner.values():
            with suppress(UnknownPartnerError):
                await house.registry.suspend(one.id, suspended=True)
        with suppress(UnknownListenerError):
            await listeners.remove(LISTENER)


async def _partner(house: House, actor: Actor) -> Signer:
    """Enter a partner with its key, made on the first run; keys that were lost are ended."""
    regions, at = frozenset({str(example_city.ISSUER)}), house.office.clock()
    scope = Scope(regions, actor.channels, frozenset(), actor.banks, actor.points)
    key = signing_key(house.settings.beside / f"{actor.id}.key")
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key_id = f"{actor.id}-{hashlib.sha256(public).hexdigest()[:8]}"
    await house.registry.put(Partner(actor.id, actor.name, scope))
    for one in house.registry.roll.keys_of(actor.id):
        if one.id != key_id and one.in_force(at):
            await house.registry.end_key(one.id, at)
    if key_id not in house.registry.roll.keys:
        entry = PartnerKey(key_id, actor.id, Algorithm.ED25519, public.decode(), at)
        await house.registry.add_key(entry, at)
    return Signer(key_id, key)


async def _until_known(stage: Stage, within_s: float) -> None:
    """Wait until the service has taken over what was entered last, and so all of it."""
    last = list(stage.programme.partner)[-1]
    for _ in range(int(within_s / LOOK_S)):
        if await stage.knock(last, stage.clock()) == _DONE:
            return
        await asyncio.sleep(LOOK_S)
    raise StrangeServiceError(stage.service)


# -- cards and messages ----------------------------------------------------------------------------


async def _dealt(house: House, plays: Sequence[Play]) -> list[Holder]:
    """Give each play a card of its bank: collected, never used, from the last one backwards.

    Raises NoCardsError.
    """
    city, office = parsed_city(), house.office
    before = office.clock().date() - COLLECTED_BEFORE
    wanted = Counter(play.bank for play in plays)
    found: defaultdict[str, list[Holder]] = defaultdict(list)
    for number in range(example_city.CARDS, 0, -1):
        if wanted.total() == 0:
            break
        held, name, identity = example_city.holder_of(city, number)
        file = await office.store.card_file(office.keys.card_key(example_city.ISSUER, held))
        bank = file.card.bank if file and _is_untouched(file, before) else None
        if bank and wanted[bank]:
            wanted[bank] -= 1
            identifier = example_city.card_identifier(number)
            found[bank].append(Holder(held, identifier, name, identity))
    if wanted.total():
        raise NoCardsError
    return [found[play.bank].pop() for play in plays]


def _is_untouched(file: CardFile, before: date) -> bool:
    card = file.card
    sealed = card.social.state is card.financial.state is State.SEALED
    collected = card.collected_on is not None and card.collected_on <= before
    return sealed and collected and not file.history


async def _heard(listener: SimulatedListener, played: Played) -> tuple[Message, ...]:
    """Wait until the listener was told as often as it should be, or long enough."""
    wanted = len(played.play.heard)
    for _ in range(int(HEARD_WITHIN_S / LOOK_S)):
        if len(listener.of(played.card_identifier)) >= wanted:
            break
        await asyncio.sleep(LOOK_S)
    return listener.of(played.card_identifier)


async def _switched_on(house: House) -> None:
    """Wait until the service has switched the listener off, and switch it on again."""
    for _ in range(int(HEARD_WITHIN_S / LOOK_S)):
        (one,) = [one for one in await house.store.listeners() if one.name == LISTENER]
        if (one.state, one.reason) == (ListenerState.OFF, GONE):
            break
        await asyncio.sleep(LOOK_S)
    await Listeners(house.store).switch(LISTENER, ListenerState.ON, "", house.office.clock())
