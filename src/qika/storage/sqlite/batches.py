"""A batch of changes as few parameters: one JSON text, made before the writer has it.

SQLite works through such a text without the interpreter's lock, so that the next batch can be
decided meanwhile. Blobs are in hexadecimal there.
"""

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from qika.operations.ports import Change
from qika.storage.chain import Facts, micros
from qika.storage.rows import Written, spell, text_of

Line: TypeAlias = tuple[
    str, int, tuple[str | int | None, ...], int, str, str | None, int, int,
    Facts, str | None, str | None, str | None, str | None,
]  # fmt: skip
"""What one change writes: key, version before, both records, version, chain, day of collection,
cycles activated, facts of the event (whose key is not read), request key, hash of its body,
answer, destinations."""

_encode = msgspec.json.Encoder().encode


class Batch(msgspec.Struct, frozen=True, gc=False):
    """Changes spelled out. Lists and texts are empty where there is nothing of a kind."""

    size: int
    waves: Sequence[str]
    """Lines in order of key: the first change of each card, then the second ones, and so on."""
    outbox: str
    letters: Sequence[tuple[bytes, str, int]]
    clocks: Sequence[tuple[bytes, str, int, str | None]]
    """Clocks that are set; one without a day is closed."""


def batch_of(changes: Sequence[Change]) -> Batch:
    """Spell a batch out."""
    return _batch(changes, spell(changes))


def batches_of_one(changes: Sequence[Change]) -> list[Batch]:
    """Spell out the same changes, one batch for each; hashes follow on each other as in one."""
    written = spell(changes)
    return [_batch((change,), (one,)) for change, one in zip(changes, written, strict=True)]


def _batch(changes: Sequence[Change], spelled: Sequence[Written]) -> Batch:
    outbox = [
        (destination, micros(change.event.received_at), change.card.key.hex(), change.card.version)
        for change in changes
        for destination in change.destinations
    ]
    letters = [
        (change.card.key, change.letter_id, change.card.version)
        for change in changes
        if change.letter_id is not None
    ]
    clocks = [
        (change.card.key, row.clock, row.cycle, text_of(row.due_on))
        for change in changes
        for row in change.clocks
    ]
    return Batch(
        len(changes), _waves(spelled), _json(sorted(outbox)) if outbox else "", letters, clocks
    )


def _waves(spelled: Sequence[Written]) -> list[str]:
    """Give the lines in waves, as one statement can change a card only once."""
    waves: list[dict[str, Line]] = [{}]
    for written in spelled:
        line = _line(written)
        for wave in waves:
            if line[0] not in wave:
                break
        else:
            waves.append(wave := {})
        wave[line[0]] = line
    return [_json([wave[key] for key in sorted(wave)]) for wave in waves]


def _line(one: Written) -> Line:
    return (
        one.key.hex(),
        one.expected,
        one.records,
        one.expected + 1,
        one.chain.hex(),
        one.came,
        one.social,
        one.financial,
        one.facts,
        one.request_key,
        None if one.body_hash is None else one.body_hash.hex(),
        None if one.answer is None else one.answer.decode(),
        one.told_to,
    )


def _json(rows: Sequence[object]) -> str:
    return _encode(rows).decode()
