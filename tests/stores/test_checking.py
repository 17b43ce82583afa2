"""A check finds what is wrong in a database, in every kind of it, and nothing in a sound one."""

import asyncio
from datetime import timedelta

import pytest

from qika.storage.checking import Check, Finding, Walk, check, walk
from qika.storage.databases import Access, database_of

from tests.servers import ON_CITUS
from tests.stores.cities import CARDS, StoppedError, changed, copied, empty_citus, fill
from tests.stores.conftest import NOW

FIRST = "card_key = (select card_key from event order by card_key limit 1)"


@pytest.fixture(params=["sqlite", "postgres", *ON_CITUS])
def city(request, tmp_path, world_of) -> str:
    """The address of a city."""
    made = fill(tmp_path, world_of)
    if request.param == "sqlite":
        return made
    if request.param == "citus":
        served = empty_citus()
    else:
        served = request.getfixturevalue("postgres").database("check_city")
    copied(made, served)
    return served


def checked(address: str, sample: int = 0, waited: timedelta = timedelta(hours=1)) -> Check:
    async def work() -> Check:
        async with database_of(address, Access.READ) as opened:
            late = NOW + timedelta(hours=24) - waited
            return await check(opened, sample=sample, late=late, on_progress=lambda *_: None)

    return asyncio.run(work())


async def walked(address: str, sample: int) -> Walk:
    async with database_of(address, Access.READ) as opened:
        return await walk(opened, sample=sample, on_progress=lambda *_: None)


def found(seen: Check) -> dict[tuple[Finding, str], int]:
    return {(one.finding, one.table): one.count for one in seen.found}


def test_a_sound_city_has_nothing_wrong_and_every_card_and_event_is_looked_at(city):
    seen = checked(city, waited=timedelta(hours=25))
    assert (seen.found, seen.cards, seen.events, seen.whole) == ([], CARDS, CARDS // 2, True)
    assert seen.rows["card"] == CARDS
    assert [(one.rows, one.oldest) for one in seen.waiting] == [(CARDS // 2 - 5, NOW)]


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        (f"update event set sender = 'other' where {FIRST}", (Finding.BROKEN_CHAIN, "card", 1)),
        (f"delete from event where {FIRST}", (Finding.BROKEN_CHAIN, "card", 1)),
        (f"update card set social_state = 'lost' where {FIRST}", (Finding.UNREADABLE, "card", 1)),
        (f"update card set made_on = 'May' where {FIRST}", (Finding.UNREADABLE, "card", 1)),
        (f"update event set type = 'sold' where {FIRST}", (Finding.UNREADABLE, "card", 1)),
        (
            f"update card set social_state = 'formal_loss' where {FIRST}",
            (Finding.CONTRADICTION, "card", 1),
        ),
        (
            f"update card set financial_activated = 2 where {FIRST}",
            (Finding.CONTRADICTION, "card", 1),
        ),
        (f"delete from holder where {FIRST}", (Finding.NO_HOLDER, "card", 1)),
        (f"delete from card where {FIRST}", (Finding.NO_CARD, "alias", 2)),
        (f"delete from card where {FIRST}", (Finding.NO_CARD, "event", 1)),
        (f"delete from event where {FIRST}", (Finding.NO_EVENT, "letter_use", 1)),
        ("delete from event", (Finding.NO_EVENT, "outbox", CARDS // 2 - 5)),
        ("update event set received_at = 0", (Finding.WAITS_LONG, "outbox", CARDS // 2 - 5)),
    ],
)
def test_each_thing_that_is_wrong_is_found(city, statement, wrong):
    changed(city, statement)
    finding, table, count = wrong
    assert found(checked(city, waited=timedelta(hours=25)))[finding, table] == count


def test_a_card_that_is_wrong_is_named_by_its_key(city):
    changed(city, f"update event set sender = 'other' where {FIRST}")
    (one,) = checked(city, waited=timedelta(hours=25)).found
    assert [len(key) for key in one.examples] == [32]


def test_what_waits_longer_than_it_may_is_found(city):
    assert found(checked(city)) == {(Finding.WAITS_LONG, "outbox"): CARDS // 2 - 5}


def test_a_sample_looks_at_so_many_cards_and_says_that_it_is_one(city):
    seen = checked(city, sample=15, waited=timedelta(hours=25))
    assert (seen.cards, seen.whole) == (15, False)
    assert checked(city, sample=CARDS + 1).whole


def test_a_sample_is_spread_over_the_keys(tmp_path, world_of):
    address = fill(tmp_path, world_of, cards=2_000)
    seen = asyncio.run(walked(address, 400))
    assert seen.cards == 400
    changed(address, "delete from event where card_key < x'c0'")
    lower = asyncio.run(walked(address, 400)).wrong[Finding.BROKEN_CHAIN]
    assert lower * 2 == pytest.approx(300, abs=80), "half of three quarters of the sample"


def test_a_copy_that_was_not_finished_is_found(tmp_path, world_of):
    target = f"sqlite:///{tmp_path / 'target.sqlite'}"

    def stopped(part: str, done: int, total: int) -> None:
        if done > 60:
            raise StoppedError

    source = fill(tmp_path, world_of)
    with pytest.raises(StoppedError):
        copied(source, target, stopped)
    assert (Finding.UNFINISHED_COPY, "") in found(checked(target))
