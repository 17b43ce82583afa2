"""The SQL of the server store, each statement once.

Rows travel as one array for each column, so that a batch is one statement. A comment that begins
with ``shards`` holds what Citus needs beside a join to find the one shard of a statement; an
ordinary server would only compare more. ``for_shards`` takes the words out of these comments.
"""

from qika.storage.report_rows import COLUMNS as REPORT
from qika.storage.rows import CARD_COLUMNS, EVENT_COLUMNS, RECORDS
from qika.storage.stream_rows import COLUMNS as STREAM


def for_shards(text: str) -> str:
    """Give a statement as Citus needs it."""
    return text.replace("/*shards ", "").replace(" */", "")


def unnested(columns: tuple[tuple[str, str], ...], first: int = 1) -> str:
    """Give the rows whose columns are the parameters from ``first`` on, as ``given``."""
    arrays = ", ".join(f"${number}::{kind}[]" for number, (_, kind) in enumerate(columns, first))
    return f"unnest({arrays}) as given ({', '.join(name for name, _ in columns)})"


_RECORD_TYPES = ("text", "bigint", "text", "text", "text", "integer")
_RECORDS = tuple(zip(RECORDS, _RECORD_TYPES * 2, strict=True))
_KEY = ("card_key", "bytea")

CHANGE = (
    *(_KEY, ("expected", "integer"), *_RECORDS, ("chain", "bytea"), ("collected_on", "text")),
    *(("social_activates", "integer"), ("financial_activates", "integer")),
    *(("type", "text"), ("applications", "text"), ("occurred_at", "bigint")),
    *(("received_at", "bigint"), ("sender", "text"), ("rule_edition", "text")),
    *(("channel", "text"), ("point", "text"), ("who", "text"), ("used_for", "text")),
    *(("loss", "text"), ("reason", "text"), ("undoes", "integer"), ("request_key", "text")),
    *(("body_hash", "bytea"), ("answer", "bytea"), ("told_to", "text")),
    *(("letter_id", "text"), ("clocks", "text")),
)
"""What one change brings, column by column. ``expected`` is the version before; ``clocks`` are
"clock cycle day", joined by semicolons, without a day to close the clock."""

ATTEMPT = (
    *(_KEY, ("attempt_id", "bytea"), ("sender", "text"), ("request_key", "text")),
    *(("body_hash", "bytea"), ("status", "text"), ("channel", "text"), ("point", "text")),
    ("received_at", "bigint"),
)

_EVENT = (*EVENT_COLUMNS[2:], "request_key", "body_hash", "answer", "told_to")
_CLOCKS = (
    "from moved, string_to_table(moved.clocks, ';') as said (clock),"
    " string_to_array(said.clock, ' ') as part"
)

_CARD_MOVED = f"""update card set
    {", ".join(f"{column} = given.{column}" for column, _ in _RECORDS)},
    version = given.expected + 1,
    chain = given.chain,
    collected_on = coalesce(given.collected_on, card.collected_on),
    social_activated = greatest(card.social_activated, given.social_activates),
    financial_activated = greatest(card.financial_activated, given.financial_activates)
"""  # noqa: S608
_IN_TIME = """card.card_key = given.card_key /*shards and card.card_key = any($1) */
    and card.version = given.expected
    and given.social_activates not between 1 and card.social_activated
    and given.financial_activates not between 1 and card.financial_activated
    and (given.letter_id is null or (
        select seq from letter_use where letter_use.card_key = given.card_key
        /*shards and letter_use.card_key = any($1) */
        and letter_use.letter_id = given.letter_id) is null)"""
"""The guards: the version, the highest cycle in which an application was activated, and the
letters used. Each moves the version too, so that who waited for a card sees its version moved.
Whether a letter was used is asked by a scalar query, as ``not exists`` may read the whole table."""

