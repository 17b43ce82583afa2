"""The working calendar against the notices and an independent package."""

import csv
from datetime import date, timedelta
from importlib.resources import files

import chinese_calendar
import holidays as other_package
import pytest

from qika.terms.working_calendar import (
    DayKind,
    WorkingCalendar,
    parse_statutory_days,
    published_calendar,
)

DATA = files("qika.terms") / "data"
STATUTORY = parse_statutory_days((DATA / "statutory_days.csv").read_text(encoding="utf-8"))
CALENDAR = published_calendar(STATUTORY)
NOTICES = list(csv.DictReader((DATA / "holidays.csv").read_text(encoding="utf-8").splitlines()))


def days_of(first_year: int, last_year: int) -> list[date]:
    first, last = date(first_year, 1, 1), date(last_year, 12, 31)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def test_every_day_since_2004_agrees_with_the_holidays_package_but_one():
    first, last = CALENDAR.confirmed_from.year, CALENDAR.confirmed_until.year
    assert (first, last) >= (2004, 2026)
    china = other_package.country_holidays("CN", years=range(first, 2027))
    differing = [
        day
        for day in days_of(first, 2026)
        if CALENDAR.is_working_day(day) != china.is_working_day(day)
    ]
    # a make-up day for New Year 2006 there; chinese_calendar did not enter it under 2005
    assert differing == [date(2005, 12, 31)]


def test_every_day_of_the_state_councils_notices_is_as_they_say():
    assert len(NOTICES) == 678
    for notice in NOTICES:
        day = date.fromisoformat(notice["date"])
        assert CALENDAR.is_working_day(day) == (notice["is_off_day"] == "0"), notice


def test_the_calendar_is_confirmed_as_far_as_the_package_answers():
    chinese_calendar.is_workday(CALENDAR.confirmed_until)
    with pytest.raises(NotImplementedError):
        chinese_calendar.is_workday(CALENDAR.confirmed_until + timedelta(days=1))


def test_days_beyond_the_last_notice_are_answered_and_marked_provisional():
    beyond = CALENDAR.confirmed_until + timedelta(days=1)
    assert not CALENDAR.is_provisional(CALENDAR.confirmed_until)
    assert CALENDAR.is_provisional(beyond)
    assert CALENDAR.day_kind(beyond) is DayKind.HOLIDAY
    assert CALENDAR.day_kind(date(2099, 10, 2)) is DayKind.HOLIDAY
    assert CALENDAR.is_provisional(date(2003, 12, 31))


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 1, 1), DayKind.HOLIDAY),
        (date(2026, 1, 4), DayKind.MAKE_UP_WORKING),
        (date(2026, 11, 21), DayKind.WEEKEND),
        (date(2026, 11, 23), DayKind.WORKING),
        (date(2025, 10, 8), DayKind.HOLIDAY),
        (date(2030, 5, 2), DayKind.HOLIDAY),
    ],
)
def test_a_day_is_one_of_four_kinds(day, kind):
    assert CALENDAR.day_kind(day) is kind
    assert CALENDAR.is_working_day(day) == (kind in {DayKind.WORKING, DayKind.MAKE_UP_WORKING})


def test_spring_festival_counts_in_a_year_without_a_notice():
    eve = date(2035, 2, 7)
    assert STATUTORY[eve]
    assert CALENDAR.day_kind(eve) is DayKind.HOLIDAY
    assert published_calendar().day_kind(eve) is DayKind.WORKING


def test_the_next_working_day_of_a_working_day_is_itself():
    assert CALENDAR.next_working_day(date(2026, 11, 23)) == date(2026, 11, 23)


def test_the_next_working_day_after_national_day_2025_follows_the_eight_days_off():
    assert CALENDAR.next_working_day(date(2025, 10, 1)) == date(2025, 10, 9)


def test_a_make_up_sunday_is_the_next_working_day():
    assert CALENDAR.next_working_day(date(2026, 1, 1)) == date(2026, 1, 4)


def test_a_calendar_of_ones_own_needs_no_package():
    calendar = WorkingCalendar(
        confirmed_from=date(2026, 1, 1),
        confirmed_until=date(2026, 12, 31),
        days_off=frozenset({date(2026, 3, 3)}),
        make_up_days=frozenset({date(2026, 3, 7)}),
        statutory_days=frozenset({date(2026, 3, 4), date(2027, 3, 4)}),
    )
    assert calendar.day_kind(date(2026, 3, 3)) is DayKind.HOLIDAY
    assert calendar.day_kind(date(2026, 3, 4)) is DayKind.WORKING  # settled by the notice
    assert calendar.day_kind(date(2026, 3, 7)) is DayKind.MAKE_UP_WORKING
    assert calendar.day_kind(date(2027, 3, 4)) is DayKind.HOLIDAY
