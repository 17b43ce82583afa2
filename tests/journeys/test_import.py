"""An operator loads a cards file into the embedded store: whole, killed midway, and again."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

import qika.rulebook
from qika.cards.card import Card
from qika.operations.import_cards import import_cards
from qika.operations.import_points import import_points
from qika.operations.importing.references import References
from qika.operations.importing.tables import CARDS, POINTS
from qika.operations.importing.verdicts import ImportReport, Reason, Verdict
from qika.operations.office import Office
from qika.operations.rulings import Rulings
from qika.partners.tables.mapping import packaged_mapping_text, parse_mapping
from qika.partners.tables.opening import open_table
from qika.partners.tables.report import VerdictFile
from qika.rulebook.book import parse_rulebook
from qika.storage.sqlite import open_sqlite
from qika.storage.vault import Vault
from qika.terms.banks import parse_banks
from qika.terms.identity_number import check_digit
from qika.terms.names import CardNumber, IssuerCode, Language, State

from tests.doubles import NobodyProved, PointList
from tests.importing import NOON, Verdicts, packaged_banks_text, packaged_gazetteer, write_csv
from tests.people import PlainCalendar

BATCH = 2_048
ROWS = 5 * BATCH + 77
REPEATED = 40
"""Rows of the file that repeat an earlier card: its last ones."""
ROOT = Path(__file__).parents[2]


def cards_file(path: Path) -> Path:
    rows = [_row(number) for number in range(ROWS - REPEATED)]
    return write_csv(path, CARDS, rows + rows[:REPEATED])


def _row(number: int) -> dict[str, str]:
    first_17 = (
        f"110101{date(1950, 1, 1) + timedelta(days=number % 20_000):%Y%m%d}{number % 999:03d}"
    )
    return {
        "issuer": "990000",
        "card_number": f"J{number:08d}",
        "social_security_number": first_17 + check_digit(first_17),
        "name": "示例人",
        "card_bank": "102",
        "made_on": "2026-01-05",
        "collected_on": "2026-02-01" if number % 7 else "",
        "card_identifier": f"{number:032X}",
        "generation": "3",
    }


class Desk:
    """Where the operator sits: an office over the SQLite store in a folder."""

    def __init__(self, folder: Path) -> None:
        keys = folder / "keys.json"
        vault = Vault.open(keys) if keys.exists() else Vault.create(keys)
        self.store = open_sqlite(folder / "qika.db", vault)
        banks = parse_banks(packaged_banks_text())
        root = files(qika.rulebook)
        texts = {
            f"{prefix}{file.name}": file.read_text("utf-8")
            for prefix, place in (("", root), ("channels/", root / "channels"))
            for file in place.iterdir()
            if file.name.endswith(".toml")
        } | {"regions/990000.toml": (root / "regions" / "990000.toml").read_text("utf-8")}
        book = parse_rulebook(texts, banks.names)
        regions = packaged_gazetteer()
        self.references = References(regions, banks, book.channels)
        self.office = Office(
            store=self.store,
            rulings=Rulings(book, regions.chain),
            directory=PointList(()),
            keys=vault,
            identity=NobodyProved(),
            calendar=PlainCalendar(),
            clock=lambda: NOON,
        )

    def load_cards(self, path: Path, report: Path, *, tell: bool = False) -> ImportReport:
        def on_progress(done: int, total: int) -> None:
            if tell:
                print(done, total, flush=True)  # noqa: T201 - the parent waits for it

        async def load() -> ImportReport:
            with VerdictFile(report, Language.ZH) as sink:
                return await import_cards(
                    self.office,
                    self.store,
                    open_table(path, CARDS),
                    self.references,
                    dry_run=False,
                    on_progress=on_progress,
                    verdicts=sink,
                    batch=BATCH,
                )

        return asyncio.run(load())

    def card(self, number: int) -> Card | None:
        key = self.office.keys.card_key(IssuerCode("990000"), CardNumber(f"J{number:08d}"))
        file = asyncio.run(self.store.card_file(key))
        return None if file is None else file.card


@pytest.fixture
def cards(tmp_path):
    return cards_file(tmp_path / "cards.csv")


def _counts(folder: Path) -> dict[str, int]:
    import apsw  # noqa: PLC0415 - the tables are counted from outside

    database = apsw.Connection(str(folder / "qika.db"))
    tables = ("card", "holder", "alias")
    return {t: database.execute(f"select count(*) from {t}").fetchone()[0] for t in tables}


def test_a_file_is_loaded_encrypted_and_the_same_file_again_changes_nothing(tmp_path, cards):
    desk = Desk(tmp_path)
    first = desk.load_cards(cards, tmp_path / "first.csv")
    assert first.verdicts == {Verdict.ADDED: ROWS - REPEATED, Verdict.HELD_BACK: REPEATED}
    assert first.reasons == {Reason.DUPLICATE_CARD: REPEATED, Reason.DUPLICATE_IDENTIFIER: REPEATED}
    assert desk.card(1).social.state is State.SEALED
    assert desk.card(7).social.state is State.NOT_COLLECTED
    counts = _counts(tmp_path)
    again = desk.load_cards(cards, tmp_path / "again.csv")
    assert again.verdicts == {Verdict.UNCHANGED: ROWS - REPEATED, Verdict.HELD_BACK: REPEATED}
    assert not again.changed
    assert _counts(tmp_path) == counts
    desk.store.close()
    content = b"".join(path.read_bytes() for path in tmp_path.glob("qika.db*"))
    for secret in ("示例人", _row(1)["social_security_number"], "J00000001"):
        assert secret.encode() not in content


def test_kill_in_the_middle_and_run_again_gives_every_card_once(tmp_path, cards):
    folder = tmp_path / "office"
    folder.mkdir()
    command = [sys.executable, __file__, str(folder), str(cards)]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": paths}
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line.split()[0]) >= 2 * BATCH:
                child.send_signal(signal.SIGKILL)
                break
    assert child.returncode == -signal.SIGKILL
    assert not (folder / "report.csv").exists()
    desk = Desk(folder)
    stored = _counts(folder)["card"]
    assert 2 * BATCH <= stored < ROWS - REPEATED
    report = desk.load_cards(cards, folder / "report.csv")
    counts = report.verdicts
    assert counts[Verdict.HELD_BACK] == REPEATED
    assert counts[Verdict.DONE_BEFORE] >= 2 * BATCH
    assert counts[Verdict.DONE_BEFORE] + counts[Verdict.UNCHANGED] == stored
    assert sum(counts.values()) == ROWS
    cards_kept = ROWS - REPEATED
    tables = _counts(folder)
    assert (tables["card"], tables["holder"]) == (cards_kept, cards_kept)
    desk.store.close()
    whole = tmp_path / "whole"
    whole.mkdir()
    beside = Desk(whole)
    beside.load_cards(cards, whole / "report.csv")
    beside.store.close()
    assert _counts(whole) == tables


def test_real_hospitals_are_kept_by_the_embedded_store(tmp_path):
    desk = Desk(tmp_path)
    mapping = parse_mapping(packaged_mapping_text("points_real"), "points_real", POINTS)
    table = open_table(ROOT / "tests" / "data" / "hospitals_2020.csv", POINTS, mapping)

    def load() -> ImportReport:
        return asyncio.run(
            import_points(
                desk.store,
                table,
                desk.references,
                today=NOON.date(),
                dry_run=False,
                verdicts=Verdicts(),
            )
        )

    first, again = load(), load()
    assert len(asyncio.run(desk.store.points())) == first.verdicts[Verdict.ADDED] > 100
    assert again.verdicts[Verdict.UNCHANGED] == first.verdicts[Verdict.ADDED]
    assert not again.changed
    desk.store.close()


if __name__ == "__main__":
    _, here, file = sys.argv
    Desk(Path(here)).load_cards(Path(file), Path(here) / "report.csv", tell=True)