COMMIT = f"""
with moved as (
    {_CARD_MOVED} from {unnested(CHANGE)} where {_IN_TIME} returning given.*
), noted as (
    insert into event (card_key, seq, {", ".join(_EVENT)}, chain)
    select card_key, expected + 1, {", ".join(_EVENT)}, chain from moved
), used as (
    insert into letter_use (card_key, letter_id, seq)
    select card_key, letter_id, expected + 1 from moved where letter_id is not null
), to_tell as (
    insert into outbox (card_key, seq, destination, next_at, tries)
    select moved.card_key, moved.expected + 1, destination, moved.received_at, 0
    from moved, string_to_table(moved.told_to, ' ') as destination
), opened as (
    insert into clock (card_key, clock, cycle, due_on)
    select moved.card_key, part[1], part[2]::integer, part[3] {_CLOCKS}
    where moved.clocks is not null and part[3] <> ''
    on conflict (card_key, clock, cycle) do update set due_on = excluded.due_on
    where clock.due_on is distinct from excluded.due_on
), closed as (
    update clock set due_on = null {_CLOCKS}
    where moved.clocks is not null and clock.card_key = moved.card_key
        and clock.clock = part[1] and clock.cycle = part[2]::integer and part[3] = ''
        and clock.due_on is not null
)
select case when count(*) < cardinality($1) then coalesce(array_agg(card_key), '{{}}') end
from moved
"""  # noqa: S608
"""Writes a batch, each card at most once. Gives the keys that moved; null if all did."""

MOVE = (*CHANGE[: len(_RECORDS) + 6], ("letter_id", "text"))
MOVE_CARDS = f"{_CARD_MOVED} from {unnested(MOVE)} where {_IN_TIME} returning card.card_key"
"""The first step of ``COMMIT``, for Citus, where the rows that go with the cards are copied."""
EVENTS = ("card_key", "seq", *_EVENT, "chain")
LETTERS_USED = ("card_key", "letter_id", "seq")
OUTBOX = ("card_key", "seq", "destination", "next_at", "tries")
"""The columns of the tables that are copied into."""

_CARD = ", ".join(f"card.{column}" for column in CARD_COLUMNS)
_EVENT_ROW = ", ".join(f"event.{column}" for column in EVENT_COLUMNS)

CARDS_OF_KEYS = f"select {_CARD} from card where card_key = any($1)"  # noqa: S608
ANSWERS = f"""
select event.card_key, event.sender, event.request_key, event.body_hash, event.answer
from {unnested((_KEY, ("sender", "text"), ("request_key", "text")))}
join event on event.card_key = given.card_key /*shards and event.card_key = any($1) */
    and event.sender = given.sender and event.request_key = given.request_key
"""  # noqa: S608
LETTERS = f"""
select letter_use.card_key, letter_use.letter_id
from {unnested((_KEY, ("letter_id", "text")))}
join letter_use on letter_use.card_key = given.card_key
    /*shards and letter_use.card_key = any($1) */ and letter_use.letter_id = given.letter_id
"""  # noqa: S608

DUE = (
    "select due_on, card_key, clock, cycle from clock"
    " where due_on < $1 and (due_on, card_key) > ($2, $3)"
    " order by due_on, card_key, clock, cycle limit $4"
)
DUE_OF_CARD = (
    "select due_on, card_key, clock, cycle from clock where due_on = $1 and card_key = $2"
    " order by clock, cycle"
)
HISTORIES = f"select {_EVENT_ROW} from event where card_key = any($1) order by card_key, seq"  # noqa: S608
PAGE = f"select {_CARD} from card where card_key > $1 order by card_key limit $2"  # noqa: S608
TOLD = """
select event.seq, told.acknowledged_at from event left join told
    on told.card_key = event.card_key and told.seq = event.seq and told.destination = $2
where event.card_key = $1 and $2 = any(string_to_array(event.told_to, ' '))
order by event.seq
"""
HOLDER = "select sealed from holder where card_key = $1"
ALIASES = "select card_key from alias where kind = $1 and hash = any($2)"

