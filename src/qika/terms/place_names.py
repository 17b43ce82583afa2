"""How people write divisions, and which ones a text can mean: names are never guessed at.

A text is read from left to right as a chain of names, each below the one before it. Every
reading that uses up the text counts; those that stay closest to the official names win, and if
they end in several divisions, all of them are the answer.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from qika.terms.names import RegionCode


class Meaning(NamedTuple):
    """One division that a name can stand for."""

    code: RegionCode
    cost: int
    """How far the name is from today's official one: 0 is that name itself."""
    areas: frozenset[str]
    """Divisions above it; for a former name also those above its former code."""
    ending: str
    """Last character of the official name, held against words such as «District»."""
    former_name: str


FULL, SHORT, FORMER, FORMER_SHORT = 0, 1, 1, 3
"""A short and a former name cost the same: where they differ in meaning the person is asked."""

Names = dict[str, list[Meaning]]


class Reading(NamedTuple):
    """A way to read a text from its beginning."""

    cost: int
    consumed: int
    chain: tuple[Meaning, ...]

    @property
    def former_name(self) -> str | None:
        """Give the outdated name used in the text, if any."""
        return next((step.former_name for step in self.chain if step.former_name), None)

    @property
    def is_sure(self) -> bool:
        """Say whether more than one short name was read: many a street begins with one."""
        return len(self.chain) > 1 or any(
            step.cost == (FORMER if step.former_name else FULL) for step in self.chain
        )


_PEOPLES = (
    "蒙古族?|回族|藏族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族?|傣族"
    "|黎族|傈僳族|佤族|畲族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜|土族|达斡尔族|仫佬族|羌族|布朗族"
    "|撒拉族|毛南族|仡佬族|锡伯|普米族|塔吉克|怒族|保安族|裕固族|独龙族|各族"
)
_SUFFIX = re.compile(
    rf"(?:(?<!内)(?<=..)(?:{_PEOPLES})+(?:自治)?[区州县旗]|族?自治[区州县旗]|特别行政区"
    r"|(?<=..)(?:地区|特区|矿区|新区)|(?<=神农架)林区|[省市区县州盟旗])$"
)
_PLACE_ONLY = re.compile(r"^(?:市辖区|市区|城区|郊区|新区|矿区|县|市)$|省直辖|直辖行政")
"""Names that say nothing without the place above them; as former names they are not kept."""
_NOISE = re.compile(r"[\s,\u3001\u00b7\u2022>/|.\-]+|市辖区|^中华人民共和国|^中国(?=.)")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_MUNICIPALITIES = frozenset({"110000", "120000", "310000", "500000"})
"""Written twice in addresses, once as province and once as city."""

_ENDINGS = {
    "city": "市", "shi": "市", "municipality": "市", "district": "区", "qu": "区", "county": "县",
    "xian": "县", "province": "省", "sheng": "省", "banner": "旗", "qi": "旗", "league": "盟",
    "meng": "盟", "prefecture": "州市区盟", "zhou": "州", "autonomous": "", "region": "区",
    "new": "", "area": "区", "special": "", "administrative": "", "sar": "区",
}  # fmt: skip
"""Words after a romanised name, with the characters its official name may end in."""

_LONGEST = 16
"""Characters of the longest name, syllables of its pinyin."""


def short_name(name: str) -> str:
    """Strip what a name is: Shenzhen of Shenzhen City; one character alone is kept whole."""
    short = _SUFFIX.sub("", name)
    return short if len(short) > 1 else name


def spoken_forms(name: str) -> tuple[str, ...]:
    """Give the unofficial forms of a name: without its kind, or with the kind but no peoples."""
    short = short_name(name)
    if short == name:
        return ()
    colloquial = short + name[-1] if "自治" in name or "族" in name else ""
    return (short, colloquial) if colloquial else (short,)


def romanised(name: str, pinyin: str) -> str:
    """Give the pinyin of the short name in one word; sources add the kind or leave it out."""
    return "".join(pinyin.split()[: len(short_name(name))])


def romanised_forms(word: str) -> tuple[str, ...]:
    """Give the ways to write a pinyin word without its umlaut."""
    return (word, word.replace("v", "u"), word.replace("v", "yu")) if "v" in word else (word,)


