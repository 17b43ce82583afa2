"""What all tests share: the packaged rulebook, a calendar, and profiles for generated cases."""

from collections.abc import Iterator
from importlib.resources import files

import pytest
from hypothesis import HealthCheck, settings

from qika.cards.card import Card
from qika.cards.deadlines import CardDates, Due, due
from qika.rulebook.book import Rulebook, parse_rulebook
from qika.rulebook.model import Clock
from qika.terms.names import BankCode

from tests.people import TODAY, PlainCalendar, rules_of
from tests.servers import Server, running_server

settings.register_profile(
    "ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci")


def packaged_texts() -> dict[str, str]:
    """Read the rule files as they are packaged."""
    root = files("qika.rulebook")
    folders = {"": root, "channels/": root / "channels", "regions/": root / "regions"}
    return {
        f"{prefix}{file.name}": file.read_text("utf-8")
        for prefix, folder in folders.items()
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    }


def minimal_texts() -> dict[str, str]:
    """Only the national reference, the channels and the fictitious region."""
    return {
        name: text
        for name, text in packaged_texts().items()
        if not name.startswith("regions/") or name == "regions/990000.toml"
    }


BANKS = {code: BankCode(code) for code in ("102", "103", "104", "105", "301", "403")}


@pytest.fixture(scope="session")
def example_texts() -> dict[str, str]:
    """The rule files of the fictitious region only."""
    return minimal_texts()


@pytest.fixture(scope="session")
def example_book(example_texts) -> Rulebook:
    """The rulebook with the fictitious region only."""
    return parse_rulebook(example_texts, BANKS)


@pytest.fixture
def due_of(example_book):
    """Give the activation deadline of a card of the fictitious region."""

    def find(held: Card) -> Due:
        dates = CardDates(held.made_on, held.applied_on, held.collected_on)
        found = due(
            Clock.ACTIVATION,
            dates,
            lambda day: rules_of(example_book, day=day),
            TODAY,
            PlainCalendar(),
        )
        assert found is not None
        return found

    return find


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server for all tests that want one."""
    with running_server() as server:
        yield server
