"""How often an answer may have moved: what calendars hold one version of an event against.

Nothing is stored about a subscription, so the number is made of what can move a date: when the
edition of the rules came into force, when a rule of the region began, which holiday calendar is
installed. Each of them only ever grows.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from qika.activation.decide import CHINA, day_of
from qika.terms.names import IssuerCode
from qika.web.site import Site

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
"""Before the first edition; SEQUENCE counts minutes from here and stays below 2 to the 31st."""

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an answer; a later one has a higher number and a later time."""

    number: int
    at: datetime
    """When rules last changed; the holiday calendar's number is added in seconds."""


def version_of(site: Site, issuer: IssuerCode) -> Version:
    """Give the version of what is answered about an issuer today."""
    rulings, today = site.office.rulings, day_of(site.office.clock())
    begun = rulings.changed_on(issuer, today)
    told = [site.edition_since()] if site.edition_since else []
    told += [_morning(begun)] if begun else []
    at = max((EPOCH, *told))
    number = (at - EPOCH) // _MINUTE + site.holidays_number
    return Version(number, at + timedelta(seconds=site.holidays_number))


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)
