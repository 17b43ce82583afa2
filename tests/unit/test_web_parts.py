"""Small parts of the web layer by themselves."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qika.terms.names import Language
from qika.web.api.card_status import CARDS_WATCHED, TRIES_MAX, TRIES_WITHIN, Tries
from qika.web.api.fields import of_query
from qika.web.api.points import clock_time
from qika.web.api.requests import PointsQuery
from qika.web.kept import Memory
from qika.web.language import of_header
from qika.web.pages.dates import day_in_words, distance_in_words, weekday_in_words
from qika.web.problems import ProblemError

NOW = datetime.fromisoformat("2026-11-20T12:00:00+08:00")


@given(st.text())
def test_any_header_gives_a_language(header):
    assert of_header(header) in Language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("en", "en"),
        ("en-US,zh;q=0.9", "en"),
        ("zh-TW", "zh"),
        ("*", "zh"),
        ("fr-FR", "zh"),
        ("en;q=0", "zh"),
        ("en;q=2", "zh"),
        ("en;q=x", "zh"),
        ("en;level=1", "zh"),
    ],
)
def test_headers_are_weighed_as_the_rfc_says(header, language):
    assert of_header(header) == language


@given(st.text())
def test_any_query_is_read_or_refused(query):
    try:
        of_query(query, PointsQuery)
    except ProblemError as error:
        assert error.faults or error.code == "unreadable"  # noqa: PT017 - either is right


def test_a_blank_value_counts_as_not_given():
    asked = of_query("lat=&region=990000&limit=", PointsQuery)
    assert asked.lat is None
    assert asked.limit == 20


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "91", "1e999"])
def test_a_latitude_is_a_number_on_earth(number):
    with pytest.raises(ProblemError) as refused:
        of_query(f"lat={number}&lon=1", PointsQuery)
    assert [fault.field for fault in refused.value.faults] == ["lat"]


def test_guesses_are_counted_for_an_hour():
    tries = Tries()
    for _ in range(TRIES_MAX):
        assert not tries.exhausted(b"a", NOW)
        tries.failed(b"a", NOW)
    assert tries.exhausted(b"a", NOW)
    assert not tries.exhausted(b"b", NOW)
    assert not tries.exhausted(b"a", NOW + TRIES_WITHIN)


def test_guesses_are_counted_for_a_bounded_number_of_cards():
    tries = Tries()
    for number in range(CARDS_WATCHED + 1):
        for _ in range(TRIES_MAX if number < 2 else 1):
            tries.failed(number.to_bytes(4), NOW + timedelta(seconds=number / 100))
    assert not tries.exhausted((0).to_bytes(4), NOW)
    assert tries.exhausted((1).to_bytes(4), NOW)


def test_a_memory_keeps_what_it_made_until_it_is_full():
    memory, made = Memory(2), []

    def make(name):
        made.append(name)
        return name

    for name in ("a", "a", "b", "a", "c", "a"):
        assert memory.get(name, lambda name=name: make(name)) == name
    assert made == ["a", "b", "c", "a"]


@pytest.mark.parametrize(
    ("minute", "text"), [(0, "00:00"), (545, "09:05"), (1440, "24:00"), (1560, "26:00")]
)
def test_closing_after_midnight_counts_on(minute, text):
    assert clock_time(minute) == text


def test_days_and_distances_are_written_in_words():
    day = date(2027, 6, 18)
    assert day_in_words(day, Language.EN) == "18 June 2027"
    assert day_in_words(day, Language.ZH) == "2027年6月18日"
    assert weekday_in_words(day, Language.ZH) == "星期五"
    assert distance_in_words(320.4, Language.EN) == "320 m"
    assert distance_in_words(1234, Language.ZH) == "1.2 公里"
