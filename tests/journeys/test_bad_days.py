"""Bad days as people and systems meet them: a sentence, an exit code, a 503; then it goes on."""

import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import apsw
import httpx
import pytest

import qika
from qika.operations.activate import perform
from qika.operations.batch import Gatherer
from qika.terms.names import Language
from qika.web.api.cards import answer_activations
from qika.web.app import build_app
from qika.wiring import Settings, house_of, site_of

from tests.counting import each_is_stored_once
from tests.disks import small_disk
from tests.journeys.terminal import Terminal, activation, card_row, cards_csv
from tests.journeys.test_demo import free_port

COMMANDS = {
    "plan": ("plan", "--region", "990000"),
    "near": ("near", "31.0", "111.0"),
    "activate": ("activate", "{body}"),
    "record": ("record", "{body}"),
    "status": ("status", "990000", "T00000001"),
    "sweep": ("sweep", "--on", "2026-12-01"),
    "deliver": ("deliver",),
    "import cards": ("import", "cards", "{cards}"),
    "rules show": ("rules", "show", "990000"),
    "rules adopt": ("rules", "adopt", "990000", "--by", "x"),
    "audit verify": ("audit", "verify"),
    "serve": ("serve", "--port", "{port}"),
}
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def terminal(tmp_path) -> Terminal:
    return Terminal(tmp_path)


def words(terminal: Terminal, name: str) -> list[str]:
    body = terminal.file("body.json", activation("T00000001", "k"))
    cards = terminal.file("cards.csv", cards_csv([card_row("T00000001")]))
    return [word.format(body=body, cards=cards, port=free_port()) for word in COMMANDS[name]]


def one_sentence(said, lang: str, *parts: str) -> None:
    """It broke, it said so in one line of that language, and told nobody's password."""
    assert said.code == 3, said
    (line,) = said.err.strip().splitlines()
    assert bool(HAN.search(line)) == (lang == "zh")
    assert line.rstrip().endswith("\u3002" if lang == "zh" else ".")
    assert all(part in line for part in parts), line
    assert "hush" not in said.out + said.err
    assert "Error" not in line, "a class of ours is no word of the language"
    assert not said.out, "nothing was begun"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_server_out_of_reach_is_one_sentence_and_exit_3(terminal, name, lang):
    there = "postgresql://clerk:hush@127.0.0.1:1/qika"
    said = terminal.type(*words(terminal, name), "--database", there, lang=lang)
    one_sentence(said, lang, "postgresql://127.0.0.1:1/qika")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_that_is_no_database_is_one_sentence_and_exit_3(terminal, name, lang):
    path = terminal.file("data/qika.sqlite", "no database " * 1_000)
    before = Path(path).read_bytes()
    one_sentence(terminal.type(*words(terminal, name), lang=lang), lang, "qika.sqlite")
    assert Path(path).read_bytes() == before


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_database_of_a_newer_program_is_one_sentence_and_exit_3(terminal, postgres, lang):
    assert terminal.type(*words(terminal, "import cards")).code == 0
    database = apsw.Connection(str(terminal.folder / "data" / "qika.sqlite"))
    database.execute("insert into schema_version values (99, '0099_later.sql', 'x')")
    database.close()
    one_sentence(terminal.type(*words(terminal, "status"), lang=lang), lang, "newer")
    there = postgres.database("newer")
    assert terminal.type(*words(terminal, "import cards"), "--database", there).code == 0
    postgres.sql("newer", "insert into schema_version values (99, '0099_later.sql', 'x')")
    said = terminal.type(*words(terminal, "status"), "--database", there, lang=lang)
    one_sentence(said, lang, "newer")


def test_a_server_that_is_another_programs_is_one_sentence_and_exit_3(terminal, postgres):
    there = postgres.database("others")
    postgres.sql("others", "create table card (number int)")
    said = terminal.type(*words(terminal, "status"), "--database", there)
    one_sentence(said, "en", "already exists")
    assert postgres.sql("others", "select count(*) from card") == [(0,)]


