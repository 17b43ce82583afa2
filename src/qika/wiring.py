"""The one place that builds things, and that reads the clock, settings, files and secrets."""

import gzip
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from importlib.resources import files
from pathlib import Path

from qika.activation.decide import CHINA
from qika.activation.offer import offer
from qika.operations.activate import perform
from qika.operations.adopt import restored
from qika.operations.clocks import clocks_of
from qika.operations.directory import PointDirectory
from qika.operations.office import Office
from qika.operations.ports import Edition, IdentityProvider
from qika.operations.references import References
from qika.operations.rulings import Rulings
from qika.partners.simulators import example_city
from qika.partners.simulators.identity import IdentityDouble, NoIdentityProvider
from qika.points.index import build_index
from qika.points.nearest import NearestIndex, open_index
from qika.points.point import ServicePoint
from qika.rulebook.book import Rulebook, parse_rulebook
from qika.storage.sqlite.store import SqliteStore, open_sqlite
from qika.storage.vault import Vault
from qika.terms.banks import Banks, parse_banks
from qika.terms.divisions import Gazetteer, parse_gazetteer
from qika.terms.names import ChannelCode, DocumentCode, Language, Who
from qika.terms.working_calendar import WorkingCalendar, parse_statutory_days, published_calendar

SQLITE = "sqlite:///"


class SettingError(ValueError):
    """A setting that cannot be used: what it is, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator sets. ``on`` fixes the day of receipt in drills: its last second."""

    data: Path
    database: str = ""
    on: date | None = None
    demo: bool = False

    @property
    def file(self) -> Path:
        """The SQLite file of this installation."""
        if not self.database:
            return self.data / "qika.sqlite"
        if not self.database.startswith(SQLITE):
            raise SettingError(
                f"The database {self.database!r} is not supported. Write {SQLITE}FILE."
            )
        return Path(self.database.removeprefix(SQLITE))

    @property
    def beside(self) -> Path:
        """The folder of keys and index that belongs to the file."""
        return self.file.with_name(f"{self.file.name}.d")


def default_data() -> Path:
    """Give the data folder: ``QIKA_DATA``, else ``data`` where the command runs."""
    return Path(os.environ.get("QIKA_DATA", "data"))


def now() -> datetime:
    """Read the clock."""
    return datetime.now(CHINA)  # noqa: TID251  the only place that may


def clock_of(on: date | None) -> Callable[[], datetime]:
    """Give the clock, or the last second of a fixed day in China."""
    if on is None:
        return now
    fixed = datetime.combine(on, time(23, 59, 59), CHINA)
    return lambda: fixed


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


@dataclass(slots=True)
class House:
    """One installation, open: its store, its office, and what it was built from."""

    settings: Settings
    store: SqliteStore
    vault: Vault
    office: Office
    directory: PointDirectory
    index_version: int = -1

    def close(self) -> None:
        """Finish what waits to be written and close the file."""
        self.store.close()

    async def refresh(self) -> None:
        """Take over rules and points that another process has changed."""
        edition = await self.store.current_edition()
        rulings = self.office.rulings
        if edition is not None and edition.edition != rulings.book.edition:
            rulings.put_in_force(restored(parse_rules(dict(edition.texts)), edition))
        version = await self.store.points_version()
        if version != self.index_version:
            points = await self.store.points()
            self.directory.take(points, self._index(points, version))
            self.index_version = version

    def _index(self, points: Sequence[ServicePoint], version: int) -> NearestIndex:
        """Map the index of this version of the points; build it if another version is there."""
        folder = self.settings.beside / "points"
        built_from = folder / "built-from"
        if not built_from.exists() or built_from.read_text() != str(version):
            build_index(points, folder)
            built_from.write_text(str(version))
        return open_index(folder)


async def open_house(settings: Settings) -> House:
    """Open an installation; a missing one is created, migrated and given the packaged rules."""
    settings.beside.mkdir(parents=True, exist_ok=True)
    keys = settings.beside / "vault.keys"
    vault = Vault.open(keys) if keys.exists() else Vault.create(keys)
    store = open_sqlite(settings.file, vault)
    clock = clock_of(settings.on)
    edition = await store.current_edition()
    if edition is None:
        texts = packaged_texts()
        book = parse_rules(texts)
        edition = Edition(book.edition, texts, book.adopted, "packaged", clock())
        await store.put_edition(edition)
    else:
        book = restored(parse_rules(dict(edition.texts)), edition)
    directory = PointDirectory(calendar())
    office = Office(
        store=store,
        rulings=Rulings(book, gazetteer().chain),
        directory=directory,
        keys=vault,
        identity=identity_provider(settings),
        calendar=calendar(),
        clock=clock,
    )
    house = House(settings, store, vault, office, directory)
    await house.refresh()
    return house


@asynccontextmanager
async def house_of(settings: Settings) -> AsyncGenerator[House]:
    """Open an installation for the length of a command."""
    house = await open_house(settings)
    try:
        yield house
    finally:
        house.close()


def references(house: House) -> References:
    """Give the closed lists that imported rows are held against."""
    return References(gazetteer(), banks(), house.office.rulings.book.channels)


def identity_provider(settings: Settings) -> IdentityProvider:
    """Give the double where the demo left its secret, else nobody: real ones are configured."""
    secret = settings.beside / "demo-identity.key"
    if settings.demo and not secret.exists():
        secret.touch(mode=0o600)
        secret.write_bytes(os.urandom(32))
    return IdentityDouble(secret.read_bytes()) if secret.exists() else NoIdentityProvider()


async def fill_example_city(house: House, on_progress: Callable[[str], None]) -> bool:
    """Fill the fictitious city once; False if its points are there already."""
    if await house.store.points_version() > 0:
        return False
    office, today = house.office, house.office.clock().date()
    text = files("qika.partners.simulators").joinpath("example_city.toml").read_text("utf-8")
    city = example_city.parse_example_city(text)
    on_progress("points")
    points = list(city.points(lambda code: banks().name(code, Language.ZH), today))
    on_progress("cards")
    cards = list(
        example_city.example_cards(
            city,
            lambda number: house.vault.card_key(example_city.ISSUER, number),
            lambda card: clocks_of(office, card, office.clock()),
            today,
        )
    )
    await house.store.add_cards(cards, received_at=office.clock())
    on_progress("activations")
    acts = list(example_city.first_acts(cards, lambda channel: _listed(house, channel)))
    await perform(office, acts)
    await house.store.put_points(points)
    await house.refresh()
    return True


def _listed(house: House, channel: ChannelCode) -> Sequence[tuple[DocumentCode, Who]]:
    rules = house.office.rulings.on(example_city.ISSUER, house.office.clock().date())
    papers = offer(rules, channel, Who.HOLDER).documents
    return [(paper.accepted_codes()[0], paper.of) for paper in papers if paper.only_if is None]
