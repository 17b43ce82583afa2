"""``/sitemap.xml`` and ``/robots.txt``: which pages there are, for those who look for all of them.

Format: sitemaps.org 0.9 with alternates in other languages. One part a province keeps each file
small; all addresses are whole, so nothing of it exists while nobody has said where this site is.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from xml.sax.saxutils import escape, quoteattr

from qika.activation.decide import day_of
from qika.terms.names import IssuerCode, Language
from qika.web.kept import Memory
from qika.web.open.parts import RECORDS_A_PART, some_at_a_time
from qika.web.pages.head import DEFAULT, TAGS
from qika.web.pages.page import PAGES
from qika.web.site import Site

PARTS = "/sitemaps/{part}.xml"
GENERAL = "pages"
"""The part that lists everything that is no region's."""

_BEGIN = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
_OPENING = f'<urlset xmlns="{_SCHEMA}" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'


def index(site: Site) -> bytes:
    """Give the list of the parts."""
    last = _last_change(site)
    parts = (site.origin + PARTS.format(part=one) for one in (GENERAL, *_provinces(site)))
    rows = "".join(
        f"<sitemap><loc>{escape(one)}</loc>{_changed(last)}</sitemap>\n" for one in parts
    )
    return f'{_BEGIN}<sitemapindex xmlns="{_SCHEMA}">\n{rows}</sitemapindex>\n'.encode()


def part(site: Site, name: str, pages: Sequence[str]) -> Iterator[bytes] | None:
    """Give one part: ``pages``, or the regions of a province by its two digits; None: unknown.

    ``pages`` are the paths below the language of the pages that are no region's.
    """
    if name == GENERAL:
        paths: Iterable[str] = pages
    elif name in _provinces(site):
        paths = (f"{PAGES}/{code}" for code in _regions(site) if _province(code) == name)
    else:
        return None
    return _part(site.origin, paths, _last_change(site))


def _part(origin: str, paths: Iterable[str], last: date | None) -> Iterator[bytes]:
    yield f"{_BEGIN}{_OPENING}".encode()
    for some in some_at_a_time(paths, RECORDS_A_PART):
        yield "".join(row for path in some for row in _rows(origin, path, last)).encode()
    yield b"</urlset>\n"


def robots(site: Site) -> bytes:
    """Say what crawlers need not read: the API, and the same pages in larger text."""
    lines = (
        "User-agent: *",
        "Disallow: /v1/",
        "Disallow: /large",
        f"Sitemap: {site.origin}/sitemap.xml",
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _rows(origin: str, path: str, last: date | None) -> Iterator[str]:
    both = {TAGS[one]: f"{origin}/{one}{path}" for one in Language}
    default = both[TAGS[Language.ZH]] if path else f"{origin}/"
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{tag}" href={quoteattr(one)}/>'
        for tag, one in {**both, DEFAULT: default}.items()
    )
    for one in both.values():
        yield f"<url><loc>{escape(one)}</loc>{_changed(last)}{links}</url>\n"


def _changed(last: date | None) -> str:
    return f"<lastmod>{last}</lastmod>" if last else ""


def _last_change(site: Site) -> date | None:
    """Give the day on which the edition of the rules came into force."""
    return day_of(site.edition_since()) if site.edition_since is not None else None


_listed: Memory[tuple[IssuerCode, ...]] = Memory(4)


def _regions(site: Site) -> tuple[IssuerCode, ...]:
    """Give the regions that have something to say and are not invented."""
    key = (site.office.rulings.book, site.regions)
    return _listed.get(key, lambda: tuple(_looked_through(site)))


def _looked_through(site: Site) -> Iterator[IssuerCode]:
    rulings = site.office.rulings
    for code in site.regions.every():
        profiles = (rulings.book.issuers.get(one) for one in rulings.chain_of(code))
        if site.regions.covered(code) and not any(one and one.fictitious for one in profiles):
            yield code


def _provinces(site: Site) -> list[str]:
    return list(dict.fromkeys(_province(code) for code in _regions(site)))


def _province(code: IssuerCode) -> str:
    return code[:2] if code.isdigit() else code
