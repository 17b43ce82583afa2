"""A bank's files by the drop folder: taken whole or refused whole, each row once, both ways."""

import base64
import subprocess
import sys
import time

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from qika.partners.exchange.layout import Record

from tests.bank_files import LAYOUTS, Drop, bank_file, row, signature_file
from tests.journeys.terminal import Terminal, card_row, cards_csv
from tests.journeys.terminal import activation as activation_of
from tests.journeys.test_command_line import POINT_COLUMNS, POINTS
from tests.signers import Signer

FIXED = LAYOUTS["fixed"]
CARDS = 12
MANY = 6_000


class Bank:
    """A bank with a drop folder, before an installation with its cards."""

    def __init__(self, folder, cards: int = CARDS) -> None:
        self.terminal, self.drop = Terminal(folder), Drop(folder / "drop")
        self.drop.root.mkdir()
        rows = [card_row(f"T{number:08d}") for number in range(cards)]
        self._load("cards", "c.csv", cards_csv(rows))
        self._load("points", "p.csv", "\n".join((POINT_COLUMNS, *POINTS)) + "\n")
        self.signer = Signer.new("bank-1")
        self.scope()
        pem = self.terminal.file("public.pem", self.signer.public)
        self.terminal.json("partners", "add-key", "bank", "bank-1", pem)

    def _load(self, kind: str, name: str, text: str) -> None:
        said = self.terminal.type("import", kind, self.terminal.file(name, text))
        assert said.code == 0, said

    def scope(self, **changes: str) -> None:
        allowed = {"regions": "990000", "channels": "bank_counter,bank_entrusted", "banks": "102"}
        words = [f"--{name}={value}" for name, value in (allowed | changes).items()]
        self.terminal.json("partners", "put", "bank", "--name", "Bank", *words)

    def upload(self, content: bytes, name: str = "day1", layout: str = "fixed") -> None:
        self.drop.put(name, content, signature_file(self.signer.private.sign(content)))

    def take(self, code: int = 0, layout: str = "fixed") -> list[dict]:
        words = ("exchange", "take", str(self.drop.root), "--layout", layout)
        return self.terminal.json(*words, code=code)["files"]

    def refusal(self, content: bytes, layout: str = "fixed") -> tuple[str, int]:
        """Upload a wrong file; it is refused, and nothing of it is done."""
        before = self.events()
        self.upload(content, "wrong")
        [told] = self.take(1, layout)
        assert self.events() == before
        assert self.drop.names("in") == []
        assert {"wrong", "wrong.sig"} <= set(self.drop.names("refused"))
        text = self.drop.out("wrong.refused.txt").decode()
        assert f"code: {told['fault']}" in text
        assert text.count("\n") == 5
        return told["fault"], told["line"]

    def events(self) -> list[tuple[int, int]]:
        """Count events and the cards that have some."""
        return self.terminal.rows("select count(*), count(distinct card_key) from event")

    def senders(self) -> list[tuple[str]]:
        return self.terminal.rows("select distinct sender from event")

    def read(self, name: str, record: Record, layout=FIXED) -> list[dict]:
        """Read a file of ours whose signature and totals hold."""
        content, signed = self.drop.out(name), self.drop.out(f"{name}.sig").decode()
        pem = self.terminal.json("exchange", "key")["public_key"]
        made = signed.splitlines()[1].removeprefix("signature: ")
        load_pem_public_key(pem.encode()).verify(base64.b64decode(made), content)
        lines = content.splitlines()
        trailer = layout.read(lines[-1], len(lines), Record.TRAILER)
        assert int(trailer["count"]) == len(lines) - 2
        return [dict(layout.read(line, n, record)) for n, line in enumerate(lines[1:-1], 2)]


@pytest.fixture
def bank(tmp_path) -> Bank:
    return Bank(tmp_path)


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_a_file_is_taken_and_its_results_come_back_signed_and_added_up(bank, name):
    layout = LAYOUTS[name]
    rows = [row(1), row(99), row(2, presented="card:holder"), row(3, point_id="p:b2")]
    bank.scope(banks="102,103")
    bank.upload(bank_file(layout, rows))
    assert bank.take(layout=name) == [
        {"file": "day1", "rows": 4, "activated": 1, "fault": "", "line": 0}
    ]
    results = bank.read("day1.result", Record.RESULT, layout)
    assert [(one["of_line"], one["status"]) for one in results] == [
        ("2", "activated"), ("3", "card_not_found"), ("4", "documents_missing"),
        ("5", "wrong_bank"),
    ]  # fmt: skip
    assert (results[0]["social"], results[0]["financial"]) == ("normal", "normal")
    assert bank.drop.names("in") == []
    assert bank.drop.names("done") == ["day1", "day1.sig"]
    assert bank.events() == [(1, 1)]
    assert bank.senders() == [("bank",)]


