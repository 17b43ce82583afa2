"""The start page: what this is, and the ways to go on."""

from starlette.responses import Response

from qika.terms.names import ChannelCode
from qika.web.pages.page import Page

WAYS = (
    "bank_counter", "hospital_first_use", "pharmacy_first_use", "bank_entrusted", "online_alipay",
)  # fmt: skip


async def start(page: Page) -> Response:
    """Show what this is and where to begin."""
    channels = page.site.office.rulings.book.channels
    known = [channels[code] for way in WAYS if (code := ChannelCode(way)) in channels]
    ways = [(one.code, one.name.in_language(page.language)) for one in known]
    return page.render("home.html.j2", ways=ways)
