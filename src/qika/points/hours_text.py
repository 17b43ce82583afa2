"""Opening hours as text: a subset of OSM's grammar, and the Chinese forms seen in real lists.

Chinese words are first rewritten into OSM's (``hours_words``); then one small reader takes
weekdays, ``PH``, single dates, times, ``off`` and ``24/7``. Any word it does not know makes the
whole text unreadable: half-understood hours send people to a closed door.

Grammar: https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification. Differences: a rule
without days continues the one before it; a rule with the same days adds to it; public holidays
without a rule of their own are unknown; a span such as 08:00-05:30, which in Chinese lists means
half past five in the afternoon as often as a night, is not guessed.
"""

import re
import unicodedata
from datetime import date
from typing import NamedTuple

from qika.points.hours import ALL_DAY, DAY_MINUTES, WEEK_DAYS, Schedule, Span, Spans, merged
from qika.points.hours_words import REPLACED, WEEKDAYS

LONGEST_TEXT = 400
"""Longer texts are prose, not hours."""

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_HOLIDAY = "PH"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NOON = 12 * 60
_LAST_MINUTE = 2 * DAY_MINUTES

_DASH_SLIP = re.compile(r"(?<=[时点分\d])\s*一\s*(?=\d)")
_WEEKDAY_LIST = re.compile(
    r"(?:周|星期|礼拜)((?:六[日天]|[一二三四五六日天](?:[-,](?=[一二三四五六日天]))?)+)"
)
_WEEKDAY_WORD = re.compile(r"[一二三四五六日天]")
_ROUND_THE_CLOCK = re.compile(r"24\s*小时")
_HOUR_RANGE = re.compile(r"(\d{1,2})-(\d{1,2})[时点](?!\d)")
_HALF_PAST = re.compile(r"(\d{1,2})[时点]半")
_MINUTES_PAST = re.compile(r"(\d{1,2})[时点](\d{1,2})分?")
_FULL_HOUR = re.compile(r"(\d{1,2})[时点]")
_DOTTED_TIME = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{2})(?![\d.])")
_LOOSE_COLON = re.compile(r"(?<!\d):|:(?!\d)")
_SPACED_DASH = re.compile(r"\s*-+\s*")

_TOKEN = re.compile(
    r"(?P<always>24/7)"
    rf"|(?P<date>\d{{4}} (?:{'|'.join(_MONTHS)}) \d{{1,2}}(?:-\d{{1,2}})?(?![\d:]))"
    rf"|(?P<days>(?:{'|'.join(_DAYS)})(?:-(?:{'|'.join(_DAYS)}))?|{_HOLIDAY})"
    r"|(?P<times>[APNE]?\d{1,2}:\d{2}-[APNE]?\d{1,2}:\d{2}(?!\d))"
    r"|(?P<off>off\b|closed\b)"
    r"|(?P<usual>usual\b)"
    r"|(?P<skip>[\s,;]+)"
)
_TIMES = re.compile(r"([APNE]?)(\d{1,2}):(\d{2})-([APNE]?)(\d{1,2}):(\d{2})")


class _Rule(NamedTuple):
    """Days (indices, ``PH`` or dates) and what holds on them; ``spans`` None means as usual."""

    days: tuple[str, ...]
    spans: list[Span] | None


def parse_hours(text: str) -> Schedule | None:
    """Read opening hours; None when any part of the text is not understood."""
    if len(text) > LONGEST_TEXT:
        return None
    rules = _rules(_rewritten(text))
    if rules is None or not any(rule.spans for rule in rules):
        return None
    try:
        return _schedule(rules)
    except ValueError:
        return None


def format_hours(schedule: Schedule) -> str:
    """Write a schedule in OSM's grammar; ``parse_hours`` reads it back to an equal schedule."""
    if schedule == Schedule((ALL_DAY,) * WEEK_DAYS, ALL_DAY):
        return "24/7"
    rules = [f"{days} {_times(spans)}" for days, spans in _grouped(schedule.week)]
    if schedule.holiday is not None:
        rules.append(f"{_HOLIDAY} {_times(schedule.holiday)}")
    rules += [
        f"{day.year:04} {_MONTHS[day.month - 1]} {day.day:02} {_times(spans)}"
        for day, spans in schedule.exceptions
    ]
    return "; ".join(rules)


def _rewritten(text: str) -> str:
    """Turn Chinese words and typography into OSM's."""
    text = unicodedata.normalize("NFKC", text)
    text = _DASH_SLIP.sub("-", text)
    for word, meaning in REPLACED:
        text = text.replace(word, meaning)
    text = _WEEKDAY_LIST.sub(_weekdays, _SPACED_DASH.sub("-", text))
    text = _ROUND_THE_CLOCK.sub("00:00-24:00", text)
    text = _HOUR_RANGE.sub(r"\1:00-\2:00", text)
    text = _HALF_PAST.sub(r"\1:30", text)
    text = _MINUTES_PAST.sub(r"\1:\2", text)
    text = _FULL_HOUR.sub(r"\1:00", text)
    text = _DOTTED_TIME.sub(r"\1:\2", text)
    return _LOOSE_COLON.sub(" ", text)


def _weekdays(found: re.Match[str]) -> str:
    """Spell out a list that names its prefix once; a day named twice is a slip and stays."""
    words = found[1]
    if len(set(words) - {"-", ","}) != len(_WEEKDAY_WORD.findall(words)):
        return found[0]
    listed = re.sub("六(?=[日天])", "六,", words)
    return _WEEKDAY_WORD.sub(lambda day: WEEKDAYS[day[0]], listed)