_CLOCK = unnested((_KEY, ("clock", "text"), ("cycle", "integer"), ("due_on", "text")))
PUT_CLOCKS = f"""
insert into clock (card_key, clock, cycle, due_on)
select card.card_key, given.clock, given.cycle, given.due_on from {_CLOCK}
join card on card.card_key = given.card_key /*shards and card.card_key = any($1) */
on conflict (card_key, clock, cycle) do update set due_on = excluded.due_on
where clock.due_on is distinct from excluded.due_on
"""  # noqa: S608
_READ_CLOCK = (_KEY, ("clock", "text"), ("cycle", "integer"), ("version", "integer"))
CLOSE_IF_UNCHANGED = f"""
update clock set due_on = null from {unnested(_READ_CLOCK)}
where clock.card_key = given.card_key /*shards and clock.card_key = any($1) */
    and clock.clock = given.clock and clock.cycle = given.cycle and clock.due_on is not null
    and exists (select 1 from card where card.card_key = clock.card_key
        /*shards and card.card_key = any($1) */ and card.version = given.version)
"""  # noqa: S608
CLOSE_CLOCKS = f"""
update clock set due_on = null
from {unnested((_KEY, ("clock", "text"), ("cycle", "integer")))}
where clock.card_key = given.card_key /*shards and clock.card_key = any($1) */
    and clock.clock = given.clock and clock.cycle = given.cycle and clock.due_on is not null
"""  # noqa: S608
MOVE_OPEN_CLOCKS = f"""
update clock set due_on = given.due_on from {_CLOCK}
where clock.card_key = given.card_key /*shards and clock.card_key = any($1) */
    and clock.clock = given.clock and clock.cycle = given.cycle and clock.due_on is not null
"""  # noqa: S608

REFUSE = f"""
insert into attempt ({", ".join(name for name, _ in ATTEMPT)})
select * from {unnested(ATTEMPT)} on conflict (card_key, attempt_id) do nothing
"""  # noqa: S608
OLD_ATTEMPTS = (
    "select card_key, attempt_id from attempt where received_at < $1 order by received_at limit $2"
)
DELETE_ATTEMPTS = f"""
delete from attempt using {unnested((_KEY, ("attempt_id", "bytea")))}
where attempt.card_key = given.card_key /*shards and attempt.card_key = any($1) */
    and attempt.attempt_id = given.attempt_id
"""  # noqa: S608

IMPORTED = (*CARD_COLUMNS, "generation")
_IMPORT_TYPES = (
    *("bytea", "text", "text", "text", "text", "text", *_RECORD_TYPES, *_RECORD_TYPES),
    *("integer", "bytea", "text"),
)
KNOWN = f"""
select {", ".join(f"card.{column}" for column in IMPORTED)}, holder.sealed
from card join holder on holder.card_key = card.card_key /*shards and holder.card_key = any($1) */
where card.card_key = any($1) order by card.card_key for update of card
"""  # noqa: S608
UPDATE_CARDS = f"""
update card set {", ".join(f"{column} = given.{column}" for column in IMPORTED[1:])}
from {unnested(tuple(zip(IMPORTED, _IMPORT_TYPES, strict=True)))}
where card.card_key = given.card_key /*shards and card.card_key = any($1) */
"""  # noqa: S608
UPDATE_HOLDERS = f"""
update holder set sealed = given.sealed from {unnested((_KEY, ("sealed", "bytea")))}
where holder.card_key = given.card_key /*shards and holder.card_key = any($1) */
"""  # noqa: S608
HOLDERS_AFTER = "select card_key from holder where card_key > $1 order by card_key limit $2"
LOCK_HOLDERS = (
    "select holder.card_key, holder.sealed from card join holder"
    " on holder.card_key = card.card_key /*shards and holder.card_key = any($1) */"
    " where card.card_key = any($1)"
    " order by card.card_key for update of card"
)
_ALIAS = unnested((("hash", "bytea"), ("kind", "text"), _KEY))
PUT_ALIASES = (
    "insert into alias (kind, hash, card_key) select kind, hash, card_key"  # noqa: S608
    f" from {_ALIAS} on conflict (kind, hash, card_key) do nothing"
)
DROP_ALIASES = f"""
delete from alias using {_ALIAS}
where alias.hash = given.hash /*shards and alias.hash = any($1) */
    and alias.kind = given.kind and alias.card_key = given.card_key
"""  # noqa: S608

