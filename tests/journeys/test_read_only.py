"""A server that can be read and not written: a 503 that says so, exit 3, and then it goes on."""

import asyncio
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from qika.wiring import Settings

from tests.disks import small_disk
from tests.journeys.terminal import Terminal, activation, card_row, cards_csv
from tests.journeys.test_bad_days import one_sentence, served
from tests.replicas import replicated_server
from tests.servers import Server, running_server

NUMBERS = ("T00000001", "T00000002")
DISK_MIB = 60


@contextmanager
def read_only_by_setting():
    """An administrator lets nobody write, for instance while the disk is being moved."""
    with running_server() as server:

        def switch(*, writable: bool) -> None:
            value = "off" if writable else "on"
            server.sql("postgres", f"alter system set default_transaction_read_only = {value}")
            server.sql("postgres", "select pg_reload_conf()")

        yield server, switch


@contextmanager
def read_only_tablespace():
    """The disk of the tables comes back read-only after a restart."""
    folder = Path(tempfile.mkdtemp(prefix="qika-bad-day-"))
    folder.chmod(0o755)
    try:
        with small_disk(folder / "disk", DISK_MIB) as disk, running_server() as server:
            shutil.chown(disk.path, "postgres", "postgres")
            server.sql("postgres", f"create tablespace small location '{disk.path}'")
            server.sql("postgres", "alter system set default_tablespace = small")
            server.sql("postgres", "select pg_reload_conf()")

            def switch(*, writable: bool) -> None:
                server.stop("fast")
                disk.read_only(yes=not writable)
                server.start()

            yield server, switch
    finally:
        shutil.rmtree(folder, ignore_errors=True)


WAYS = {"setting": read_only_by_setting, "tablespace": read_only_tablespace}


def filled(terminal: Terminal, server: Server) -> str:
    there = server.database("reading")
    cards = terminal.file("cards.csv", cards_csv([card_row(number) for number in NUMBERS]))
    assert terminal.type("import", "cards", cards, "--database", there).code == 0
    return there


@pytest.mark.timeout(120)
@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_only_reads_is_a_503_that_says_so_and_exit_3_until_it_writes_again(
    tmp_path, way
):
    terminal = Terminal(tmp_path)
    with WAYS[way]() as (server, switch):
        there = filled(terminal, server)
        first, second = (activation(number, "same") for number in NUMBERS)

        async def work():
            async with served(Settings(tmp_path / "data", there, demo=True)) as (_, http):
                done = await http.post("/v1/activations", json=first)
                await asyncio.to_thread(switch, writable=False)
                refused = await http.post("/v1/activations", json=second)
                said = await asyncio.to_thread(
                    terminal.type, "activate", terminal.file("b.json", second), "--database", there
                )
                await asyncio.to_thread(switch, writable=True)
                return done, refused, said, [
                    await http.post("/v1/activations", json=one) for one in (first, second)
                ]  # fmt: skip

        done, refused, said, after = asyncio.run(work())
        assert done.json()["outcomes"][0]["status"] == "activated"
        assert refused.status_code == 503, refused.text
        assert refused.json()["code"] == "unavailable"
        assert "database cannot be" in refused.json()["detail"]
        assert int(refused.headers["retry-after"]) > 0
        one_sentence(said, "en", f"{server.port}/reading")
        assert "read-only" in said.err.lower()
        assert [one.json()["outcomes"][0]["replayed"] for one in after] == [True, False]


@pytest.mark.timeout(120)
def test_a_standby_in_recovery_is_one_sentence_and_exit_3(tmp_path):
    terminal = Terminal(tmp_path)
    with replicated_server() as (server, standby):
        filled(terminal, server)
        there = server.address("reading").replace(str(server.port), str(standby.port))
        for lang in ("zh", "en"):
            body = terminal.file("b.json", activation(NUMBERS[0], "same"))
            said = terminal.type("activate", body, "--database", there, lang=lang)
            one_sentence(said, lang, f"{standby.port}/reading", "read-only")
