"""What a plan's page offers to take along: links, and on paper a code that leads back.

The shared address names the region and the bank on the card, nothing of a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from qika.terms.names import BankCode, Who
from qika.web.api.answers import DeadlineAnswer, PlanAnswer
from qika.web.pages.page import PAGES, Page
from qika.web.pages.take_along.asked import Planned, planned
from qika.web.problems import ProblemCode, ProblemError

CODES_KEPT = 2_048
"""Codes kept at once, about 3 kB each; drawing one takes some milliseconds."""

QUIET_MODULES = 4
"""White around a code, in modules: what ISO/IEC 18004 asks for."""


@dataclass(frozen=True, slots=True)
class TakeAlong:
    """Addresses of what can be taken along."""

    share: str
    """The page that gives the plan's address to others, and prints it."""
    code: str | None
    """Where the shared address is as a picture; None where it would not be whole."""
    text: str
    event: str | None
    """None where the region has set no last day, or it is not known yet."""
    feed: str
    letter: str | None
    """None for guardians, who need none."""


def take_along(page: Page, found: Planned) -> TakeAlong:
    """Say what can be taken along from a plan."""
    base, query = f"{PAGES}/{found.plan.region.code}", urlencode(found.carried)
    dated = any(one.due_on for one in found.plan.deadlines)
    return TakeAlong(
        share=page.link(f"{base}/plan/share", **found.carried),
        code=_code(page, found),
        text=_file(page, f"{base}/plan.txt", query),
        event=_file(page, f"{base}/plan.ics", query) if dated else None,
        feed=_subscribed(page, _file(page, f"{base}/feed.ics", query)),
        letter=_letter(page, found) if found.given.get("who") != Who.GUARDIAN else None,
    )


async def share(page: Page) -> Response:
    """Show how to pass a plan on and print it: what needs a script is not on the plan itself."""
    found = planned(page)
    if isinstance(found, Response):
        return found
    region = found.plan.region
    return page.render(
        "share.html.j2",
        region=region.name,
        address=shared_address(page, found),
        code=_code(page, found),
        plan=page.link(f"{PAGES}/{region.code}/plan", **found.carried),
    )


def _file(page: Page, path: str, query: str) -> str:
    """Give the address of a file, which has no size of text."""
    return f"/{page.language}{path}" + (f"?{query}" if query else "")


def _letter(page: Page, found: Planned) -> str:
    bank = _bank_asked(page, found.given)
    about = {"region": found.plan.region.code} | ({"card_bank": bank} if bank else {})
    return page.link("/power-of-attorney", **about)


def shared_address(page: Page, found: Planned) -> str:
    """Give the address of the plan for anybody: region and bank, by their codes."""
    return page.absolute(_shared(page, found.plan.region.code, found.given))


def _shared(page: Page, region: str, given: Mapping[str, str], view: str = "plan") -> str:
    bank = _bank_asked(page, given)
    query = f"?card_bank={bank}" if bank else ""
    return f"/{page.language}{PAGES}/{region}/{view}{query}"


def _code(page: Page, found: Planned) -> str | None:
    region = found.plan.region.code
    return _shared(page, region, found.given, "code.svg") if page.site.origin else None


def _bank_asked(page: Page, given: Mapping[str, str]) -> BankCode | None:
    asked = given.get("card_bank")
    return page.site.banks.code_of(asked) if asked else None


def last_day_of(plan: PlanAnswer) -> DeadlineAnswer | None:
    """Give the first term that has a last day, be it mere reference practice."""
    return next((one for one in plan.deadlines if one.due_on or one.reference_due_on), None)


def _subscribed(page: Page, path: str) -> str:
    """Give the address under which calendars subscribe; a bare path where no origin is known."""
    _, apart, host = page.site.origin.partition("://")
    return f"webcal://{host}{path}" if apart else path


async def code(page: Page) -> Response:
    """Give the shared address of a region and a bank as a picture; nothing where it is not whole.

    A file of its own: it would be a tenth of the page, and is wanted for others and on paper alone.
    """
    found = page.site.regions.resolve(page.request.path_params["region"])
    if found.code is None or not page.site.origin:
        raise ProblemError(ProblemCode.NOT_FOUND)
    address = page.absolute(_shared(page, found.code, page.request.query_params))
    return Response(code_of(address), media_type="image/svg+xml")


def drawn(address: str) -> bytes:
    """Draw an address as a QR code (ISO/IEC 18004), level M, as SVG without a size."""
    import segno  # noqa: PLC0415 - a quarter of a second, for paper alone

    code: Any = segno.make(address, error="m", micro=False)
    picture = BytesIO()
    code.save(
        picture, kind="svg", border=QUIET_MODULES, omitsize=True, svgclass=None, lineclass=None
    )
    return picture.getvalue()


code_of = lru_cache(maxsize=CODES_KEPT)(drawn)
"""The same, kept: many share the same plan."""
