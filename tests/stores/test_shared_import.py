"""An import shared with worker processes: the same cards, verdicts and order as without them."""

import asyncio
import csv
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from qika.operations.import_cards import import_cards
from qika.operations.importing.references import References
from qika.operations.importing.tables import CARDS
from qika.operations.importing.verdicts import ImportReport, Verdict
from qika.operations.office import Office
from qika.operations.rulings import Rulings
from qika.partners.tables.opening import open_table
from qika.partners.tables.report import VerdictFile
from qika.rulebook.book import parse_rulebook
from qika.storage.postgres import Kind, Placement, open_postgres
from qika.storage.vault import Vault
from qika.terms.names import Language
from qika.wiring import banks, gazetteer, packaged_texts

from tests.doubles import NobodyProved, PointList
from tests.importing import NOON, write_csv
from tests.people import PlainCalendar

BATCH = 512
ROWS = 12 * BATCH + 77
ROOT = Path(__file__).parents[2]
PLAIN = Placement(Kind.PLAIN)


def cards_file(path: Path) -> Path:
    """Good rows, one in fifty of no bank, one in seventy a repetition of an earlier one."""
    rows = [
        {
            "issuer": "990000",
            "card_number": f"J{number - (number - 60 if number % 70 == 69 else 0):08d}",
            "social_security_number": "110101199003070003",
            "name": "示例人",
            "card_bank": "no bank" if number % 50 == 7 else "102",
            "made_on": "2026-01-05",
            "collected_on": "2026-02-01" if number % 7 else "",
            "card_identifier": f"{number:032X}" if number % 3 else "",
            "generation": "3",
        }
        for number in range(ROWS)
    ]
    return write_csv(path, CARDS, rows)


def load(
    address: str, folder: Path, path: Path, workers: int, *, tell: bool = False
) -> ImportReport:
    def on_progress(done: int, total: int) -> None:
        if tell:
            print(done, total, flush=True)  # noqa: T201 - the parent waits for it

    async def run() -> ImportReport:
        keys = folder / "keys.json"
        vault = Vault.open(keys) if keys.exists() else Vault.create(keys)
        store = await open_postgres(address, vault)
        known, regions = banks(), gazetteer()
        book = parse_rulebook(packaged_texts(), known.names)
        office = Office(
            store, Rulings(book, regions.chain), PointList(()), vault, NobodyProved(),
            PlainCalendar(), lambda: NOON,
        )  # fmt: skip
        try:
            with VerdictFile(folder / f"report{workers}.csv", Language.ZH) as sink:
                return await import_cards(
                    office, store, open_table(path, CARDS),
                    References(regions, known, book.channels),
                    dry_run=False, on_progress=on_progress, verdicts=sink, batch=BATCH,
                    workers=workers,
                )  # fmt: skip
        finally:
            await store.close()

    return asyncio.run(run())


def rows(server, address: str) -> dict[str, list[tuple[object, ...]]]:
    """Everything of the cards that is not drawn by chance."""
    name = address.rpartition("/")[2]
    asked = {
        "card": "select * from card order by card_key",
        "holder": "select card_key from holder order by card_key",
        "clock": "select * from clock order by card_key, clock, cycle",
        "alias": "select * from alias order by kind, hash, card_key",
    }
    return {table: server.sql(name, sql) for table, sql in asked.items()}


def test_workers_store_the_same_cards_and_say_the_same_of_every_row(postgres, tmp_path):
    path = cards_file(tmp_path / "cards.csv")
    alone, shared = (postgres.empty(f"import_{name}", PLAIN) for name in ("alone", "shared"))
    first = load(alone, tmp_path, path, 0)
    second = load(shared, tmp_path, path, 2)
    assert first.verdicts[Verdict.ADDED] > ROWS * 0.9
    assert first.verdicts[Verdict.HELD_BACK] > ROWS // 50
    assert (second.verdicts, second.reasons) == (first.verdicts, first.reasons)
    assert (tmp_path / "report2.csv").read_bytes() == (tmp_path / "report0.csv").read_bytes()
    assert rows(postgres, shared) == rows(postgres, alone)
    again = load(shared, tmp_path, path, 2)
    assert again.verdicts[Verdict.UNCHANGED] == first.verdicts[Verdict.ADDED]
    assert not again.changed


def test_kill_with_workers_at_work_and_run_again_gives_every_card_once(postgres, tmp_path):
    path = cards_file(tmp_path / "cards.csv")
    whole, broken = (postgres.empty(f"import_{name}", PLAIN) for name in ("whole", "broken"))
    load(whole, tmp_path, path, 0)
    command = [sys.executable, "-m", __spec__.name, broken, str(tmp_path), str(path)]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": paths},
    ) as child:  # fmt: skip
        assert child.stdout is not None
        for line in child.stdout:
            if int(line.split()[0]) >= 2 * BATCH:
                child.send_signal(signal.SIGKILL)
                break
    assert child.returncode == -signal.SIGKILL
    report = load(broken, tmp_path, path, 2)
    assert report.verdicts[Verdict.DONE_BEFORE] > BATCH
    assert report.adds_up
    assert rows(postgres, broken) == rows(postgres, whole)
    with (tmp_path / "report2.csv").open(encoding="utf-8-sig", newline="") as file:
        said = Counter(row["verdict"] for row in csv.DictReader(file))
    assert said.total() == ROWS


if __name__ == "__main__":
    load(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), 2, tell=True)
