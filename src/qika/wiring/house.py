"""An installation, open: built from its settings, its files and its secrets."""

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeAlias

from qika.operations.adopt import restored
from qika.operations.directory import PointDirectory
from qika.operations.importing.references import References
from qika.operations.importing.tables import POINTS
from qika.operations.office import Office
from qika.operations.ports import Edition, IdentityProvider
from qika.operations.registry import Registry
from qika.operations.rulings import Rulings
from qika.partners.simulators.identity import IdentityDouble, NoIdentityProvider
from qika.points.versions import tidy
from qika.storage.postgres import PostgresStore, open_postgres
from qika.storage.sqlite import SqliteStore, open_sqlite
from qika.storage.vault import Vault, VaultError
from qika.wiring.keyless import Keyless
from qika.wiring.packaged import banks, calendar, gazetteer, packaged_texts, parse_rules
from qika.wiring.points import Patience, in_own_process, newest_index
from qika.wiring.settings import Settings, clock_of

AnyStore: TypeAlias = SqliteStore | PostgresStore


@dataclass(slots=True)
class House:
    """One installation, open: its store, its office, and what it was built from."""

    settings: Settings
    store: AnyStore
    vault: Vault
    office: Office
    directory: PointDirectory
    edition_since: datetime
    registry: Registry
    index_version: str = ""
    patience: Patience = field(default_factory=Patience)
    serving: bool = False
    """Whether others wait for answers of this process while it keeps up with changes."""

    async def close(self) -> None:
        """Finish what waits to be written and close the database."""
        await close_store(self.store)

    def warm_up(self) -> None:
        """Make the first search as fast as the next: compile it, or load it compiled."""
        self.directory.warm_up()

    async def put_rules(self, texts: Mapping[str, str], by: str) -> None:
        """Put an edition in force in which ``texts`` replace the files of the same name.

        Adoptions stay. Raises RulebookRefusedError; then nothing has changed.
        """
        current = await self.store.current_edition()
        assert current is not None, "an open house has an edition"
        merged = {**current.texts, **texts}
        book = parse_rules(merged)
        for issuer in sorted(current.adopted - book.adopted):
            book = book.adopting(issuer)
        if book.edition == current.edition:
            return
        at = self.office.clock()
        await self.store.put_edition(Edition(book.edition, merged, book.adopted, by, at))
        self.office.rulings.put_in_force(book)
        self.edition_since = at

    async def refresh(self) -> None:
        """Take over rules, points, partners and listeners that another process has changed."""
        await self.registry.refresh()
        self.office.audience.take(await self.store.listeners())
        edition = await self.store.current_edition()
        rulings = self.office.rulings
        if edition is not None and edition.edition != rulings.book.edition:
            rulings.put_in_force(restored(parse_rules(dict(edition.texts)), edition))
            self.edition_since = edition.in_force_from
        version = await self.store.points_version()
        if version != self.index_version and await self._is_worth_an_index(version):
            await self._take_points(version)

    async def _is_worth_an_index(self, version: str) -> bool:
        """Tell whether to index points now; who serves others waits for the end of an import."""
        if not self.serving or not self.index_version:
            return True
        importing = await self.store.has_open_job(POINTS.kind)
        return self.patience.is_over(version, importing=importing)

    async def _take_points(self, version: str) -> None:
        """Answer from the points of this version, and let go of those before."""
        folder = self.settings.beside / "points"
        apart = partial(in_own_process, partial(prepare, self.settings)) if self.serving else None
        index = await newest_index(folder, self.store, version, build_apart=apart)
        self.directory.take(index)
        self.index_version = index.built_from
        tidy(folder)


def prepare(settings: Settings) -> None:
    """Create what is missing in an installation, and index its points."""
    with suppress(KeyboardInterrupt):
        asyncio.run(_prepare(settings))


async def _prepare(settings: Settings) -> None:
    async with house_of(settings, keyless=True):
        pass


async def open_house(settings: Settings, *, keyless: bool = False, serving: bool = False) -> House:
    """Open an installation; a missing one is created, migrated and given the packaged rules.

    ``keyless``: for a process of the public door, which never reads the file of card keys.
    ``serving``: for a process that answers others, and leaves long work to one of its own.
    """
    settings.beside.mkdir(parents=True, exist_ok=True)
    vault = Keyless() if keyless else await _vault(settings)
    store = await open_store(settings, vault)
    try:
        return await _furnished(settings, store, vault, serving=serving)
    except BaseException:
        await close_store(store)
        raise


async def open_store(settings: Settings, vault: Vault) -> AnyStore:
    """Open the database alone, made and migrated if need be."""
    if settings.on_server:
        return await open_postgres(settings.database, vault)
    return open_sqlite(settings.file, vault)


async def close_store(store: AnyStore) -> None:
    """Finish what waits to be written and close the database."""
    if isinstance(store, PostgresStore):
        await store.close()
    else:
        store.close()


async def _furnished(settings: Settings, store: AnyStore, vault: Vault, *, serving: bool) -> House:
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
    since = edition.in_force_from
    house = House(
        settings, store, vault, office, directory, since, Registry(store), serving=serving
    )
    await house.refresh()
    return house


async def _vault(settings: Settings) -> Vault:
    """Open the key file; a new one would make every card of an old database unfindable."""
    keys = settings.beside / "vault.keys"
    if keys.exists():
        return Vault.open(keys)
    if await _has_cards(settings):
        raise VaultError(f"{keys} is missing, and {settings.place} holds cards: restore it")
    try:
        return Vault.create(keys)
    except VaultError:  # another process made it a moment ago
        return Vault.open(keys)


async def _has_cards(settings: Settings) -> bool:
    if not settings.on_server and not settings.file.exists():
        return False
    store = await open_store(settings, Keyless())
    try:
        return await anext(store.histories(1), None) is not None
    finally:
        await close_store(store)


@asynccontextmanager
async def house_of(
    settings: Settings, *, keyless: bool = False, serving: bool = False
) -> AsyncGenerator[House]:
    """Open an installation for the length of a command."""
    house = await open_house(settings, keyless=keyless, serving=serving)
    try:
        yield house
    finally:
        await house.close()


def references(house: House) -> References:
    """Give the closed lists that imported rows are held against."""
    return References(gazetteer(), banks(), house.office.rulings.book.channels)


def is_demo(settings: Settings) -> bool:
    """Tell whether an installation is a demo: it left the secret of its identity double."""
    return settings.demo or _demo_secret(settings).exists()


def _demo_secret(settings: Settings) -> Path:
    return settings.beside / "demo-identity.key"


def identity_provider(settings: Settings) -> IdentityProvider:
    """Give the double where the demo left its secret, else nobody: real ones are configured."""
    secret = _demo_secret(settings)
    if settings.demo and not secret.exists():
        secret.touch(mode=0o600)
        secret.write_bytes(os.urandom(32))
    return IdentityDouble(secret.read_bytes()) if secret.exists() else NoIdentityProvider()