@pytest.fixture
def place():
    """A folder that the account of the server may enter."""
    folder = Path(tempfile.mkdtemp(prefix="qika-bad-day-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def served(settings):
    """A house and the means to post to it, as a process of the demo serves it."""
    async with house_of(settings) as house:
        gatherer = Gatherer(partial(perform, house.office))
        doors = frozenset({"public", "partner"})
        app = build_app(site_of(house, doors=doors, gatherer=gatherer, point_required=False))
        transport = httpx.ASGITransport(app)
        english = {"accept-language": "en"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://qika", headers=english
        ) as http:
            yield house, http
        await gatherer.close()


NUMBERS = [f"T{number:08d}" for number in range(400)]
BODIES = [activation(number, "same") for number in NUMBERS]


async def told(http):
    """Send every activation, a few at once; give the numbers by status, and the refusals."""
    answers = []
    for start in range(0, len(BODIES), 20):
        some = BODIES[start : start + 20]
        answers += await asyncio.gather(*(http.post("/v1/activations", json=one) for one in some))
    done = {
        number: answer.json()["outcomes"][0]["replayed"]
        for number, answer in zip(NUMBERS, answers, strict=True)
        if answer.status_code == 200
    }
    return done, [answer for answer in answers if answer.status_code != 200]


def test_a_full_disk_is_a_503_and_nothing_acknowledged_is_lost(place):
    with small_disk(place / "disk", 12) as disk:
        terminal = Terminal(disk.path)
        cards = terminal.file("cards.csv", cards_csv([card_row(number) for number in NUMBERS]))
        assert terminal.type("import", "cards", cards).code == 0

        async def work():
            async with served(Settings(disk.path / "data", demo=True)) as (house, http):
                disk.fill(leave=400_000)
                full, refused = await told(http)
                plan = await http.get("/v1/plans", params={"region": "990000"})
                disk.make_room()
                after, none = await told(http)
                keys = [new async for page in house.store.histories(500) for new, _ in page]
                await each_is_stored_once(house.office, {card.key for card in keys})
                return full, refused, plan, after, none

        full, refused, plan, after, none = asyncio.run(work())
        assert refused
        assert {one.status_code for one in refused} == {503}
        assert all(one.headers["retry-after"] for one in refused)
        assert {one.json()["code"] for one in refused} == {"unavailable"}
        assert all("database cannot be" in one.json()["detail"] for one in refused)
        assert plan.status_code == 200, "what needs no room goes on"
        assert not none
        assert len(after) == len(NUMBERS)
        assert {number for number, replayed in after.items() if replayed} >= set(full)
        disk.fill()
        said = terminal.type("import", "cards", cards_of(terminal))
        one_sentence(said, "en", str(disk.path))


def cards_of(terminal):
    """A file with cards of its own, in another folder: this disk is full."""
    folder = Path(tempfile.mkdtemp(dir=terminal.folder.parent))
    rows = [card_row(f"U{number:08d}") for number in range(50)]
    return Terminal(folder).file("cards.csv", cards_csv(rows))


def test_a_read_only_disk_is_one_sentence_and_exit_3_until_it_can_be_written_again(place):
    with small_disk(place / "disk", 12) as disk:
        terminal = Terminal(disk.path)
        outside = Terminal(place)
        cards = outside.file("cards.csv", cards_csv([card_row("T00000001"), card_row("T00000002")]))
        bodies = [outside.file(f"{n}.json", activation(f"T0000000{n}", f"k{n}")) for n in (1, 2)]
        assert terminal.type("import", "cards", cards).code == 0
        assert terminal.type("activate", bodies[0]).code == 0
        disk.read_only()
        for lang in ("zh", "en"):
            for line in (("activate", bodies[1]), ("import", "cards", cards), SWEEP):
                one_sentence(terminal.type(*line, lang=lang), lang, str(disk.path))
        disk.read_only(yes=False)
        again = terminal.type("activate", bodies[0], "--json")
        assert again.json["outcomes"][0]["replayed"] is True
        assert terminal.type("activate", bodies[1]).code == 0
        assert [
            len(terminal.json("status", "990000", f"T0000000{n}")["history"]) for n in (1, 2)
        ] == [1, 1]
        assert terminal.json("deliver") == {"acknowledged": 2, "postponed": 0}


SWEEP = ("sweep", "--on", "2026-12-01")


def next_version(folder: Path) -> Path:
    """The tree of a next version, which adds a column to what both versions read and write."""
    shutil.copytree(
        Path(qika.__file__).parent, folder / "qika", ignore=shutil.ignore_patterns("__pycache__")
    )
    for kind in ("sqlite", "postgres"):
        text = "".join(
            f"alter table {table} add column remark text not null default '';\n"
            for table in ("card", "event", "outbox", "clock")
        )
        (folder / "qika" / "storage" / kind / "migrations" / "0099_remark.sql").write_text(text)
    return folder


UPGRADED = NUMBERS[:120]


async def beside(newer, data, there, path):
    """Activate by an open house while the next version activates what ``path`` says."""
    async with house_of(Settings(data, there)) as house:
        site = site_of(house, point_required=False)
        older = Counter()

        async def activate(number):
            body = json.dumps(activation(number, "same")).encode()
            (one,) = (await answer_activations(site, body, Language.EN)).outcomes
            older[(number, str(one.status), one.replayed)] += 1

        for number in UPGRADED[40:60]:
            await activate(number)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from qika.cli import main; main()",
            *("activate", path, "--json", "--data", str(data), "--database", there),
            env={**os.environ, "PYTHONPATH": str(newer)}, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        saying = asyncio.create_task(process.communicate())
        while not saying.done():
            for number in UPGRADED[60:]:
                await activate(number)
                await asyncio.sleep(0)
        out, _ = await saying
        for number in UPGRADED:
            await activate(number)
        keys = [card.key async for page in house.store.histories(500) for card, _ in page]
        await each_is_stored_once(house.office, keys)
        return process.returncode, json.loads(out)["outcomes"], older


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_an_older_process_works_on_beside_the_next_version_that_migrated(
    terminal, postgres, tmp_path, kind
):
    newer = next_version(tmp_path / "newer")
    data = tmp_path / "data"
    there = postgres.database("upgrade") if kind == "postgres" else f"sqlite:///{data}/qika.sqlite"
    numbers = UPGRADED
    cards = terminal.file("cards.csv", cards_csv([card_row(number) for number in numbers]))
    assert terminal.type("import", "cards", cards, "--database", there).code == 0
    body = {"requests": [activation(number, "same") for number in numbers[:80]]}
    path = terminal.file("newer.json", body)

    code, said, older = asyncio.run(beside(newer, data, there, path))
    assert code == 0
    assert Counter(one["status"] for one in said) == {"activated": 80}
    assert {status for _, status, _ in older} == {"activated"}
    first = Counter(number for number, _, replayed in older if not replayed)
    first.update(n for n, one in zip(numbers, said[:80], strict=False) if not one["replayed"])
    assert first == dict.fromkeys(numbers, 1), "each was done by one of the two, once"
    refused = terminal.type("status", "990000", numbers[0], "--database", there)
    one_sentence(refused, "en", "newer")
