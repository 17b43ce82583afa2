"""Opening hours: what real texts say, and what holds on holidays, make-up days and at night."""

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qika.points.hours import (
    ALL_DAY,
    DAY_MINUTES,
    HORIZON_DAYS,
    SHANGHAI,
    Openness,
    OpenState,
    Schedule,
    Span,
    Spans,
    is_open,
    merged,
    next_opening,
    seven_days,
    state_at,
)
from qika.points.hours_text import LONGEST_TEXT, format_hours, parse_hours

MONDAY = date(2026, 9, 28)
"""Then comes a holiday from Thursday 1 to Wednesday 7 October; Saturday 10 is made up for it."""


class NationalDay:
    def day_kind(self, day: date) -> str:
        if date(2026, 10, 1) <= day <= date(2026, 10, 7):
            return "holiday"
        if day == date(2026, 10, 10):
            return "make_up_working"
        return "working" if day.weekday() < 5 else "weekend"


CALENDAR = NationalDay()


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def read(text: str) -> Schedule:
    schedule = parse_hours(text)
    assert schedule is not None, text
    return schedule


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        # as lists of 2020 have them (fever clinics, MIT)
        ("0时—24时", "Mo-Su 00:00-24:00"),
        ("24小时", "Mo-Su 00:00-24:00"),
        ("(开诊时间:24小时)", "Mo-Su 00:00-24:00"),
        ("(开诊时间: 24小时)", "Mo-Su 00:00-24:00"),
        ("(开诊时问:24小时)", "Mo-Su 00:00-24:00"),
        ("0时一24时", "Mo-Su 00:00-24:00"),
        ("8:00—12:00;14:30—17:30", "Mo-Su 08:00-12:00,14:30-17:30"),
        ("8:00—12:00 14:30—18:00", "Mo-Su 08:00-12:00,14:30-18:00"),
        ("8:00—12:00;14:00—17:00", "Mo-Su 08:00-12:00,14:00-17:00"),
        ("8时—18时", "Mo-Su 08:00-18:00"),
        ("上午8:00—12:00", "Mo-Su 08:00-12:00"),
        ("上午7:30-11:30下午13:30-17:00", "Mo-Su 07:30-11:30,13:30-17:00"),
        # other ways in which people write
        ("周一至周五 8:00-17:00\uff0c节假日除外", "Mo-Fr 08:00-17:00; Sa-Su off; PH off"),
        (
            "周一至周五8\uff1a30\uff5e12\uff1a00\uff0c14\uff1a00\uff5e17\uff1a30\uff08法定节假日除外\uff09",
            "Mo-Fr 08:30-12:00,14:00-17:30; Sa-Su off; PH off",
        ),
        (
            "工作日\uff1a上午9:00-12:00\uff0c下午2:00-5:30",
            "Mo-Fr 09:00-12:00,14:00-17:30; Sa-Su off",
        ),
        ("星期一至星期五 8点半-17点半", "Mo-Fr 08:30-17:30; Sa-Su off"),
        ("周一至周六 9时至18时30分", "Mo-Sa 09:00-18:30; Su off"),
        (
            "周一、三、五 9:00-11:30",
            "Mo 09:00-11:30; Tu off; We 09:00-11:30; Th off; Fr 09:00-11:30; Sa-Su off",
        ),
        ("周一至周五 8:00-17:00 周六日休息", "Mo-Fr 08:00-17:00; Sa-Su off"),
        ("周一至周五 8:00-17:00, 周六、日照常", "Mo-Su 08:00-17:00"),
        ("8:00-17:30(周一至周五)", "Mo-Fr 08:00-17:30; Sa-Su off"),
        ("除法定节假日外 周一至周日 9:00-17:00", "Mo-Su 09:00-17:00; PH off"),
        ("全年无休 8:00-22:00", "Mo-Su 08:00-22:00; PH 08:00-22:00"),
        ("早8:00-晚9:00", "Mo-Su 08:00-21:00"),
        ("晚上10:00-早上6:00", "Mo-Su 22:00-30:00"),
        ("晚上6:00-12:00", "Mo-Su 18:00-24:00"),
        ("中午12:00-下午1:30", "Mo-Su 12:00-13:30"),
        # the grammar of OpenStreetMap
        ("24/7", "24/7"),
        (
            "Mo-Fr 09:00-12:00,13:30-17:00; Sa 09:00-12:00; PH off",
            "Mo-Fr 09:00-12:00,13:30-17:00; Sa 09:00-12:00; Su off; PH off",
        ),
        ("Fr-Mo 10:00-12:00", "Mo 10:00-12:00; Tu-Th off; Fr-Su 10:00-12:00"),
        ("22:00-02:00", "Mo-Su 22:00-26:00"),
        ("09:00-12:00,11:00-13:00", "Mo-Su 09:00-13:00"),
        (
            "Mo-Su 09:00-17:00; 2026 Oct 01-02 off",
            "Mo-Su 09:00-17:00; 2026 Oct 01 off; 2026 Oct 02 off",
        ),
        ("Mo-Su 08:00-18:00; Su closed", "Mo-Sa 08:00-18:00; Su off"),
    ],
)
def test_a_text_is_read_as_a_person_reads_it(text: str, reading: str) -> None:
    assert format_hours(read(text)) == reading


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(开诊时间:8小时)",  # eight hours, but which
        "(门诊时间早8:00-17:00.夜问急诊内科就诊)",
        "夏令上午8:00-12:00;下午14:00-17:30。周六、日照常。冬令上午8:00-12:00",
        "夏季8:00-18:00",
        "暂停营业",
        "8:30-5:30",  # half past five in the afternoon, or in the morning
        "周一一周五 8:00-17:00",  # a dash read as a one
        "周六照常 8:00-12:00 14:00-17:00 周日 9:00-10:00",  # as on which day
        "节假日除外",
        "周一至周五",
        "照常",
        "off",
        "Mo-Fr",
        "PH off; Mo",
        "Mo 24/7",
        "Mo-Fr 09:00-17:00 off",
        'Mo-Fr 09:00-17:00 "by appointment"',
        "Mo-Fr 09:00+",
        "Mo 25:00-26:00",
        "Mo 09:60-10:00",
        "Mo 09:00-49:00",
        "Mo 09:00-34:00",
        "Mo 09:00-10:00; 2026 Feb 30 off",
        "24小时 " * LONGEST_TEXT,
    ],
)
def test_a_text_that_is_not_wholly_understood_is_unknown(text: str) -> None:
    assert parse_hours(text) is None