def is_place_only(name: str) -> bool:
    """Say whether a former name means something only below a named place (suburb, city area)."""
    return bool(_PLACE_ONLY.search(name))


def plain(text: str) -> str:
    """Even out width, case, accents, spaces and the words that say nothing."""
    text = unicodedata.normalize("NFKC", text).casefold()
    if _HAN.search(text):
        return _NOISE.sub("", text)
    text = text.replace("'", "").replace("\u2019", "").replace("ü", "v")
    letters = unicodedata.normalize("NFD", text)
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", bare))


def readings(text: str, names: Names, romanised_names: Names) -> list[Reading]:
    """Give every way to read the beginning of a text that ``plain`` has evened out."""
    found: list[Reading] = []
    if _HAN.search(text):
        _extend(found, text, names, Reading(0, 0, ()), rising=False)
        return found
    words = text.split()
    _extend(found, words, romanised_names, Reading(0, 0, ()), rising=False)
    if len(words) > 1:  # English puts the smaller place first
        turned: list[Reading] = []
        _extend(turned, words, romanised_names, Reading(0, 0, ()), rising=True)
        found += [r._replace(chain=r.chain[::-1]) for r in turned if len(r.chain) > 1]
    return found


def length_of(text: str) -> int:
    """Give how much of a plain text a reading has to consume: characters, or Latin words."""
    return len(text) if _HAN.search(text) else len(text.split())


def best(found: Iterable[Reading]) -> list[Reading]:
    """Keep the readings closest to the official names, one for each division they end in.

    A county's or district's short name that a province or its own prefecture bears too is left
    to that one: nobody says Hebei for the district of Tianjin, or Changsha for the county round
    the city. Dali is asked about: it may be the prefecture or the city in it.
    """
    cheapest: dict[RegionCode, Reading] = {}
    for reading in sorted(found, key=lambda reading: reading.cost):
        cheapest.setdefault(reading.chain[-1].code, reading)
    least = min((reading.cost for reading in cheapest.values()), default=0)
    kept = {code: reading for code, reading in cheapest.items() if reading.cost == least}
    return [r for r in kept.values() if not _gives_way(r.chain[-1], kept.keys())]


def _gives_way(meaning: Meaning, found: AbstractSet[RegionCode]) -> bool:
    if meaning.cost != SHORT or meaning.former_name or meaning.code.endswith("00"):
        return False
    if meaning.ending == "市":  # as well known as the prefecture it is the seat of
        return False
    return any(code.endswith("0000") for code in found) or not meaning.areas.isdisjoint(found)


def _extend(
    found: list[Reading], items: Sequence[str], names: Names, so_far: Reading, *, rising: bool
) -> None:
    """Add every reading of ``items`` that begins with ``so_far``."""
    start = so_far.consumed
    for end in range(start + 1, min(len(items), start + _LONGEST) + 1):
        meanings = names.get("".join(items[start:end]))
        if not meanings:
            continue
        for after, endings in _kinds_after(items, end):
            for meaning in meanings:
                if endings and meaning.ending not in endings:
                    continue
                if _fits(so_far.chain, meaning, rising=rising):
                    cost = so_far.cost + meaning.cost
                    longer = Reading(cost, after, (*so_far.chain, meaning))
                    found.append(longer)
                    _extend(found, items, names, longer, rising=rising)


def _kinds_after(items: Sequence[str], end: int) -> list[tuple[int, str]]:
    """Say where a romanised name may end: with or without words for what it is."""
    ends = [(end, "")]
    if isinstance(items, str):
        return ends
    endings = ""
    while end < len(items) and items[end] in _ENDINGS:
        endings += _ENDINGS[items[end]]
        end += 1
        ends.append((end, endings))
    return ends


def _fits(chain: tuple[Meaning, ...], meaning: Meaning, *, rising: bool) -> bool:
    """Say whether ``meaning`` can follow the chain: the next place lies in the one before it."""
    if not chain:
        return not (meaning.former_name and is_place_only(meaning.former_name))
    above, below = (meaning, chain[-1]) if rising else (chain[-1], meaning)
    repeated = above.code == below.code and above.code in _MUNICIPALITIES
    return above.code in below.areas or repeated
