"""The start page: what this is, and the ways to go on."""

from starlette.responses import Response

from qika.rulebook.book import Rulebook
from qika.rulebook.model import Clock, Deadline
from qika.rulebook.reading import NATIONAL
from qika.terms.names import ChannelCode
from qika.web.pages.page import Page

WAYS = (
    "bank_counter", "hospital_first_use", "pharmacy_first_use", "bank_entrusted", "online_alipay",
)  # fmt: skip


async def start(page: Page) -> Response:
    """Show what this is and where to begin."""
    book = page.site.office.rulings.book
    known = [book.channels[code] for way in WAYS if (code := ChannelCode(way)) in book.channels]
    ways = [(one.code, one.name.in_language(page.language)) for one in known]
    return page.render("home.html.j2", ways=ways, days=_reference_days(book))


def _reference_days(book: Rulebook) -> int | None:
    """Give the days that are said in practice where a region has published no deadline."""
    found = (
        rule.value.days
        for rule in book.rules
        if rule.issuer == NATIONAL
        and rule.dims.clock is Clock.ACTIVATION
        and isinstance(rule.value, Deadline)
    )
    return next(found, None)
