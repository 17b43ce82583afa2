"""The SQL by which listeners are told, each statement once, spelled as in ``statements``."""

from qika.storage.listener_rows import LISTENER_COLUMNS, SECRET_COLUMNS
from qika.storage.postgres.statements import unnested
from qika.storage.rows import EVENT_COLUMNS

_KEY = ("card_key", "bytea")
_EVENT_ROW = ", ".join(f"event.{column}" for column in EVENT_COLUMNS)

PENDING = f"""
select outbox.destination, outbox.next_at, outbox.tries, outbox.failing_since, card.issuer,
    {_EVENT_ROW}
from outbox
join event on event.card_key = outbox.card_key and event.seq = outbox.seq
join card on card.card_key = outbox.card_key
where outbox.destination = $1 and outbox.next_at <= $2 and not exists (
    select 1 from outbox as earlier where earlier.card_key = outbox.card_key
    and earlier.destination || '' = outbox.destination and earlier.seq < outbox.seq)
order by outbox.next_at, outbox.card_key, outbox.seq limit $3
"""  # noqa: S608
"""The earliest row of each card that waits, if it is due.

The destination beside an empty text is found by no index: so the earlier rows are looked up by
their card even under a plan that was made while the table was empty. Else all that waits for a
listener was read for each row of a page.
"""

_AT = (_KEY, ("seq", "integer"), ("destination", "text"), ("next_at", "bigint"))
_PLACE = unnested(_AT)
_AT_PLACE = (
    "outbox.card_key = given.card_key /*shards and outbox.card_key = any($1) */"
    " and outbox.seq = given.seq and outbox.destination = given.destination"
    " and outbox.next_at = given.next_at"
)
TELL = (
    "insert into told (card_key, seq, destination, acknowledged_at)"  # noqa: S608
    f" select outbox.card_key, outbox.seq, outbox.destination, $5 from {_PLACE} join outbox"
    f" on {_AT_PLACE} on conflict (card_key, seq, destination) do nothing"
)
GIVE_UP = (
    "insert into given_up (card_key, seq, destination, given_up_at)"  # noqa: S608
    f" select outbox.card_key, outbox.seq, outbox.destination, $5 from {_PLACE} join outbox"
    f" on {_AT_PLACE} on conflict (card_key, seq, destination) do nothing"
)
TAKE_OFF = f"delete from outbox using {_PLACE} where {_AT_PLACE}"  # noqa: S608
POSTPONE = (
    "update outbox set tries = outbox.tries + 1, next_at = given.until,"  # noqa: S608
    " failing_since = coalesce(outbox.failing_since, $6)"
    f" from {unnested((*_AT, ('until', 'bigint')))} where {_AT_PLACE}"
)

_SEQ = unnested((_KEY, ("seq", "integer")))
QUEUE = f"""
insert into outbox (card_key, seq, destination, next_at, tries)
select event.card_key, event.seq, $3, $4, 0 from {_SEQ}
join event on event.card_key = given.card_key /*shards and event.card_key = any($1) */
    and event.seq = given.seq
on conflict (card_key, seq, destination) do nothing
"""  # noqa: S608
FIND_AGAIN = f"""
delete from given_up using {_SEQ}
where given_up.card_key = given.card_key /*shards and given_up.card_key = any($1) */
    and given_up.seq = given.seq and given_up.destination = $3
"""  # noqa: S608

OF_DESTINATION = "select card_key, seq from outbox where destination = $1 limit $2"
GIVEN_UP_OF = "select card_key, seq from given_up where destination = $1 limit $2"
FORGET = f"""
delete from outbox using {_SEQ}
where outbox.card_key = given.card_key /*shards and outbox.card_key = any($1) */
    and outbox.seq = given.seq and outbox.destination = $3
"""  # noqa: S608

WAITING = (
    "select count(*), min(event.received_at) from outbox join event"
    " on event.card_key = outbox.card_key and event.seq = outbox.seq where destination = $1"
)
GIVEN_UP = "select count(*), max(given_up_at) from given_up where destination = $1"
SEALED_HOLDERS = "select card_key, sealed from holder where card_key = any($1)"

LISTENERS = f"select {', '.join(LISTENER_COLUMNS)} from listener order by listener"  # noqa: S608
ADD_LISTENER = (
    f"insert into listener ({', '.join(LISTENER_COLUMNS)})"  # noqa: S608
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (listener) do nothing"
    " returning listener"
)
SWITCH_LISTENER = (
    "update listener set state = $1, reason = $2, since = $3 where listener = $4 returning listener"
)
NOTE_FAULT = "update listener set fault = $1, failing_since = $2 where listener = $3"
DROP_LISTENER = "delete from listener where listener = $1 returning listener"
DROP_SECRETS = "delete from listener_secret where listener = $1"
DROP_LEASE = "delete from lease where listener = $1"
SECRETS = (
    f"select {', '.join(SECRET_COLUMNS)} from listener_secret where listener = $1 order by number"  # noqa: S608
)
ALL_SECRETS = f"select {', '.join(SECRET_COLUMNS)} from listener_secret"  # noqa: S608
PUT_SECRET = (
    f"insert into listener_secret ({', '.join(SECRET_COLUMNS)}) values ($1, $2, $3, $4)"  # noqa: S608
    " on conflict (listener, number) do update set sealed = excluded.sealed"
)
DROP_SECRET = "delete from listener_secret where listener = $1 and number = $2"  # noqa: S105
TAKE_LEASE = (
    "insert into lease (listener, holder, held_until) values ($1, $2, $3)"
    " on conflict (listener) do update set holder = excluded.holder,"
    " held_until = excluded.held_until"
    " where lease.holder = excluded.holder or lease.held_until not between $4 and $5"
    " returning holder"
)
FREE_LEASE = "delete from lease where listener = $1 and holder = $2"