def test_an_agents_letter_serves_once_in_files_as_at_the_counter(bank):
    papers = "card:holder id_card:holder id_card:agent power_of_attorney:holder"
    agent = {"channel": "bank_entrusted", "agent_number": "P7", "agent_name": "\U0002c029",
             "letter_signed_on": "20260301", "presented": papers}  # fmt: skip
    social, financial = {"applications": "social"}, {"applications": "financial"}
    letter = {"letter_number": "L-1"}
    bank.upload(bank_file(FIXED, [row(1, **agent | letter | social),
                                  row(1, **agent | letter | financial),
                                  row(2, **agent)]))  # fmt: skip
    bank.take()
    statuses = [one["status"] for one in bank.read("day1.result", Record.RESULT)]
    assert statuses == ["activated", "letter_used", "activated"]


def test_a_file_that_is_still_on_its_way_is_left_alone(bank):
    content = bank_file(FIXED, [row(1)])
    signature = signature_file(bank.signer.private.sign(content))
    bank.drop.put("day1", content[:50], None)
    bank.drop.put("day2.part", content, signature)
    bank.drop.put(".hidden", content, signature)
    (bank.drop.root / "in" / "linked").symlink_to(bank.drop.root / "in" / "day2.part")
    (bank.drop.root / "in" / "linked.sig").write_bytes(signature)
    before = bank.drop.names("in")
    assert bank.take() == []
    assert bank.drop.names("in") == before
    bank.drop.put("day1", content, signature)
    assert [one["file"] for one in bank.take()] == ["day1"]


WRONG = {
    "torn": (lambda: bank_file(FIXED, [row(1), row(2)])[:-40], {}, ("torn", 3)),
    "wrong count": (lambda: bank_file(FIXED, [row(1)], count="2"), {}, ("count", 3)),
    "wrong total": (lambda: bank_file(FIXED, [row(1)], total="2"), {}, ("total", 3)),
    "foreign region": (
        lambda: bank_file(FIXED, [row(1)], region="310000"), {}, ("region_not_allowed", 1),
    ),
    "a foreign card": (
        lambda: bank_file(FIXED, [row(1), row(2, issuer="310000")]),
        {"regions": "*"}, ("region_not_allowed", 3),
    ),
    "another bank": (lambda: bank_file(FIXED, [row(1)], bank="103"), {}, ("bank_not_allowed", 1)),
    "an outlet of another bank": (
        lambda: bank_file(FIXED, [row(1), row(2, point_id="p:b2")]), {}, ("bank_not_allowed", 3),
    ),
    "a channel that is not allowed": (
        lambda: bank_file(FIXED, [row(1, channel="home_visit")]), {}, ("channel_not_allowed", 2),
    ),
    "a point that is not allowed": (
        lambda: bank_file(FIXED, [row(1)]), {"points": "other:*"}, ("point_not_allowed", 2),
    ),
    "a gap": (lambda: bank_file(FIXED, [row(1)], sequence="2"), {}, ("sequence_gap", 1)),
    "a day to come": (lambda: bank_file(FIXED, [row(1)], day="29991231"), {}, ("day_in_future", 1)),
    "another encoding": (
        lambda: b"\xef\xbb\xbf" + bank_file(FIXED, [row(1)]), {}, ("encoding", 1),
    ),
}  # fmt: skip


def test_wrong_files_are_refused_whole_with_line_and_remedy(bank):
    plain = {name: one for name, one in WRONG.items() if not one[1]}
    for name, (make, _, _) in plain.items():
        bank.upload(make(), name)
    told = {one["file"]: (one["fault"], one["line"]) for one in bank.take(1)}
    assert told == {name: expected for name, (_, _, expected) in plain.items()}
    for name, (fault, line) in told.items():
        text = bank.drop.out(f"{name}.refused.txt").decode()
        assert text.startswith(f"file: {name}\ncode: {fault}\nline: {line}\nzh: "), name
    assert bank.drop.names("refused") == sorted([*plain, *(f"{name}.sig" for name in plain)])
    for make, scope, expected in (one for one in WRONG.values() if one[1]):
        bank.scope(**scope)
        assert bank.refusal(make()) == expected
    assert bank.events() == [(0, 0)]
    bank.scope()
    bank.upload(bank_file(FIXED, [row(1)]))
    assert bank.take()[0]["activated"] == 1, "the number was not used up"


def test_a_signature_of_another_file_or_of_a_suspended_partner_is_refused(bank):
    content = bank_file(FIXED, [row(1)])
    other = signature_file(bank.signer.private.sign(content + b" "))
    bank.drop.put("day1", content, other)
    assert bank.take(1)[0]["fault"] == "signature_wrong"
    stranger = signature_file(Signer.new("x").private.sign(content), "x")
    bank.drop.put("day1", content, stranger)
    assert bank.take(1)[0]["fault"] == "key_unknown"
    bank.terminal.json("partners", "suspend", "bank")
    assert bank.refusal(content) == ("partner_suspended", 1)


