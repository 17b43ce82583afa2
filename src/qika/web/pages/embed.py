"""A box for other sites: one field in a frame, whose answer opens here; and how to use it."""

from starlette.responses import Response

from qika.web.pages.page import PAGES, Page
from qika.web.site import Site

FIELDS = frozenset({"lang", "region"})
"""What the address of the box may say."""

HEIGHT = 304
"""Pixels that the box needs, in either language at the usual size of text."""

_NOBODY_SAID = "https://qika.example"
"""Stands for the address of this site in the code to copy, while nobody has said what it is."""


async def embed(page: Page) -> Response:
    """Show the box; only the hosts that the operator named may frame it."""
    region = _region(page)
    answer = page.render("embed.html.j2", action=f"/{page.language}{PAGES}", region=region)
    answer.headers["Content-Security-Policy"] = _policy(page.site)
    return answer


def _policy(site: Site) -> str:
    ancestors = " ".join(("'self'", *site.embed_hosts))
    return (
        "default-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; "
        f"frame-ancestors {ancestors}"
    )


def _region(page: Page) -> str:
    """Name the region in the address; a text that means none or several is left out."""
    found = page.site.regions.resolve(page.request.query_params.get("region", "").strip())
    return page.site.regions.name(found.code, page.language) if found.code else ""


async def job_board(page: Page) -> Response:
    """Show by an invented job board how the box looks elsewhere, with the code to copy."""
    origin = page.site.origin or _NOBODY_SAID
    return page.render(
        "job_board.html.j2",
        box=f"/embed?lang={page.language}",
        height=HEIGHT,
        to_copy={
            "frame": f"{origin}/embed?lang={page.language}",
            "link": f"{origin}/{page.language}{PAGES}",
        },
        known=bool(page.site.origin),
    )