LATEST = "select max(number) from edition_in_force"
CURRENT = (
    "select rule_edition.edition, texts, adopted, put_by, in_force_from from edition_in_force"
    " join rule_edition on rule_edition.edition = edition_in_force.edition where number = $1"
)
KEEP_EDITION = (
    "insert into rule_edition (edition, texts, adopted) values ($1, $2, $3)"
    " on conflict (edition) do nothing"
)
PUT_IN_FORCE = (
    "insert into edition_in_force (number, edition, put_by, in_force_from) values ($1, $2, $3, $4)"
)
OPEN_JOB = "select 1 from job where finished = 0 and starts_with(job, $1) limit 1"
JOB = "select rows_done from job where job = $1"
PUT_JOB = (
    "insert into job (job, rows_done, finished) values ($1, $2, $3) on conflict (job)"
    " do update set rows_done = excluded.rows_done, finished = excluded.finished"
)
SWEEP = "select place_due_on, place_key, tally from sweep_run where on_day = $1"
PUT_SWEEP = (
    "insert into sweep_run (on_day, place_due_on, place_key, tally, finished)"
    " values ($1, $2, $3, $4, $5) on conflict (on_day) do update set"
    " place_due_on = excluded.place_due_on, place_key = excluded.place_key,"
    " tally = excluded.tally, finished = excluded.finished"
)

POINT = (
    *(("point_id", "text"), ("name", "text"), ("kind", "text"), ("organization", "text")),
    *(("card_bank", "text"), ("address", "text"), ("landmark", "text"), ("region", "text")),
    *(("phone", "text"), ("lat", "double precision"), ("lon", "double precision")),
    *(("given_crs", "text"), ("hours_text", "text"), ("example", "integer")),
)
CAPABILITY = (
    *(("point_id", "text"), ("position", "integer"), ("channel", "text")),
    *(("applications", "text"), ("banks", "text"), ("regions", "text"), ("source", "text")),
    ("confirmed_on", "text"),
)


