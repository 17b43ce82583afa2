"""What the tables are, where their rows lie, and what they weigh.

One catalogue for every store: copying and checking read the tables here, and the plan of a province
or a nation its sizes. Which table is spread by which column says ``postgres.placement``.
"""

from dataclasses import dataclass

from qika.storage.postgres.placement import DISTRIBUTED, SHARDS

CARD_KEY = "card_key"


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the columns that order its rows: its primary key, or what holds it.

    ``row_bytes`` is what one row takes on disk with its indexes, ``rows_a_card`` is assumed; both
    are 0 for what does not grow with the cards.
    """

    name: str
    key: tuple[str, ...]
    row_bytes: int = 0
    rows_a_card: float = 0.0
    page_max: int = 0
    """Rows that may be held in memory at once, where a row is large; 0: any number."""

    @property
    def spread_by(self) -> str | None:
        """The column that decides the shard; None where every machine has all rows."""
        return DISTRIBUTED.get(self.name)

    @property
    def of_card(self) -> bool:
        """Whether its rows lie in the shard group of their card."""
        return self.spread_by == CARD_KEY


TABLES = (
    Table("card", ("card_key",), 253, 1.0),
    Table("holder", ("card_key",), 217, 1.0),
    Table("event", ("card_key", "seq"), 650, 2.0),
    Table("letter_use", ("card_key", "letter_id"), 143, 0.1),
    Table("attempt", ("card_key", "attempt_id"), 265, 0.1),
    Table("clock", ("card_key", "clock", "cycle"), 205, 1.0),
    Table("outbox", ("destination", "next_at", "card_key", "seq"), 258, 0.01),
    Table("told", ("card_key", "seq", "destination"), 174, 1.0),
    Table("given_up", ("card_key", "seq", "destination"), 174, 0.001),
    Table("alias", ("kind", "hash", "card_key"), 166, 2.0),
    Table("rule_edition", ("edition",)),
    Table("edition_in_force", ("number",)),
    Table("point", ("point_id",)),
    Table("capability", ("point_id", "position")),
    Table("job", ("job",)),
    Table("sweep_run", ("on_day",)),
    Table("setting", ("name",)),
    Table("partner", ("partner",)),
    Table("partner_key", ("key_id",)),
    Table("nonce", ("key_id", "nonce")),
    Table("report", ("hour", "number")),
    Table("seal", ("on_day",)),
    Table("stream", ("stream_id",)),
    Table("stream_part", ("upload", "kind", "number"), page_max=64),
    Table("listener", ("listener",)),
    Table("listener_secret", ("listener", "number")),
    Table("lease", ("listener",)),
)
"""Every table that migrations make, those that others refer to first.

``row_bytes`` was measured by ``pg_total_relation_size`` on PostgreSQL 15.20: 200,000 fictitious
cards written in random order, half of them activated in batches of 512 and told, a tenth with a
letter and a refused attempt; dead rows of the updates included, the outbox while it was full.
``given_up`` has the columns of ``told``. ``rows_a_card`` are assumptions: two events in the life
of a card, one of them told, two aliases.
"""

OF_CARDS = tuple(table for table in TABLES if table.of_card)

GROUP_BYTES_MAX = 10 * 2**30
"""A shard group larger than this takes minutes to move to another machine; a judgement."""

SHARDS_MAX = 1_024
"""More shards cost every statement that spans them all more than they spare a rebalance."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What one table takes for a stated number of cards."""

    table: Table
    rows: int
    size: int
    """Bytes, indexes included."""
    shard_size: int
    """Bytes of one of its shards."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Shards and sizes for a stated number of cards."""

    cards: int
    shards: int
    advised: int
    weights: tuple[Weight, ...]

    @property
    def size(self) -> int:
        """Bytes of everything that is spread."""
        return sum(weight.size for weight in self.weights)

    @property
    def group_size(self) -> int:
        """Bytes of one shard group: what moves together to another machine."""
        return sum(weight.shard_size for weight in self.weights if weight.table.of_card)


def plan(cards: int, shards: int = 0) -> Plan:
    """Lay out ``cards`` cards over ``shards`` shards; 0 takes the number that is advised.

    Advised is the smallest power of two, from 32 to 1,024, by which a shard group of cards stays
    below ``GROUP_BYTES_MAX``. Raises ValueError for fewer than one card or less than no shard.
    """
    if cards < 1 or shards < 0:
        raise ValueError("a plan needs at least one card and no negative number of shards")
    group = sum(_rows(table, cards) * table.row_bytes for table in OF_CARDS)
    advised = SHARDS
    while advised < SHARDS_MAX and group > advised * GROUP_BYTES_MAX:
        advised *= 2
    chosen = shards or advised
    weights = tuple(_weight(table, cards, chosen) for table in TABLES if table.spread_by)
    return Plan(cards, chosen, advised, weights)


def _rows(table: Table, cards: int) -> int:
    return round(table.rows_a_card * cards)


def _weight(table: Table, cards: int, shards: int) -> Weight:
    rows = _rows(table, cards)
    size = rows * table.row_bytes
    return Weight(table, rows, size, -(-size // shards))
