"""Street maps: which provider the operator chose, with which key; its tiles, ready to be asked."""

import os
import re
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from qika.partners.tiles.kept import TileFolder
from qika.partners.tiles.providers import Provider, Terms, providers_of
from qika.partners.tiles.source import Patience, TileSource, tile_client
from qika.terms.names import Language
from qika.web.site import Tiles
from qika.wiring.settings import SettingError, Settings

TABLE = "tiles.toml"
DAY_S = 24 * 3600
_KEY = re.compile(r"[A-Za-z0-9._~-]{1,200}")


class TilesFault(StrEnum):
    """Why a street map cannot be set up."""

    UNKNOWN = "unknown"
    TABLE = "table"
    APPROVAL = "approval"
    KEY = "key"


class TilesSettingError(SettingError):
    """A street map that cannot be set up: the fault, and what is meant."""

    def __init__(self, fault: TilesFault, text: str) -> None:
        """Keep what a message is made of."""
        super().__init__(fault, text)
        self.fault, self.text = fault, text


@dataclass(frozen=True, slots=True)
class ChosenTiles:
    """The provider that the operator chose, and its key."""

    provider: Provider
    key: str

    @property
    def verified(self) -> bool:
        """Tell whether the operator says that the terms are met."""
        return self.provider.terms is Terms.VERIFIED


def chosen_tiles(settings: Settings) -> ChosenTiles | None:
    """Give the provider of street maps; None if none was chosen.

    A row of ``tiles.toml`` in the data folder goes before the packaged one of the same name.
    Raises TilesSettingError.
    """
    if not settings.tiles:
        return None
    known = _packaged() | _own(settings.data / TABLE)
    provider = known.get(settings.tiles)
    if provider is None:
        raise TilesSettingError(TilesFault.UNKNOWN, settings.tiles)
    if not provider.approval.strip():
        raise TilesSettingError(TilesFault.APPROVAL, provider.id)
    return ChosenTiles(provider, _key(provider, os.environ))


@asynccontextmanager
async def tiles_of(settings: Settings) -> AsyncGenerator[Tiles | None]:
    """Open what tiles are fetched with; None if no provider was chosen."""
    chosen = chosen_tiles(settings)
    if chosen is None:
        yield None
        return
    provider = chosen.provider
    folder = TileFolder(
        settings.data / "tiles" / _folder(provider), provider.cache_days * DAY_S, time.time
    )
    async with tile_client(version("qika")) as client:
        source = TileSource(provider, chosen.key, folder, client, Patience(time.monotonic))
        yield Tiles(
            get=source.get,
            crs=provider.crs,
            attribution={
                Language.ZH: provider.attribution.zh,
                Language.EN: provider.attribution.en,
            },
            approval=provider.approval,
            zoom=provider.zoom,
            labels=bool(provider.labels_url),
        )


def _packaged() -> dict[str, Provider]:
    table = files("qika.partners.tiles") / "providers.toml"
    return providers_of(table.read_text("utf-8"))


def _own(path: Path) -> dict[str, Provider]:
    try:
        return providers_of(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise TilesSettingError(TilesFault.TABLE, f"{path}: {error}") from error


def _key(provider: Provider, environment: Mapping[str, str]) -> str:
    """Read the key from the environment, or from the file that the environment names."""
    name = provider.key_setting
    if name is None:
        return ""
    try:
        file = environment.get(f"{name}_FILE")
        key = Path(file).read_text("utf-8") if file else environment.get(name, "")
    except (OSError, ValueError) as error:
        raise TilesSettingError(TilesFault.KEY, name) from error
    if not _KEY.fullmatch(key.strip()):
        raise TilesSettingError(TilesFault.KEY, name)
    return key.strip()


def _folder(provider: Provider) -> str:
    """Name a folder; another map under the same id gets another one."""
    drawn = f"{provider.url} {provider.labels_url}"
    return f"{provider.id}-{sha256(drawn.encode()).hexdigest()[:12]}"
