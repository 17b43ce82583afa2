"""All divisions as lists to go through, for those who would rather choose than type."""

from starlette.responses import Response

from qika.terms.names import IssuerCode, Language
from qika.web.pages.page import PAGES, Page
from qika.web.problems import ProblemCode, ProblemError
from qika.web.site import Regions

Named = tuple[IssuerCode, str]
"""An issuer and its name."""


async def provinces(page: Page) -> Response:
    """List what stands at the top: the provinces, and issuers without a province."""
    regions = page.site.regions
    tops = regions.below(None, page.language)
    issuers = page.site.office.rulings.book.issuers
    made_up = {code for code, _ in tops if code in issuers and issuers[code].fictitious}
    covered = [code for code, _ in tops if regions.covered(code)]
    links = [(code, name, _onward(page, code)) for code, name in tops]
    return page.render(
        "provinces.html.j2",
        provinces=[one for one in links if one[0] in covered and one[0] not in made_up],
        made_up=[one for one in links if one[0] in made_up],
        elsewhere=[one for one in links if one[0] not in covered],
    )


def _onward(page: Page, code: IssuerCode) -> str:
    """Lead to the list of what lies below, or to the region itself if nothing does."""
    regions = page.site.regions
    listed = regions.covered(code) and regions.below(code, page.language)
    return page.link(f"/regions/{code}" if listed else f"{PAGES}/{code}")


async def divisions(page: Page) -> Response:
    """List the cities and counties of one province."""
    regions, asked = page.site.regions, page.request.path_params["province"]
    tops = dict(regions.below(None, page.language))
    code = IssuerCode(asked)
    if code not in tops or not regions.covered(code):
        raise ProblemError(ProblemCode.NOT_FOUND)
    return page.render(
        "divisions.html.j2",
        code=code,
        name=tops[code],
        cities=_cities(regions, code, page.language),
        regions=page.link(PAGES),
        lists=page.link("/regions"),
    )


def _cities(
    regions: Regions, code: IssuerCode, language: Language
) -> list[tuple[Named, tuple[Named, ...]]]:
    """Give what lies below a province, each with what lies below it."""
    return [(one, regions.below(one[0], language)) for one in regions.below(code, language)]