spans = st.builds(
    lambda opens, length: Span(opens, opens + length),
    st.integers(0, DAY_MINUTES - 1),
    st.integers(1, DAY_MINUTES),
)


def _fits(day: Spans) -> bool:
    return all(closes - opens <= DAY_MINUTES for opens, closes in day)


days = st.lists(spans, max_size=3).map(merged).filter(_fits)
schedules = st.builds(
    Schedule,
    st.tuples(*[days] * 7),
    st.none() | days,
    st.dictionaries(st.dates(MONDAY, MONDAY + timedelta(days=14)), days, max_size=3).map(
        lambda found: tuple(sorted(found.items()))
    ),
)


@given(schedules.filter(lambda s: any(s.week) or s.holiday or any(h for _, h in s.exceptions)))
def test_a_schedule_written_and_read_again_is_equal(schedule: Schedule) -> None:
    assert parse_hours(format_hours(schedule)) == schedule


@given(st.text(alphabet="周一五六日至上下午时点半:-;, 0123456789MoFrPHof节假日休息", max_size=60))
def test_any_text_is_read_or_unknown_and_what_is_read_can_be_written(text: str) -> None:
    schedule = parse_hours(text)
    assert schedule is None or parse_hours(format_hours(schedule)) == schedule


@given(schedules, st.integers(0, 16))
def test_the_state_agrees_with_the_seven_days_in_every_minute(
    schedule: Schedule, offset: int
) -> None:
    first = MONDAY + timedelta(days=offset)
    midnight = datetime(first.year, first.month, first.day, tzinfo=SHANGHAI)
    week = seven_days(schedule, first - timedelta(days=1), CALENDAR)
    yesterday, today = week[0].spans, week[1].spans
    for minute in range(0, DAY_MINUTES, 7):
        covered = any(opens <= minute < closes for opens, closes in today or ()) or any(
            minute + DAY_MINUTES < closes for _, closes in yesterday or ()
        )
        expected = (
            Openness.OPEN if covered else Openness.UNKNOWN if today is None else Openness.CLOSED
        )
        assert state_at(schedule, midnight + timedelta(minutes=minute), CALENDAR).state is expected


