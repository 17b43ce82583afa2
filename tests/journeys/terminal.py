"""The command line as journeys use it: the real commands on a real database, in this process."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import pytest

from qika.cli.main import run
from qika.cli.screen import screen

ISSUER = "990000"
HOLDER_PAPERS = [{"document": "card", "of": "holder"}, {"document": "id_card", "of": "holder"}]
CARD_COLUMNS = (
    "issuer,card_number,card_identifier,social_security_number,name,card_bank,made_on,"
    "collected_on,generation"
)


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Terminal:
    """A terminal whose data folder is its own."""

    folder: Path

    def type(self, *words: str, lang: str = "en") -> Said:
        """Run a command in this process."""
        out, err, before = io.StringIO(), io.StringIO(), screen.language
        arguments = [*words, "--lang", lang, "--data", str(self.folder / "data")]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = run(arguments)
            finally:
                screen.language = before
        return Said(code, out.getvalue(), err.getvalue())

    def json(self, *words: str, code: int = 0, lang: str = "en") -> Any:
        """Run a command with ``--json``, expect its exit code, read what it prints."""
        said = self.type(*words, "--json", lang=lang)
        assert said.code == code, said
        return said.json

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the data folder's file by the SQLite that wrote it: two on one file lose pages."""
        path, flags = self.folder / "data" / "qika.sqlite", apsw.SQLITE_OPEN_READONLY
        with contextlib.closing(apsw.Connection(str(path), flags=flags)) as database:
            return database.execute(statement).fetchall()

    def file(self, name: str, content: object) -> str:
        """Write a file: text as it is, anything else as JSON."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return str(path)

    def activate(self, body: Mapping[str, Any], *options: str, code: int = 0) -> Any:
        """Activate one card; give its outcome."""
        path = self.file("activation.json", body)
        return self.json("activate", path, *options, code=code)["outcomes"][0]

    def record(self, body: Mapping[str, Any], *options: str, code: int = 0) -> Any:
        """Record one event; give its outcome."""
        path = self.file("event.json", body)
        return self.json("record", path, *options, code=code)["outcomes"][0]

    def states(self, number: str, issuer: str = ISSUER) -> tuple[str, str]:
        """Give the states of both applications of a card."""
        held = self.json("status", issuer, number)["applications"]
        return held["social"]["state"], held["financial"]["state"]


@contextlib.contextmanager
def as_process(*words: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start the real program; end it if it is still there."""
    with subprocess.Popen(
        [sys.executable, "-c", "from qika.cli import main; main()", *words],
        env={**os.environ, "QIKA_DATA": str(folder), "QIKA_LANG": "en"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def cards_csv(rows: Sequence[str]) -> str:
    """Write a cards file."""
    return "\n".join((CARD_COLUMNS, *rows)) + "\n"


def card_row(number: str, *, collected_on: str = "2026-01-05", bank: str = "102") -> str:
    """Write one row: a holder of the fictitious city, by a made-up passport number."""
    made_on = "2026-01-02"
    return f"{ISSUER},{number},,P{number},Li Shi,{bank},{made_on},{collected_on},3"


def activation(number: str, key: str, **changes: Any) -> dict[str, Any]:
    """Write the body of an activation at the bank counter."""
    body = {
        "request_key": key,
        "card": {"issuer": ISSUER, "card_number": number},
        "channel": "bank_counter",
        "occurred_at": "2026-03-02T10:00:00+08:00",
        "presented": HOLDER_PAPERS,
    }
    return {**body, **changes}


def event(number: str, key: str, kind: str, **changes: Any) -> dict[str, Any]:
    """Write the body of an event."""
    body = {
        "request_key": key,
        "card": {"issuer": ISSUER, "card_number": number},
        "type": kind,
        "occurred_at": "2026-03-02T10:00:00+08:00",
    }
    return {**body, **changes}


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal with an empty data folder."""
    return Terminal(tmp_path)
