"""Forms that travel in a body: read within a bound, and known to come from a page of ours."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from qika.web.pages.page import Page
from qika.web.problems import ProblemCode, ProblemError

FORM_TYPE = "application/x-www-form-urlencoded"
FIELDS_MAX = 20
OWN_SITES = frozenset({"same-origin", "none"})
"""What browsers say in ``Sec-Fetch-Site`` of a form on our own page, and of one sent again."""


async def posted(page: Page, bytes_max: int) -> dict[str, str]:
    """Read a small form, blanks left out; raises ProblemError for what is none or too large."""
    return dict(await posted_pairs(page, bytes_max))


async def posted_pairs(page: Page, bytes_max: int) -> Sequence[tuple[str, str]]:
    """Read the same where a name may stand several times, as boxes to tick do."""
    kind = page.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM_TYPE:
        raise ProblemError(ProblemCode.UNSUPPORTED_MEDIA_TYPE)
    body = bytearray()
    async for part in page.request.stream():
        body += part
        if len(body) > bytes_max:
            raise ProblemError(ProblemCode.TOO_LARGE)
    try:
        pairs = parse_qsl(body.decode(), max_num_fields=FIELDS_MAX)
    except ValueError as error:
        raise ProblemError(ProblemCode.UNREADABLE) from error
    return [(name, value.strip()) for name, value in pairs if value.strip()]


def from_elsewhere(page: Page) -> bool:
    """Tell whether a browser says that a page of another site sent this form.

    By ``Sec-Fetch-Site``, else by ``Origin`` (RFC 6454; "null" is nobody's). Programs and very old
    browsers say neither: they carry no cookie that could be borrowed here.
    """
    headers = page.request.headers
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in OWN_SITES
    origin = headers.get("origin")
    if origin is None:
        return False
    return origin != page.site.origin and urlsplit(origin).netloc != headers.get("host")