@given(schedules, st.integers(0, 16 * DAY_MINUTES))
def test_a_state_holds_until_it_ends_and_the_next_opening_is_the_first(
    schedule: Schedule, minutes: int
) -> None:
    moment = datetime(2026, 9, 28, tzinfo=SHANGHAI) + timedelta(minutes=minutes)
    now = state_at(schedule, moment, CALENDAR)
    assert next_opening(schedule, moment, CALENDAR) == now.next_opening
    if now.until is not None:
        last = state_at(schedule, now.until - timedelta(minutes=1), CALENDAR)
        assert last.state is now.state
        assert state_at(schedule, now.until, CALENDAR).state is not now.state
    if now.next_opening is not None:
        assert moment < now.next_opening <= moment + timedelta(days=HORIZON_DAYS)
        assert is_open(schedule, now.next_opening, CALENDAR)
        assert not is_open(schedule, now.next_opening - timedelta(minutes=1), CALENDAR)


def test_a_bank_is_open_in_the_morning_closed_at_noon_and_says_when_it_opens_next() -> None:
    bank = read("Mo-Fr 09:00-12:00,13:30-17:00; PH off")
    assert state_at(bank, at(9, 28, 9), CALENDAR) == OpenState(
        Openness.OPEN, at(9, 28, 12), at(9, 28, 13, 30)
    )
    assert state_at(bank, at(9, 28, 12), CALENDAR) == OpenState(
        Openness.CLOSED, at(9, 28, 13, 30), at(9, 28, 13, 30)
    )


def test_after_the_last_day_before_the_holiday_the_next_opening_is_the_day_after_it() -> None:
    bank = read("Mo-Fr 09:00-17:00; PH off")
    assert next_opening(bank, at(9, 30, 18), CALENDAR) == at(10, 8, 9)
    assert next_opening(bank, at(9, 30, 18), CALENDAR, date(2026, 10, 7)) is None
    assert next_opening(bank, at(9, 30, 18), CALENDAR, date(2026, 10, 8)) == at(10, 8, 9)


@pytest.mark.parametrize(
    ("text", "opens"),
    [("8:00-18:00", 8), ("24小时", 0), ("Mo-Su 08:00-18:00", 8), ("周一至周日 8:00-18:00", 8)],
)
def test_a_text_without_a_word_on_holidays_is_unknown_on_them(text: str, opens: int) -> None:
    assert state_at(read(text), at(10, 1, 10), CALENDAR) == OpenState(
        Openness.UNKNOWN, at(10, 8, 0), at(10, 8, opens)
    )
    assert seven_days(read(text), date(2026, 10, 1), CALENDAR)[0].spans is None


def test_round_the_clock_all_year_is_open_on_a_holiday_without_an_end_in_sight() -> None:
    assert state_at(read("24/7"), at(10, 1, 10), CALENDAR) == OpenState(Openness.OPEN, None, None)