def _rules(text: str) -> list[_Rule] | None:
    """Cut a text into rules; None when something in it is not a token or stands alone."""
    rules: list[_Rule] = []
    pending: list[str] = []
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            return None
        position = token.end()
        if token.lastgroup in {"days", "date"}:
            pending += _named_days(token[0])
        elif token.lastgroup != "skip":
            if not _take(token, pending, rules):
                return None
            pending = []
    return _with_trailing_days(rules, pending)


def _take(token: re.Match[str], pending: list[str], rules: list[_Rule]) -> bool:
    """Add what a token says about the pending days; False when that makes no sense."""
    if token.lastgroup == "always":
        rules.append(_Rule((*_DAYS, _HOLIDAY), list(ALL_DAY)))
        return not pending
    if token.lastgroup == "times":
        span = _span(token[0])
        if span is None:
            return False
        if not pending and rules and rules[-1].spans:
            rules[-1].spans.append(span)
        else:
            rules.append(_Rule(tuple(pending) or _DAYS, [span]))
        return True
    rules.append(_Rule(tuple(pending), [] if token.lastgroup == "off" else None))
    return bool(pending)


def _with_trailing_days(rules: list[_Rule], pending: list[str]) -> list[_Rule] | None:
    """Read ``8:00-17:00 (Mo-Fr)``: days behind the only rule, which named none, are its days."""
    if not pending:
        return rules
    if len(rules) == 1 and rules[0].days == _DAYS and _HOLIDAY not in pending:
        return [_Rule(tuple(pending), rules[0].spans)]
    return None


def _named_days(text: str) -> list[str]:
    """Spell out ``Mo-Fr``, ``Sa``, ``PH`` or ``2026 Oct 01-07`` day by day."""
    if text[0].isdigit():
        year, month, days = text.split()
        first, _, last = days.partition("-")
        start = f"{int(year):04}-{_MONTHS.index(month) + 1:02}-"
        return [f"{start}{day:02}" for day in range(int(first), int(last or first) + 1)]
    first, _, last = text.partition("-")
    if not last:
        return [first]
    begin, end = _DAYS.index(first), _DAYS.index(last)
    return [_DAYS[index % WEEK_DAYS] for index in range(begin, end + 1 + WEEK_DAYS * (end < begin))]


def _span(text: str) -> Span | None:
    """Read one span of times; None where it is impossible or has two readings."""
    found = _TIMES.fullmatch(text)
    assert found is not None
    opens = _minute(found[1], int(found[2]), int(found[3]))
    closes = _minute(found[4], int(found[5]), int(found[6]))
    if opens is None or closes is None or opens >= DAY_MINUTES:
        return None
    if closes <= opens and found[1] in {"P", "E"} and not found[4] and closes + _NOON > opens:
        closes += _NOON
    if closes <= opens and opens >= _NOON:
        closes += DAY_MINUTES
    return Span(opens, closes) if opens < closes <= opens + DAY_MINUTES else None


def _minute(mark: str, hour: int, minute: int) -> int | None:
    """Give the minute of the day; the mark says which half of the day an hour up to 12 means."""
    if minute >= 60 or hour * 60 + minute > _LAST_MINUTE or (mark and hour > 24):  # noqa: PLR2004
        return None
    if (
        (mark == "P" and hour < 12)  # noqa: PLR2004
        or (mark == "E" and hour <= 12)  # noqa: PLR2004
        or (mark == "N" and hour < 11)  # noqa: PLR2004
    ):
        hour += 12
    return hour * 60 + minute


def _schedule(rules: list[_Rule]) -> Schedule:
    """Lay rules over each other, later ones on top; ValueError for a date that does not exist."""
    hours: dict[str, list[Span]] = {}
    seen: set[tuple[str, ...]] = set()
    for days, spans in rules:
        for day in days:
            if spans is not None:
                hours[day] = hours.get(day, []) + spans if days in seen and spans else list(spans)
        seen.add(days)
    _apply_usual(rules, hours)
    week = tuple(merged(hours.get(day, [])) for day in _DAYS)
    holiday = merged(hours[_HOLIDAY]) if _HOLIDAY in hours else None
    dates = sorted(day for day in hours if day not in {*_DAYS, _HOLIDAY})
    return Schedule(
        week, holiday, tuple((date.fromisoformat(day), merged(hours[day])) for day in dates)
    )


def _apply_usual(rules: list[_Rule], hours: dict[str, list[Span]]) -> None:
    """Give the days that are said to be as usual the hours of the one rule that has times.

    Which hours are usual on a holiday is unknown where weekdays differ.
    """
    timed = [rule for rule in rules if rule.spans]
    for days, spans in rules:
        if spans is not None:
            continue
        if len(timed) != 1:
            raise ValueError("As usual, but there is no one usual day.")
        for day in days:
            hours[day] = list(timed[0].spans or ())


def _times(spans: Spans) -> str:
    """Write spans; past midnight in OSM's extended hours (26:00), which have one reading."""
    return ",".join(map(_one_span, spans)) or "off"


def _one_span(span: Span) -> str:
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in span)


def _grouped(week: tuple[Spans, ...]) -> list[tuple[str, Spans]]:
    """Join neighbouring days of equal hours: ``Mo-Fr``, ``Sa``."""
    groups: list[tuple[int, int]] = []
    for index, spans in enumerate(week):
        if groups and week[groups[-1][0]] == spans:
            groups[-1] = (groups[-1][0], index)
        else:
            groups.append((index, index))
    return [
        (_DAYS[first] if first == last else f"{_DAYS[first]}-{_DAYS[last]}", week[first])
        for first, last in groups
    ]
