"""The head of a page as machines read it: which address is its own, in which languages it is."""

import html
from dataclasses import dataclass

from starlette.requests import Request

from qika.terms.names import Language
from qika.web.speech import SPEECH

TAGS = {Language.ZH: "zh-CN", Language.EN: "en"}
LOCALES = {Language.ZH: "zh_CN", Language.EN: "en_GB"}
DEFAULT = "x-default"

TITLE_MAX = 70
"""Characters of a title at most: a tab or a list of found pages shows no more."""

_ASKED = ("/question/", "/results", "/plan", "/online/")
"""Parts of paths that hold a person's answers, or lead to them."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the head of a page says of it."""

    canonical: str
    """Its one address; empty while nobody has said where people reach this site."""
    alternates: tuple[tuple[str, str], ...]
    """Language tags with the addresses of the same page."""
    locale: str
    other_locale: str
    listed: bool
    """False keeps it out of search engines: it is made of somebody's answers, or no answer."""


def title_of(language: Language, *titles: str) -> str:
    """Give the first of these titles that is short enough with the name of the site, or the last.

    A heading comes escaped from a template, and is escaped again where the title stands.
    """
    plain = (html.unescape(one) if hasattr(one, "__html__") else one for one in titles)
    whole = [SPEECH[language].t("page-title", title=one.strip()) for one in plain]
    return next((one for one in whole if len(one) <= TITLE_MAX), whole[-1])


def head_of(request: Request, origin: str, spoken: Language, *, status: int = 200) -> Head:
    """Describe the page that a request asked for."""
    path, other = request.url.path, Language.EN if spoken is Language.ZH else Language.ZH
    asked = any(part in path for part in _ASKED) or not request.query_params.keys() <= {"lang"}
    listed = status == 200 and not asked  # noqa: PLR2004 - the status of an answer
    addresses = _addresses(path) if origin and listed else {}
    return Head(
        canonical=origin + addresses[TAGS[spoken]] if addresses else "",
        alternates=tuple((tag, origin + one) for tag, one in addresses.items()),
        locale=LOCALES[spoken],
        other_locale=LOCALES[other],
        listed=listed,
    )


def _addresses(path: str) -> dict[str, str]:
    """Give the path of a page in each language, and for readers of neither."""
    _, first, *rest = path.split("/", 2)
    if first not in tuple(Language) and path != "/":
        return {}
    below = f"/{rest[0]}" if rest and rest[0] else ""
    both = {TAGS[one]: f"/{one}{below}" for one in Language}
    return {**both, DEFAULT: f"/{Language.ZH}{below}" if below else "/"}