def _named(columns: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(name for name, _ in columns)


POINTS = f"select {_named(POINT)} from point order by point_id"  # noqa: S608
CAPABILITIES = f"select {_named(CAPABILITY)} from capability order by point_id, position"  # noqa: S608
SOME_POINTS = f"select {_named(POINT)} from point where point_id = any($1)"  # noqa: S608
SOME_CAPABILITIES = (
    f"select {_named(CAPABILITY)} from capability where point_id = any($1)"  # noqa: S608
    " order by point_id, position"
)
PUT_POINTS = (
    f"insert into point ({_named(POINT)}) select {_named(POINT)} from {unnested(POINT)}"  # noqa: S608
    " on conflict (point_id) do update set "
    + ", ".join(f"{name} = excluded.{name}" for name, _ in POINT[1:])
)
DROP_CAPABILITIES = "delete from capability where point_id = any($1)"
PUT_CAPABILITIES = (
    f"insert into capability ({_named(CAPABILITY)})"  # noqa: S608
    f" select {_named(CAPABILITY)} from {unnested(CAPABILITY)}"
)
SEALS = "select on_day, previous, root, cards, sealed_at, signature from seal order by on_day"
PUT_SEAL = (
    "insert into seal (on_day, previous, root, cards, sealed_at, signature)"
    " values ($1, $2, $3, $4, $5, $6) on conflict (on_day) do nothing"
)
SETTINGS = "select name, value from setting where name = any($1)"
COUNT_UP = (
    "insert into setting (name, value) values ($1, '1')"
    " on conflict (name) do update set value = (setting.value::bigint + 1)::text"
)
SET = (
    "insert into setting (name, value) values ($1, $2)"
    " on conflict (name) do update set value = excluded.value"
)

REPORTS_OF_HOUR = "select subject, number from report where hour = $1"
REPORTS_WAITING = "select count(*) from report where closed_at is null"
ADD_REPORT = (
    f"insert into report ({', '.join(REPORT)})"  # noqa: S608
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
)
REPORTS_AFTER = (
    f"select {', '.join(REPORT)} from report"  # noqa: S608
    " where (hour, number) > ($1, $2) and ($3 or closed_at is null) order by hour, number limit $4"
)
CLOSE_REPORT = (
    "update report set closed_at = $1 where hour = $2 and number = $3 and closed_at is null"
    " returning number"
)

PARTNERS = "select partner, name, scope, suspended from partner"
PARTNER_KEYS = (
    "select key_id, partner, algorithm, public_key, not_before, not_after from partner_key"
)
PUT_PARTNER = (
    "insert into partner (partner, name, scope, suspended) values ($1, $2, $3, $4)"
    " on conflict (partner) do update set name = excluded.name, scope = excluded.scope,"
    " suspended = excluded.suspended"
)
PUT_PARTNER_KEY = (
    "insert into partner_key (key_id, partner, algorithm, public_key, not_before, not_after)"
    " values ($1, $2, $3, $4, $5, $6)"
    " on conflict (key_id) do update set not_after = excluded.not_after"
)
FORGET_NONCES = "delete from nonce where expires_at < $1"
_NONCE = (("key_id", "text"), ("nonce", "text"), ("expires_at", "bigint"))
SPEND_NONCES = (
    f"insert into nonce ({_named(_NONCE)}) select {_named(_NONCE)} from {unnested(_NONCE)}"  # noqa: S608
    " on conflict (key_id, nonce) do nothing returning key_id, nonce"
)
WAIT_FOR_REPLICAS = (
    "select pg_logical_emit_message(true, 'qika', '')"
    " where current_setting('synchronous_standby_names') <> ''"
)
"""A commit with nothing in it but a word in the log: it waits as every commit does."""

_STREAM = ", ".join(STREAM)
ADD_STREAM = (
    f"insert into stream ({_STREAM}) values"  # noqa: S608
    f" ({', '.join(f'${number}' for number in range(1, len(STREAM) + 1))})"
    " on conflict (stream_id) do nothing returning version"
)
PUT_STREAM = (
    f"update stream set {', '.join(f'{name} = ${n}' for n, name in enumerate(STREAM[1:], 2))}"  # noqa: S608
    f" where stream_id = $1 and version = ${len(STREAM)}::bigint - 1 returning version"
)
STREAM_OF_ID = f"select {_STREAM} from stream where stream_id = $1"  # noqa: S608
OPEN_STREAMS = (
    f"select {_STREAM} from stream where ended_at is null"  # noqa: S608
    " order by received_at, stream_id limit $1"
)
ENDED_STREAMS = f"select {_STREAM} from stream where ended_at < $1 order by ended_at limit $2"  # noqa: S608
DROP_STREAM = "delete from stream where stream_id = $1"
PUT_STREAM_PART = (
    "insert into stream_part (upload, kind, number, content) values ($1, $2, $3, $4)"
    " on conflict (upload, kind, number) do update set content = excluded.content"
)
STREAM_PART = "select content from stream_part where upload = $1 and kind = $2 and number = $3"
DROP_STREAM_PARTS = "delete from stream_part where upload = $1 and kind = $2"
