"""For employers: one link for each city and bank, and words to paste for a new colleague."""

from starlette.responses import Response

from qika.terms.names import BankCode, IssuerCode, Language
from qika.web.api.places import hotline
from qika.web.pages.ask import KNOWN_BANKS
from qika.web.pages.page import PAGES, Page
from qika.web.pages.regions import rules_now
from qika.web.pages.steps import Step
from qika.web.problems import FaultCode, FieldError
from qika.web.speech import SPEECH

TEXT_MAX = 80


async def employers(page: Page) -> Response:
    """Ask for city and bank; give the link and the words in both languages. Nothing is kept."""
    query = page.request.query_params
    region, bank = query.get("region", "").strip(), query.get("card_bank", "").strip()
    asked = "region" in query
    code = page.site.regions.resolve(region).code if 0 < len(region) <= TEXT_MAX else None
    known = page.site.banks.code_of(bank) if 0 < len(bank) <= TEXT_MAX else None
    errors = _errors(page, code, known, bank) if asked else []
    good = asked and not errors and code is not None
    return page.render(
        "employers.html.j2",
        422 if errors else 200,
        given={"region": region, "card_bank": bank},
        candidates=_candidates(page, region) if errors else [],
        errors=errors,
        wrong={error.field: error.message for error in errors},
        banks=[page.site.banks.name(BankCode(one), page.language) for one in KNOWN_BANKS],
        texts=[(one, _text(page, code, known, one)) for one in Language] if good and code else [],
        links=[(one, _link(page, code, known, one)) for one in Language] if good and code else [],
        action=page.link("/employers"),
    )


def _errors(
    page: Page, code: IssuerCode | None, bank: BankCode | None, said: str
) -> list[FieldError]:
    t = SPEECH[page.language].t
    errors: list[FieldError] = []
    if code is None or not page.site.regions.covered(code):
        errors.append(FieldError("region", FaultCode.UNKNOWN_REGION, t("field-unknown_region")))
    if said and bank is None:
        errors.append(FieldError("card_bank", FaultCode.UNKNOWN_BANK, t("field-unknown_bank")))
    return errors


def _candidates(page: Page, text: str) -> list[tuple[IssuerCode, str]]:
    """Give the divisions that a text may mean, with those they lie in."""
    regions = page.site.regions
    found = regions.resolve(text).candidates if 0 < len(text) <= TEXT_MAX else ()
    return [(one, " ".join(name for _, name in regions.path(one, page.language))) for one in found]


def _link(page: Page, code: IssuerCode, bank: BankCode | None, language: Language) -> str:
    """Give the address that begins with city and bank answered; nothing about anybody is in it."""
    origin = page.site.origin or str(page.request.base_url).rstrip("/")
    path = f"{origin}/{language}{PAGES}/{code}"
    return f"{path}/question/{Step.COLLECTED}?card_bank={bank}" if bank else path


def _text(page: Page, code: IssuerCode, bank: BankCode | None, language: Language) -> str:
    """Say to a new colleague what to do about the card."""
    t = SPEECH[language].t
    named = {
        "region": page.site.regions.name(code, language),
        "link": _link(page, code, bank, language),
        "hotline": hotline(rules_now(page, code)),
    }
    if bank is None:
        return t("employers-text", **named)
    return t("employers-text-bank", bank=page.site.banks.name(bank, language), **named)