def test_hours_for_holidays_hold_on_holidays() -> None:
    shop = read("08:00-20:00; PH 10:00-12:00")
    assert state_at(shop, at(10, 1, 11), CALENDAR).until == at(10, 1, 12)


def test_a_night_before_a_holiday_lasts_until_it_ends() -> None:
    night = read("20:00-02:00")
    assert state_at(night, at(10, 1, 1), CALENDAR) == OpenState(
        Openness.OPEN, at(10, 1, 2), at(10, 8, 20)
    )
    assert state_at(night, at(10, 1, 2), CALENDAR).state is Openness.UNKNOWN


def test_an_exception_outranks_a_holiday() -> None:
    shop = read("Mo-Fr 09:00-17:00; PH off; 2026 Oct 02 10:00-11:00")
    assert is_open(shop, at(10, 2, 10), CALENDAR)
    assert not is_open(shop, at(10, 3, 10), CALENDAR)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("Mo-Fr 09:00-17:00", (Span(540, 1020),)),
        ("Mo-Fr 09:00-17:00; Sa 09:00-12:00", (Span(540, 1020),)),
        ("Mo-Sa 09:00-17:00; Sa 09:00-12:00; Su 10:00-11:00", (Span(540, 1020),)),
        ("Mo-Th 09:00-17:00; Fr 09:00-15:00", None),
        ("Mo-Sa 09:00-17:00", (Span(540, 1020),)),
        ("Mo-Fr,Su 09:00-17:00; Sa 09:00-12:00", (Span(540, 720),)),
        ("Mo-Su 00:00-24:00", ALL_DAY),
        ("Sa-Su 09:00-12:00", ()),
    ],
)
def test_a_made_up_saturday_follows_the_working_week_where_there_is_one(
    text: str, spans: Spans | None
) -> None:
    assert read(text).spans_on(date(2026, 10, 10), CALENDAR) == spans


def test_unknown_hours_are_unknown_at_every_moment_and_on_every_day() -> None:
    assert state_at(None, at(9, 28, 10), CALENDAR) == OpenState(Openness.UNKNOWN, None, None)
    assert next_opening(None, at(9, 28, 10), CALENDAR) is None
    assert {hours.spans for hours in seven_days(None, MONDAY, CALENDAR)} == {None}


def test_seven_days_are_real_days_in_order() -> None:
    week = seven_days(read("Mo-Fr 09:00-17:00; PH off"), MONDAY, CALENDAR)
    assert [hours.day for hours in week] == [MONDAY + timedelta(days=n) for n in range(7)]
    assert [bool(hours.spans) for hours in week] == [True] * 3 + [False] * 4


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    utc = datetime(2026, 9, 28, 1, 0, tzinfo=timezone.utc)  # noqa: UP017
    assert is_open(read("Mo-Fr 09:00-17:00"), utc, CALENDAR)


def test_a_moment_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        state_at(read("24/7"), datetime(2026, 9, 28, 1, 0), CALENDAR)  # noqa: DTZ001


def test_a_place_that_never_opens_has_no_next_opening() -> None:
    shut = Schedule(((),) * 7, (), ((MONDAY, ALL_DAY),))
    assert state_at(shut, at(9, 29, 10), CALENDAR) == OpenState(Openness.CLOSED, None, None)


@pytest.mark.parametrize(
    ("week", "exceptions"),
    [
        (((),) * 6, ()),
        (((Span(600, 500),),) * 7, ()),
        (((Span(1440, 1500),),) * 7, ()),
        (((Span(0, 1441),),) * 7, ()),
        (((Span(0, 60), Span(60, 90)),) * 7, ()),
        (((),) * 7, ((MONDAY, ()), (MONDAY, ()))),
        (((),) * 7, ((MONDAY, (Span(-1, 5),)),)),
    ],
)
def test_impossible_hours_are_refused(
    week: tuple[Spans, ...], exceptions: tuple[tuple[date, Spans], ...]
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Schedule(week, None, exceptions)
