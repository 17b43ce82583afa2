"""What changes rarely: editions of the rulebook, import jobs, sweep runs."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import cast

from qika.operations.ports import Edition
from qika.storage.chain import micros, moment
from qika.storage.rows import day, json_text, text_of
from qika.storage.seals import Seal, SealRow, seal_of, seal_row
from qika.storage.sqlite.connection import Connection
from qika.terms.names import IssuerCode

_CURRENT = (
    "select rule_edition.edition, texts, adopted, put_by, in_force_from from edition_in_force"
    " join rule_edition on rule_edition.edition = edition_in_force.edition"
    " order by number desc limit 1"
)


def current_edition(connection: Connection) -> Edition | None:
    """Read the edition that was put last."""
    row = connection.execute(_CURRENT).fetchone()
    if row is None:
        return None
    edition, texts, adopted, put_by, at = cast("tuple[str, str, str, str, int]", row)
    issuers = frozenset(IssuerCode(code) for code in json.loads(adopted))
    return Edition(edition, json.loads(texts), issuers, put_by, moment(at))


def put_edition(connection: Connection, edition: Edition) -> None:
    """Keep an edition, once, and put it in force."""
    connection.execute(
        "insert into rule_edition (edition, texts, adopted) values (?, ?, ?)"
        " on conflict do nothing",
        (edition.edition, json_text(dict(edition.texts)), json_text(sorted(edition.adopted))),
    )
    connection.execute(
        "insert into edition_in_force (number, edition, put_by, in_force_from)"
        " select coalesce(max(number), 0) + 1, ?, ?, ? from edition_in_force",
        (edition.edition, edition.put_by, micros(edition.in_force_from)),
    )


def seals(connection: Connection) -> list[Seal]:
    """Read every seal in the order of the days."""
    rows = connection.execute(
        "select on_day, previous, root, cards, sealed_at, signature from seal order by on_day"
    )
    return [seal_of(row) for row in cast("Iterable[SealRow]", rows)]


def put_seal(connection: Connection, seal: Seal) -> None:
    """Keep a seal, unless its day has one."""
    connection.execute(
        "insert into seal (on_day, previous, root, cards, sealed_at, signature)"
        " values (?, ?, ?, ?, ?, ?) on conflict (on_day) do nothing",
        seal_row(seal),
    )


def has_open_job(connection: Connection, kind: str) -> bool:
    """Tell whether a job of a kind was begun and not finished."""
    found = "select 1 from job where finished = 0 and substr(job, 1, ?) = ? limit 1"
    return connection.execute(found, (len(kind) + 1, f"{kind}:")).fetchone() is not None


def job_rows_done(connection: Connection, job: str) -> int:
    """Read how far a job has come."""
    row = connection.execute("select rows_done from job where job = ?", (job,)).fetchone()
    return cast("int", row[0]) if row else 0


def job_progress(connection: Connection, job: str, rows_done: int, *, finished: bool) -> None:
    """Keep how far a job has come."""
    connection.execute(
        "insert into job (job, rows_done, finished) values (?, ?, ?) on conflict (job)"
        " do update set rows_done = excluded.rows_done, finished = excluded.finished",
        (job, rows_done, int(finished)),
    )


def sweep_place(connection: Connection, on: date) -> tuple[date, bytes] | None:
    """Read where the sweep of a day stopped."""
    row = connection.execute(
        "select place_due_on, place_key from sweep_run where on_day = ?", (text_of(on),)
    ).fetchone()
    due_on, key = cast("tuple[str | None, bytes | None]", row or (None, None))
    at = day(due_on)
    return None if at is None or key is None else (at, key)


def sweep_tally(connection: Connection, on: date) -> Mapping[str, int]:
    """Read what the sweep of a day has counted."""
    row = connection.execute(
        "select tally from sweep_run where on_day = ?", (text_of(on),)
    ).fetchone()
    return cast("dict[str, int]", json.loads(cast("str", row[0]))) if row else {}


def sweep_progress(
    connection: Connection,
    on: date,
    place: tuple[date, bytes] | None,
    tally: Mapping[str, int],
    *,
    finished: bool,
) -> None:
    """Keep where the sweep of a day is."""
    due_on, key = (text_of(place[0]), place[1]) if place else (None, None)
    connection.execute(
        "insert into sweep_run (on_day, place_due_on, place_key, tally, finished)"
        " values (?, ?, ?, ?, ?) on conflict (on_day) do update set"
        " place_due_on = excluded.place_due_on, place_key = excluded.place_key,"
        " tally = excluded.tally, finished = excluded.finished",
        (text_of(on), due_on, key, json_text(dict(tally)), int(finished)),
    )
