"""Reads what is packaged: rules, divisions, banks, holidays."""

import gzip
import re
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from qika.rulebook.book import Rulebook, parse_rulebook
from qika.terms.banks import Banks, parse_banks
from qika.terms.divisions import Gazetteer, parse_gazetteer
from qika.terms.working_calendar import WorkingCalendar, parse_statutory_days, published_calendar


def packaged_texts() -> dict[str, str]:
    """Read the packaged rule files: path below the rulebook folder to text."""
    root = files("qika.rulebook")
    return {
        f"{prefix}{entry.name}": entry.read_text("utf-8")
        for prefix in ("", "channels/", "regions/")
        for entry in root.joinpath(prefix).iterdir()
        if entry.name.endswith(".toml")
    }


def folder_texts(folder: Path) -> dict[str, str]:
    """Read the rule files of a folder; lists that it lacks come from the package."""
    own = {
        str(path.relative_to(folder)): path.read_text("utf-8")
        for path in sorted(folder.rglob("*.toml"))
    }
    shared = {
        name: text for name, text in packaged_texts().items() if not name.startswith("regions/")
    }
    return shared | own


def _packaged(name: str) -> str:
    content = files("qika.terms").joinpath("data", name).read_bytes()
    return (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8")


@cache
def gazetteer() -> Gazetteer:
    """Read the packaged divisions."""
    return parse_gazetteer(
        _packaged("regions.csv.gz"),
        _packaged("regions_retired.csv"),
        _packaged("regions_amended.csv"),
    )


@cache
def banks() -> Banks:
    """Read the packaged banks."""
    return parse_banks(files("qika.terms").joinpath("banks.toml").read_text("utf-8"))


@cache
def calendar() -> WorkingCalendar:
    """Build the working calendar."""
    return published_calendar(parse_statutory_days(_packaged("statutory_days.csv")))


def parse_rules(texts: dict[str, str]) -> Rulebook:
    """Parse rule texts with the packaged banks; raises RulebookRefusedError."""
    return parse_rulebook(texts, banks().names)


def holidays_number() -> int:
    """Number the holiday calendar by the releases that bring it; a later one is higher."""
    return sum(release_number(version(name)) for name in ("chinesecalendar", "qika"))


def release_number(text: str) -> int:
    """Number a release: 1.11.2 is 1112; the second and third part stay below ten and a hundred."""
    parts = [int(part) for part in re.findall(r"\d+", text)[:3]]
    major, minor, patch = (*parts, 0, 0, 0)[:3]
    return major * 1_000 + minor * 10 + patch
