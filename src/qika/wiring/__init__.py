"""The one place that builds things, and that reads the clock, settings, files and secrets."""

from qika.wiring.example import fill_example_city
from qika.wiring.house import House, house_of, open_house, references
from qika.wiring.packaged import (
    banks,
    calendar,
    folder_texts,
    gazetteer,
    packaged_texts,
    parse_rules,
)
from qika.wiring.serving import (
    LOOPBACK,
    Serving,
    WorkerFailedError,
    serve_until_stopped,
    site_of,
)
from qika.wiring.settings import (
    STREAM_DAYS,
    STREAM_MAX_MB,
    SettingError,
    Settings,
    UnknownDatabaseError,
    checked_authorities,
    checked_fonts,
    checked_hosts,
    checked_networks,
    checked_origin,
    checked_proxies,
    clock_of,
    default_data,
    default_database,
    default_tiles,
    now,
)
from qika.wiring.telling import listens, reach_of, tell_once
from qika.wiring.tiles import TilesSettingError, chosen_tiles

__all__ = [
    "LOOPBACK",
    "STREAM_DAYS",
    "STREAM_MAX_MB",
    "House",
    "Serving",
    "SettingError",
    "Settings",
    "TilesSettingError",
    "UnknownDatabaseError",
    "WorkerFailedError",
    "banks",
    "calendar",
    "checked_authorities",
    "checked_fonts",
    "checked_hosts",
    "checked_networks",
    "checked_origin",
    "checked_proxies",
    "chosen_tiles",
    "clock_of",
    "default_data",
    "default_database",
    "default_tiles",
    "fill_example_city",
    "folder_texts",
    "gazetteer",
    "house_of",
    "listens",
    "now",
    "open_house",
    "packaged_texts",
    "parse_rules",
    "reach_of",
    "references",
    "serve_until_stopped",
    "site_of",
    "tell_once",
]
