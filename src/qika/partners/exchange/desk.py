"""Taking what waits in a drop folder: checked whole, carried out, answered, put away."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from qika.activation.decide import day_of
from qika.authority.partner import Partner, Refusal
from qika.operations.exchange.records import FileKind, Header
from qika.operations.exchange.take import carry_out, not_allowed, place_of, remember
from qika.operations.exchange.tell import Numbers, changes
from qika.operations.office import Office
from qika.operations.ports import Archive
from qika.operations.registry import Roll
from qika.partners.exchange.faults import ExchangeError, ExchangeFault
from qika.partners.exchange.folder import RESULT, Arrived, DropFolder
from qika.partners.exchange.layout import Layout
from qika.partners.exchange.reading import BYTES_MAX, BankFile, read_file
from qika.partners.exchange.signature import Check, signature_text, signer_of
from qika.partners.exchange.words import refusal_text
from qika.partners.exchange.writing import changes_file, results_file


@dataclass(frozen=True, slots=True)
class ExchangeDesk:
    """What the exchange works with."""

    office: Office
    archive: Archive
    roll: Roll
    layout: Layout
    folder: DropFolder
    check: Check
    sign: Callable[[bytes], bytes]


class Taken(NamedTuple):
    """What became of a file."""

    file: str
    rows: int
    activated: int
    fault: str = ""
    """Why it was refused; empty if it was not."""
    line: int = 0


async def take_all(desk: ExchangeDesk) -> list[Taken]:
    """Take every file that waits; one that comes before its turn waits for those before it."""
    taken: list[Taken] = []
    waiting = list(desk.folder.arrived())
    while waiting:
        early: list[tuple[Arrived, ExchangeError]] = []
        for one in waiting:
            try:
                taken.append(await _take(desk, one))
            except ExchangeError as error:
                if error.fault is ExchangeFault.SEQUENCE_GAP:
                    early.append((one, error))
                else:
                    taken.append(_refused(desk, one, error))
        if len(early) == len(waiting):
            taken += [_refused(desk, one, error) for one, error in early]
            break
        waiting = [one for one, _ in early]
    return taken


async def _take(desk: ExchangeDesk, one: Arrived) -> Taken:
    """Take one file; raises ExchangeError, and then nothing was carried out."""
    partner, file = _checked(desk, one)
    await _check_place(desk, one, file)
    results = await carry_out(desk.office, partner.id, file.header, file.rows)
    if not desk.folder.has_result(one):
        header = replace(file.header, kind=FileKind.RESULTS)
        content = results_file(desk.layout, header, results)
        desk.folder.put(f"{one.name}{RESULT}", content, signature_text(desk.sign(content)))
    await remember(desk.archive, file.header, file.digest)
    desk.folder.finish(one)
    done = sum(1 for row in results if row.status == "activated")
    return Taken(one.name, len(results), done)


def _checked(desk: ExchangeDesk, one: Arrived) -> tuple[Partner, BankFile]:
    """Read a file whose signature is right and that its partner may send."""
    content, now = _content(one.path), desk.office.clock()
    signature = one.signature.read_bytes()
    partner = signer_of(content, signature, desk.roll, now, desk.check)
    file = read_file(content, desk.layout)
    wrong = not_allowed(desk.office, partner, file.header, file.rows)
    if wrong is not None:
        raise ExchangeError(_FAULTS[wrong.why], wrong.line)
    if file.header.day > day_of(now):
        raise ExchangeError(ExchangeFault.DAY_IN_FUTURE, 1)
    return partner, file


def _content(path: Path) -> bytes:
    if path.stat().st_size > BYTES_MAX:
        raise ExchangeError(ExchangeFault.TOO_LARGE, limit=f"{BYTES_MAX >> 20} MiB")
    return path.read_bytes()


async def _check_place(desk: ExchangeDesk, one: Arrived, file: BankFile) -> None:
    """Check that a file is the next one, or the last one, which was not put away yet."""
    place = await place_of(desk.archive, file.header, file.digest)
    sequence = file.header.sequence
    again = place.known and sequence == place.expected - 1 and not desk.folder.was_done(one)
    if sequence > place.expected:
        raise ExchangeError(ExchangeFault.SEQUENCE_GAP, 1, expected=place.expected)
    if sequence < place.expected and not again:
        raise ExchangeError(ExchangeFault.SEQUENCE_REPEATED, 1, expected=place.expected)


def _refused(desk: ExchangeDesk, one: Arrived, error: ExchangeError) -> Taken:
    desk.folder.refuse(one, refusal_text(error, one.name))
    return Taken(one.name, 0, 0, error.fault, error.line)


async def tell(desk: ExchangeDesk, numbers: Numbers, partner: str, header: Header) -> Taken:
    """Write for a bank what happened on the day of a header; its sequence is the next one."""
    place = await place_of(desk.archive, header, "")
    header = replace(header, sequence=place.expected)
    rows = [row async for row in changes(desk.office, numbers, header, partner)]
    content = changes_file(desk.layout, header, rows)
    name = f"changes-{header.bank}-{header.region}-{header.day:%Y%m%d}-{header.sequence:06}"
    desk.folder.put(name, content, signature_text(desk.sign(content)))
    await remember(desk.archive, header, name)
    return Taken(name, len(rows), 0)


_FAULTS = {
    Refusal.SUSPENDED: ExchangeFault.PARTNER_SUSPENDED,
    Refusal.REGION: ExchangeFault.REGION_NOT_ALLOWED,
    Refusal.CHANNEL: ExchangeFault.CHANNEL_NOT_ALLOWED,
    Refusal.POINT: ExchangeFault.POINT_NOT_ALLOWED,
    Refusal.BANK: ExchangeFault.BANK_NOT_ALLOWED,
}
