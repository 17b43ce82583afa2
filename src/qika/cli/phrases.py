"""Phrases that several answers share: days, hours, documents, points."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from qika.cli.screen import screen
from qika.points.hours import Openness
from qika.terms.names import Application
from qika.web.api.answers import DocumentAnswer, OpenAnswer, PointAnswer
from qika.web.pages.dates import clock_of, day_in_words, distance_in_words, weekday_in_words


def day(one: date) -> str:
    """Write a day with its weekday."""
    words = day_in_words(one, screen.language)
    return screen.t("terminal-day", day=words, weekday=weekday_in_words(one, screen.language))


def moment(one: datetime) -> str:
    """Write a day and a time."""
    return f"{day_in_words(one.date(), screen.language)} {clock_of(one)}"


def left(days: int) -> str:
    """Write how many days are left, or by how many the day has passed."""
    if days == 0:
        return screen.t("due-today")
    return screen.t("due-left" if days > 0 else "due-over", count=abs(days))


def listed(parts: Iterable[str]) -> str:
    """Join names as a list in a sentence."""
    return screen.t("list-separator").join(parts)


def applications(several: Sequence[Application]) -> str:
    """Name applications."""
    return listed(screen.t(f"application-{one}") for one in several)


class Documents:
    """Names documents; what may stand for one is listed the first time and then referred to."""

    def __init__(self) -> None:
        """Begin with nothing told."""
        self._told: set[str] = set()

    def name(self, one: DocumentAnswer) -> str:
        """Name a document, whose it is, and when it is wanted."""
        parts = [screen.t("terminal-of", document=one.name, who=screen.t(f"who-{one.of}"))]
        if one.any_of_names and one.code in self._told:
            parts.append(screen.t("terminal-any_as_above"))
        elif one.any_of_names:
            parts.append(screen.t("bring-any", names=listed(one.any_of_names)))
            self._told.add(one.code)
        if one.copies:
            parts.append(screen.t("bring-copies", count=one.copies))
        if one.only_if:
            parts.append(screen.t(f"only_if-{one.only_if}"))
        return screen.t("clause-separator").join(parts)


def point(one: PointAnswer, lead: str, *, indent: int) -> None:
    """Print a point: how far, open or not, where, and what to call."""
    far = () if one.distance_m is None else (distance_in_words(one.distance_m, screen.language),)
    example = (screen.t("terminal-example"),) if one.example else ()
    screen.say("  ".join((f"{lead} {one.name}", *far, *_hours(one.open), *example)), indent=indent)
    where = [text for text in (one.address, one.landmark, one.phone) if text]
    if where:
        screen.say("  ".join(where), indent=indent + len(lead) + 1)


def _hours(hours: OpenAnswer) -> list[str]:
    said = [screen.t(f"open-{hours.state}")]
    if hours.state is Openness.OPEN and hours.until:
        said.append(screen.t("open-until", time=clock_of(hours.until)))
    if hours.state is Openness.CLOSED and hours.next_opening:
        opens = hours.next_opening
        said.append(screen.t("open-next", day=day(opens.date()), time=clock_of(opens)))
    return said
