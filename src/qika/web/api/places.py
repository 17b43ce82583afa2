"""A region in words: its name, the divisions it lies in, and who is responsible there."""

from qika.rulebook.book import Rules
from qika.terms.names import IssuerCode, Language
from qika.terms.words import Words
from qika.web.api.answers import AuthorityAnswer, NamedCode, RegionAnswer
from qika.web.kept import Memory
from qika.web.site import Regions
from qika.web.speech import SPEECH

_regions: Memory[RegionAnswer] = Memory(8_192)
_authorities: Memory[AuthorityAnswer] = Memory(8_192)


def region(regions: Regions, code: IssuerCode, language: Language) -> RegionAnswer:
    """Name a region and the divisions it lies in."""
    return _regions.get((regions, code, language), lambda: _region(regions, code, language))


def _region(regions: Regions, code: IssuerCode, language: Language) -> RegionAnswer:
    path = [NamedCode(above, name) for above, name in regions.path(code, language)]
    return RegionAnswer(code, regions.name(code, language), path)


def authority(
    regions: Regions, rules: Rules, issuer: IssuerCode, language: Language
) -> AuthorityAnswer:
    """Say who is responsible: as the region says, else by art. 3 of the Measures."""
    key = (rules, regions, issuer, language)  # rules are shared by issuers without their own
    return _authorities.get(key, lambda: _authority(regions, rules, issuer, language))


def _authority(
    regions: Regions, rules: Rules, issuer: IssuerCode, language: Language
) -> AuthorityAnswer:
    speech = SPEECH[language]
    bureau = rules.find("responsible_bureau")
    if bureau is not None and isinstance(bureau.value, Words):
        name = bureau.value.in_language(language)
    else:
        place = regions.name(_city_of(regions, issuer), language)
        name = speech.t("authority", region=place)
    return AuthorityAnswer(name, hotline(rules), speech.t("responsible_for"))


def hotline(rules: Rules) -> str:
    """Give the first telephone the rules name; empty if they name none."""
    rule = rules.find("hotline")
    return str(rule.value[0]) if rule is not None and isinstance(rule.value, tuple) else ""


def _city_of(regions: Regions, issuer: IssuerCode) -> IssuerCode:
    """Take the city or province of a county: art. 3 names those, not the county."""
    above = [code for code, _ in regions.path(issuer, Language.ZH) if code.endswith("00")]
    return above[-1] if above else issuer
