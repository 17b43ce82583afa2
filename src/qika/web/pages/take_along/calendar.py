"""The last day for a calendar: one file, or a feed that is worked out anew at each fetch.

RFC 5545, with the names and refresh times of RFC 7986. All-day dates need no time zone. The only
thing about a person in it is the last day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from starlette.responses import Response

from qika.activation.decide import CHINA
from qika.rulebook.model import Clock
from qika.terms.names import Basis, IssuerCode, Language
from qika.web.api.answers import DeadlineAnswer
from qika.web.pages.page import PAGES, Page
from qika.web.pages.take_along.asked import Planned, planned
from qika.web.pages.take_along.moved import Version, version_of
from qika.web.pages.take_along.share import last_day_of, shared_address
from qika.web.speech import SPEECH

if TYPE_CHECKING:
    from icalendar import Alarm, Calendar, Event

CALENDAR_TYPE = "text/calendar; charset=utf-8"
ALARM_DAYS = (30, 7, 1)
"""Days before the last one on which the holder is reminded."""
ALARM_AT = timedelta(hours=9)
FETCHED_EVERY = timedelta(days=1)

_COUNTED_FROM = ("collected_on", "made_on", "applied_on")
_LOCALE = {Language.ZH: "ZH", Language.EN: "EN"}


async def event(page: Page) -> Response:
    """Give the last day as a file; without one, lead to the plan, which says why."""
    found = planned(page)
    if isinstance(found, Response):
        return found
    if last_day_of(found.plan) is None:
        region = found.plan.region.code
        headers = {"Location": page.link(f"{PAGES}/{region}/plan", **found.carried)}
        return Response(status_code=303, headers=headers | {"Cache-Control": "no-store"})
    return _sent(page, found, _calendar(page, found), "qika")


async def feed(page: Page) -> Response:
    """Give the last day as a feed, worked out for today; empty where there is none."""
    from icalendar import vDuration  # noqa: PLC0415 - a third of a second, for calendars alone

    found = planned(page, today=True)
    if isinstance(found, Response):
        return found
    calendar = _calendar(page, found)
    for name in ("refresh-interval", "x-published-ttl"):
        calendar.add(name, vDuration(FETCHED_EVERY), {"VALUE": "DURATION"})
    return _sent(page, found, calendar, "qika-feed")


def _sent(page: Page, found: Planned, calendar: "Calendar", name: str) -> Response:
    headers = {
        "Cache-Control": "no-store",
        "Content-Language": page.language,
        "Content-Disposition": f'inline; filename="{name}-{found.plan.region.code}.ics"',
    }
    return Response(calendar.to_ical(), headers=headers, media_type=CALENDAR_TYPE)


def _calendar(page: Page, found: Planned) -> "Calendar":
    from icalendar import Calendar  # noqa: PLC0415 - as above

    calendar = Calendar()
    calendar.add("prodid", f"-//Qika//{page.site.version}//{_LOCALE[page.language]}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    name = _name_of(page, found)
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    version = version_of(page.site, IssuerCode(found.plan.region.code))
    for term in found.plan.deadlines:
        last = term.due_on or term.reference_due_on
        if last is not None:
            calendar.add_component(_Entry(page, found, term, last).event(version))
    return calendar


def _name_of(page: Page, found: Planned) -> str:
    """Name the calendar; an empty one says in its name why it is empty."""
    speech, region = SPEECH[page.language], found.plan.region.name
    if last_day_of(found.plan) is not None:
        return speech.t("calendar-name", region=region)
    term = next((one for one in found.plan.deadlines if one.clock is Clock.ACTIVATION), None)
    if term is None or term.basis is Basis.NONE:
        return speech.t("calendar-no_term", region=region)
    return speech.t("calendar-no_day", region=region)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One term with its last day, to be put into words."""

    page: Page
    found: Planned
    term: DeadlineAnswer
    last: date

    def event(self, version: Version) -> "Event":
        """Give the event, with alarms that are still to come."""
        from icalendar import Event  # noqa: PLC0415 - as above

        event = Event()
        event.add("uid", self._uid())
        event.add("dtstamp", self.page.site.office.clock())
        event.add("last-modified", version.at)
        event.add("sequence", version.number)
        event.add("dtstart", self.last)
        event.add("dtend", self.last + timedelta(days=1))
        event.add("summary", self._summary())
        event.add("description", "\n".join(self._told()))
        event.add("status", "CONFIRMED" if self._is_sure() else "TENTATIVE")
        event.add("transp", "TRANSPARENT")
        event.add("class", "PRIVATE")
        if self.page.site.origin:
            event.add("url", shared_address(self.page, self.found))
        for days in ALARM_DAYS:
            if self._is_ahead(days):
                event.add_component(self._alarm(days))
        return event

    def _t(self, name: str, **args: str | int) -> str:
        return SPEECH[self.page.language].t(name, **args)

    def _uid(self) -> str:
        """Name the event by what is asked, so that it stays the same when its day moves."""
        days = [self.found.given.get(name, "") for name in _COUNTED_FROM]
        asked = "/".join((self.found.plan.region.code, self.term.clock, *days))
        return str(uuid5(NAMESPACE_URL, f"qika:{asked}"))

    def _is_sure(self) -> bool:
        return self.term.due_on is not None and not self.term.provisional

    def _summary(self) -> str:
        duty = self._t(f"duty-{self.term.application}")
        if self.term.reference_due_on:
            return self._t("calendar-reference", duty=duty)
        return self._t("calendar-last_day", duty=duty)

    def _told(self) -> Iterator[str]:
        """Say what to do, on what grounds, and where to ask."""
        plan, term = self.found.plan, self.term
        if plan.fictitious:
            yield self._t("fictitious-tag")
        if term.reference_due_on:
            yield self._t("due-reference")
        yield self._fact("due-what", self._t(f"duty-{term.application}"))
        yield self._fact("due-counting", term.counting)
        yield self._fact("due-basis", term.basis_text)
        if term.provisional:
            yield self._t("due-provisional")
        yield self._fact("miss-title", term.consequence.text)
        yield self._fact("authority-phone", plan.authority.hotline)
        if self.page.site.origin:
            yield shared_address(self.page, self.found)

    def _fact(self, name: str, text: str) -> str:
        return self._t("text-fact", label=self._t(name), text=text)

    def _is_ahead(self, days: int) -> bool:
        """Tell whether an alarm so many days before is still to come."""
        morning = datetime.combine(self.last, time(), CHINA) + ALARM_AT
        return morning - timedelta(days=days) > self.page.site.office.clock()

    def _alarm(self, days: int) -> "Alarm":
        from icalendar import Alarm  # noqa: PLC0415 - as above

        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        duty = self._t(f"duty-{self.term.application}")
        alarm.add("description", self._t("calendar-alarm", duty=duty, count=days))
        alarm.add("trigger", ALARM_AT - timedelta(days=days))
        return alarm
