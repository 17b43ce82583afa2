"""Whatever two browsers, a provider and a clock do to each other, a card is enabled at most once.

And it is enabled only if its own holder stood before the camera, and whoever finishes had both what
the browser carries and the word that came back, within the time.

Faults seeded by hand to see that this test catches them (each one made it fail):
1. ``finish`` did not compare the word (any browser could finish any check).
2. The request key was made anew at each return (operations/online.py, ``_request``).
3. ``_is_proved`` took the provider's page for its answer (always true).
4. ``carried`` forgot the time.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from qika.activation.status import Status
from qika.cards.card import ApplicationRecord, Card
from qika.operations.activate import perform
from qika.operations.office import Office
from qika.operations.online import (
    LASTS,
    Begun,
    CheckFailedError,
    CheckFault,
    Claim,
    Desk,
    Missed,
    Proof,
    begin,
    finish,
    short_form,
)
from qika.operations.ports import NewCard
from qika.operations.rulings import Rulings
from qika.storage.memory import MemoryKeys, MemoryStore
from qika.terms.names import BankCode, CardNumber, IssuerCode, State

from tests.doubles import NobodyProved, PointList
from tests.people import EXAMPLE, TODAY, PlainCalendar, at

PEOPLE = ("甲", "乙")
KEYS = MemoryKeys()


def number_of(person: str) -> str:
    return f"99000019900101001{PEOPLE.index(person)}"


def key_of(person: str) -> bytes:
    return KEYS.card_key(IssuerCode(EXAMPLE), CardNumber(person))


class PlainSeal:
    """Seals by remembering what it gave out."""

    def __init__(self):
        self.given = {}

    def close(self, plain):
        sealed = f"sealed-{len(self.given)}"
        self.given[sealed] = plain
        return sealed

    def open(self, sealed):
        return self.given.get(sealed)


@dataclass
class Camera:
    """A provider of identity checks: who was before its camera, and whether it answers."""

    checks: dict[str, str] = field(default_factory=dict)
    faces: dict[str, str] = field(default_factory=dict)
    away: bool = False

    async def begin(self, order_no, name, number, return_url):
        self._answer()
        self.checks[order_no] = name
        return order_no

    def page(self, check_id):
        return check_id

    async def outcome(self, check_id):
        await asyncio.sleep(0)
        self._answer()
        return Proof(self.faces.get(check_id) == self.checks[check_id])

    def _answer(self):
        if self.away:
            raise CheckFailedError(CheckFault.LATE, "away")


class World:
    """Two holders with a card each, two browsers, one desk."""

    def __init__(self, book):
        self.now = at(TODAY)
        self.store, self.camera = MemoryStore(), Camera()
        self.office = Office(
            store=self.store,
            rulings=Rulings(book, lambda code: (code,)),
            directory=PointList(()),
            keys=KEYS,
            identity=NobodyProved(),
            calendar=PlainCalendar(),
            clock=lambda: self.now,
        )
        self.desk = Desk(
            self.office, self.camera, PlainSeal(), lambda asked: perform(self.office, asked)
        )
        self.carries: dict[int, tuple[Begun, str, str]] = {}
        """What each browser carries: what has begun, sealed, and for whom."""
        self.enabled: set[str] = set()
        self.done: set[str] = set()
        """Orders that have enabled a card."""

    async def fill(self):
        sealed = ApplicationRecord(State.SEALED)
        for person in PEOPLE:
            card = Card(
                key_of(person), IssuerCode(EXAMPLE), BankCode("102"), TODAY, None, TODAY,
                sealed, sealed,
            )  # fmt: skip
            new = NewCard(card, CardNumber(person), "", number_of(person), person, "3")
            await self.store.add_cards([new], received_at=self.now)

    async def begins(self, browser, person, types):
        claim = Claim(IssuerCode(EXAMPLE), key_of(person), types, number_of(types))
        try:
            found = await begin(self.desk, claim, lambda word: word)
        except CheckFailedError:
            assert self.camera.away
            return
        if person != types:
            assert found is None
        elif person in self.enabled:
            assert found.status is Status.ALREADY_ACTIVE
        else:
            self.carries[browser] = (*found, person)

    async def is_filmed(self, browser, face):
        if browser in self.carries:
            self.camera.faces[self.carries[browser][0].check_id] = face

    async def finishes(self, browser, of, times, digits):
        if of not in self.carries:
            return
        word = self.carries[of][0].word
        said = short_form(word) if digits else word
        _, sealed, _ = self.carries.get(browser, (None, "", ""))
        answers = await asyncio.gather(
            *(finish(self.desk, sealed, said) for _ in range(times)), return_exceptions=True
        )
        expected = self._expected(browser, of)
        assert {_said(one) for one in answers} == {expected}, answers
        if expected is Status.ACTIVATED:
            begun, _, person = self.carries[browser]
            fresh = [one for one in answers if not one.replayed]
            assert len(fresh) == (0 if begun.order_no in self.done else 1)
            self.enabled.add(person)
            self.done.add(begun.order_no)

    def _expected(self, browser, of):
        """Say what each answer has to be, from the story alone."""
        begun, _, person = self.carries.get(browser, (None, "", ""))
        if begun is None or self.now - begun.at > LASTS:
            return Missed.NOT_BEGUN
        if browser != of:
            return Missed.ELSEWHERE
        if begun.order_no in self.done:
            return Status.ACTIVATED
        if self.camera.away:
            return CheckFault.LATE
        if person in self.enabled:
            return Status.ALREADY_ACTIVE
        filmed = self.camera.faces.get(begun.check_id) == person
        return Status.ACTIVATED if filmed else Status.IDENTITY_NOT_PROVED

    async def waits(self, minutes):
        self.now += timedelta(minutes=minutes)

    async def breaks(self, away):
        self.camera.away = away

    async def holds(self):
        """Every history is what the story says: one event for who was enabled, else none."""
        for person in PEOPLE:
            file = await self.store.card_file(key_of(person))
            assert len(file.history) == (person in self.enabled)


def _said(answer):
    if isinstance(answer, CheckFailedError):
        return answer.fault
    if isinstance(answer, BaseException):
        raise answer
    return answer if isinstance(answer, Missed) else answer.outcome.status


BROWSERS, WHO = st.sampled_from((0, 1)), st.sampled_from(PEOPLE)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("begins"), BROWSERS, WHO, WHO),
        st.tuples(st.just("is_filmed"), BROWSERS, st.sampled_from((*PEOPLE, ""))),
        st.tuples(st.just("finishes"), BROWSERS, BROWSERS, st.integers(1, 3), st.booleans()),
        st.tuples(st.just("waits"), st.sampled_from((10, 31))),
        st.tuples(st.just("breaks"), st.booleans()),
    ),
    max_size=14,
)


@settings(max_examples=300)
@given(STEPS)
def test_a_card_is_enabled_once_and_only_by_its_own_holder(example_book, steps):
    async def story():
        world = World(example_book)
        await world.fill()
        for browser, person in enumerate(PEOPLE):
            await world.begins(browser, person, person)
        for name, *said in steps:
            await getattr(world, name)(*said)
            await world.holds()

    asyncio.run(story())


def test_the_story_reaches_what_it_is_about(example_book):
    """A property that never enables anybody would prove nothing."""

    async def story():
        world = World(example_book)
        await world.fill()
        await world.begins(0, "甲", "甲")
        await world.finishes(0, 0, 1, False)  # noqa: FBT003
        await world.is_filmed(0, "甲")
        await world.finishes(1, 0, 1, True)  # noqa: FBT003
        await world.finishes(0, 0, 3, True)  # noqa: FBT003
        return world.enabled

    assert asyncio.run(story()) == {"甲"}