def test_files_are_taken_in_the_order_of_their_numbers_and_a_repeat_is_refused(bank):
    first = bank_file(FIXED, [row(1)], sequence="1")
    bank.upload(bank_file(FIXED, [row(3)], sequence="3"), "a")
    bank.upload(bank_file(FIXED, [row(2)], sequence="2"), "b")
    bank.upload(first, "c")
    assert [one["file"] for one in bank.take()] == ["c", "b", "a"]
    bank.upload(first, "c")
    [again] = bank.take(1)
    assert (again["fault"], again["line"]) == ("sequence_repeated", 1)
    assert "4 comes next" in bank.drop.out("c.refused.txt").decode()
    bank.upload(bank_file(FIXED, [row(4)], sequence="3"), "d")
    assert bank.take(1)[0]["fault"] == "sequence_repeated"
    assert bank.events() == [(3, 3)]


def test_what_happened_on_the_social_side_is_told_to_the_bank(bank):
    bank.upload(bank_file(FIXED, [row(1)]))
    bank.take()
    hospital = {"channel": "hospital_first_use", "use": "outpatient", "point_id": "p:h1"}
    told = bank.terminal.activate(activation_of("T00000002", "k-2", **hospital))
    assert told["status"] == "activated"
    bank.terminal.activate(activation_of("T00000003", "k-3", applications=["financial"]))
    today = told["applications"]["social"]["since"][:10]
    history = bank.terminal.json("status", "990000", "T00000002")["history"]
    heard_on = history[0]["received_at"][:10]
    words = ("exchange", "tell", str(bank.drop.root), "bank", "--bank", "102", "--region", "990000")
    [first] = bank.terminal.json(*words, "--on", heard_on)["files"]
    [change] = bank.read(first["file"], Record.CHANGE)
    assert (change["card_number"], change["event"], change["social"]) == (
        "T00000002", "activated", "normal",
    )  # fmt: skip
    assert change["occurred_at"][:8] == today.replace("-", "")
    [second] = bank.terminal.json(*words, "--on", "2026-01-01")["files"]
    assert second["rows"] == 0
    assert (first["file"][-6:], second["file"][-6:]) == ("000001", "000002")


def test_wrong_commands_say_what_is_wrong(bank, tmp_path):
    root = str(bank.drop.root)
    broken = bank.terminal.file("broken.toml", 'form = "other"')
    for words, text in (
        (("take", root, "--layout", "none"), "cannot be read"),
        (("take", str(tmp_path / "typo")), "no folder"),
        (("take", root, "--layout", broken), "form"),
        (("tell", root, "bank", "--bank", "1", "--region", "1", "--on", "x"), "no day"),
    ):
        said = bank.terminal.type("exchange", *words)
        assert said.code == 2, said
        assert text in said.err
    assert not (tmp_path / "typo").exists()
    assert "No signed file" in bank.terminal.type("exchange", "take", root).out
    assert "PUBLIC KEY" in bank.terminal.type("exchange", "key").out


def test_kill_9_in_the_middle_and_the_same_command_again_do_each_row_once(tmp_path):
    bank = Bank(tmp_path, MANY)
    bank.upload(bank_file(FIXED, [row(number) for number in range(MANY)]))
    program = [sys.executable, "-c", "from qika.cli import main; main()", "exchange", "take",
               str(bank.drop.root), "--data", str(tmp_path / "data")]  # fmt: skip
    with subprocess.Popen(program, stdout=subprocess.DEVNULL) as process:
        end = time.monotonic() + 60
        while bank.events() == [(0, 0)] and time.monotonic() < end:
            assert process.poll() is None
        process.kill()
    [(begun, _)] = bank.events()
    assert 0 < begun < MANY
    assert bank.drop.names("in") == ["day1", "day1.sig"]
    assert bank.take()[0]["activated"] == MANY
    assert bank.events() == [(MANY, MANY)]
    replayed = [one["replayed"] for one in bank.read("day1.result", Record.RESULT)]
    assert replayed.count("1") >= begun
    assert replayed.count("0") > 0


def test_a_file_that_was_carried_out_but_not_put_away_is_finished_without_doubling(bank):
    content = bank_file(FIXED, [row(1), row(2)])
    bank.upload(content)
    bank.take()
    before = bank.drop.out("day1.result")
    for name in bank.drop.names("done"):  # as if the process had died before it moved them
        (bank.drop.root / "done" / name).rename(bank.drop.root / "in" / name)
    assert bank.take()[0]["activated"] == 2
    assert bank.events() == [(2, 2)]
    assert bank.drop.out("day1.result") == before
    assert bank.drop.names("done") == ["day1", "day1.sig"]
    assert bank.drop.names("in") == []
