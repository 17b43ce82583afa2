"""What every store promises about what readers say is wrong."""

import asyncio
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from qika.operations.reports import (
    BOUNDS,
    Bounds,
    Report,
    Said,
    hour_of,
    names_somebody,
    of_page,
    of_point,
    of_rule,
    place_of,
    take,
)
from qika.terms.names import Language

FEW = Bounds(in_an_hour=5, of_one_in_an_hour=2, waiting=6)


def report(world, subject: str = "rule:440300/deadline", **changes) -> Report:
    said = Report(
        subject=subject,
        wrong="It says 300 days.",
        right="There is none.",
        seen="The board at the hall, 30 November",
        language=Language.EN,
        edition="abc",
        received_at=world.now,
    )
    return replace(said, **changes)


def add(world, subject: str, bounds: Bounds = FEW, **changes) -> str | None:
    return world.run(world.store.add_report(report(world, subject, **changes), bounds))


def listed(world, *, closed: bool = False, after: str = "", limit: int = 50) -> list[Report]:
    return list(world.run(world.store.reports(closed=closed, after=after, limit=limit)))


def test_a_report_comes_back_as_it_was_kept_under_its_reference(world):
    reference = add(world, "point:list:7")
    assert reference == f"{hour_of(world.now)}-1"
    assert listed(world) == [report(world, "point:list:7", reference=reference)]


def test_reports_are_listed_in_order_a_page_at_a_time_and_closed_ones_left_out(world):
    kept = [add(world, f"point:{n}", BOUNDS) for n in range(12)]
    kept += [add(world, "point:0", BOUNDS, received_at=world.now + timedelta(hours=1))]
    assert [one.reference for one in listed(world)] == kept
    assert [one.reference for one in listed(world, after=kept[9], limit=2)] == kept[10:12]
    closed_at = world.now + timedelta(days=1)
    assert world.run(world.store.close_report(kept[3], closed_at)) is True
    assert world.run(world.store.close_report(kept[3], closed_at)) is False
    assert kept[3] not in [one.reference for one in listed(world)]
    assert [one.closed_at for one in listed(world, closed=True) if one.closed_at] == [closed_at]


def test_what_is_no_reference_closes_nothing(world):
    add(world, "point:1")
    for text in ("", "1", "2026030109-2", "x-1", "2026030109-1 or 1"):
        assert world.run(world.store.close_report(text, world.now)) is False
    assert len(listed(world)) == 1


def test_one_subject_and_one_hour_take_only_so_many(world):
    assert [bool(add(world, "point:1")) for _ in range(3)] == [True, True, False]
    assert [bool(add(world, f"point:{n}")) for n in range(2, 6)] == [True, True, True, False]
    later = world.now + timedelta(hours=1)
    assert add(world, "point:1", received_at=later) is not None


def test_no_more_wait_than_somebody_may_read_and_closing_makes_room(world):
    hours = [world.now + timedelta(hours=n) for n in range(7)]
    kept = [add(world, "point:1", received_at=hour) for hour in hours]
    assert kept[:6] == [f"{hour_of(hour)}-1" for hour in hours[:6]]
    assert kept[6] is None
    world.run(world.store.close_report(kept[0], world.now))
    assert add(world, "point:1", received_at=hours[6]) is not None


def test_many_at_once_never_pass_the_bounds(world):
    async def crowd() -> list[str | None]:
        said = [report(world, f"point:{n % 4}") for n in range(40)]
        return await asyncio.gather(*(world.store.add_report(one, FEW) for one in said))

    kept = [one for one in world.run(crowd()) if one]
    assert len(kept) == len(set(kept)) == FEW.in_an_hour
    assert sorted(one.reference for one in listed(world)) == sorted(kept)


def test_a_text_of_any_script_and_length_comes_back_whole(world):
    text = "\u4e0d\u5bf9\uff1a\u300a\U0002c5d6\u300b\n'\"; drop table report; --" * 20
    reference = add(world, "page:accessibility", wrong=text, right="", seen=text)
    assert [(one.reference, one.wrong, one.seen) for one in listed(world)] == [
        (reference, text, text)
    ]


def test_taking_a_report_notes_the_edition_and_the_moment(world, office):
    said = Said("wrong", "right", "")
    work = take(office, world.store, of_rule("440300", "deadline"), said, Language.ZH)
    reference = world.run(work)
    (kept,) = listed(world)
    assert kept.reference == reference
    assert (kept.edition, kept.received_at) == (office.rulings.book.edition, office.clock())
    assert (kept.subject, kept.language) == ("rule:440300/deadline", Language.ZH)


def test_subjects_are_written_by_their_kind():
    assert str(of_point("list:7")) == "point:list:7"
    assert str(of_rule("440300", "")) == "rule:440300"
    assert str(of_page("accessibility")) == "page:accessibility"
    assert place_of("2026030109-17") == ("2026030109", 17)
    assert place_of("2026030109-") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("call 11010519491231002X", True),
        ("110105 19491231 002x", True),
        ("\uff11\uff11\uff10105-19491231-002X", True),
        ("110105194912310021", False),  # the check digit is wrong
        ("post_1209072297273593856.html", False),
        ("0755-88123456", False),
        ("", False),
    ],
)
def test_an_identity_number_is_found_however_it_is_written(text, found):
    assert names_somebody(text, date(2026, 11, 30)) is found
