"""What only the server store has: lost connections, other processes, other machines."""

import asyncio
from contextlib import asynccontextmanager
from datetime import date, timedelta
from functools import partial

import pytest
from msgspec.structs import replace

from qika.activation.status import Status
from qika.operations.activate import perform
from qika.operations.batch import OverloadedError
from qika.operations.ports import MEDICAL_INSURANCE, ClockRow, Edition
from qika.storage.chain import verify_chain
from qika.storage.postgres import StoreUnreachableError, open_postgres, statements, writes
from qika.storage.postgres.lines import Line
from qika.storage.postgres.placement import DISTRIBUTED, REFERENCE
from qika.storage.postgres.statements import for_shards
from qika.storage.vault import Vault
from qika.terms.names import BankCode

from tests.servers import fetched, running_server

KILL = (
    "select count(pg_terminate_backend(pid)) from pg_stat_activity"
    " where application_name = 'qika' and datname = current_database()"
)


@pytest.fixture
def address(postgres, served):
    return postgres.address("stores_postgres")


async def told(store, now):
    return await store.pending(MEDICAL_INSURANCE, 1_000, now)


def test_a_backend_killed_in_the_middle_of_a_commit_leaves_each_change_once(served, address):
    cards = [served.new_card(number) for number in range(30)]
    served.add(*cards)
    store = served.store

    async def work():
        holder = Line(address)

        async def hold(connection):
            async with connection.transaction():
                await connection.fetch(
                    "select from card where card_key = $1 for update", cards[7].card.key
                )
                writing = asyncio.create_task(
                    store.commit([served.change(new.card) for new in cards])
                )
                killed = 0
                while not killed:
                    await asyncio.sleep(0)
                    killed = (await fetched(address, f"{KILL} and wait_event_type = 'Lock'"))[0][0]
            return await writing

        lost = await holder.run(hold, repeatable=False)
        await holder.close()
        return lost, await told(store, served.now)

    lost, rows = served.run(work())
    assert lost == frozenset(), "the batch was written again on a new connection"
    assert sorted(row.card_key for row in rows) == sorted(new.card.key for new in cards)
    for new in cards:
        file = served.run(store.card_file(new.card.key))
        assert len(file.history) == 1
        assert verify_chain(file.card, file.history)


class Wire:
    """A wire to the server that can be cut when the server has answered, or hold back its end."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.cut_next = False
        self.may_end = asyncio.Event()
        self.may_end.set()
        self._tasks: set[asyncio.Task] = set()

    async def serve(self, reader, writer):
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        up = asyncio.create_task(self._carry(reader, back, answers=False))
        down = asyncio.create_task(self._carry(there, writer, answers=True))
        self._tasks |= {up, down}
        await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        for one in (writer, back):
            one.close()

    async def _carry(self, source, sink, *, answers):
        while data := await source.read(65_536):
            if answers and self.cut_next:
                self.cut_next = False
                return
            sink.write(data)
        await self.may_end.wait()


@asynccontextmanager
async def wire_to(port):
    wire = Wire(port)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    try:
        yield wire, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in wire._tasks:
            task.cancel()
        await asyncio.gather(*wire._tasks, return_exceptions=True)


def test_an_answer_lost_after_the_commit_is_found_by_asking_again(
    served, address, postgres, office_of, request_of
):
    cards = [served.new_card(number) for number in range(40)]
    served.add(*cards)
    requests = [request_of(new.card.key, "same") for new in cards]

    async def work():
        async with wire_to(postgres.port) as (wire, port):
            wired = address.replace(str(postgres.port), str(port))
            store = await open_postgres(wired, served.keys, writers=1)
            office = office_of(store, served.keys)
            await perform(office, [replace_key(requests[0], "first")])
            commit = store.commit

            async def commit_unheard(changes, attempts=()):
                wire.cut_next = bool(changes)
                return await commit(changes, attempts)

            store.commit = commit_unheard
            answers = await perform(office, requests[1:])
            store.commit = commit
            again = await perform(office, requests[1:])
            await store.close()
            return answers, again

    answers, again = served.run(work())
    assert {answer.outcome.status for answer in answers} == {Status.ACTIVATED}
    assert all(answer.replayed for answer in answers), "found in the events, not done twice"
    assert [answer.outcome.status for answer in again] == [Status.ACTIVATED] * 39
    for new in cards:
        file = served.run(served.store.card_file(new.card.key))
        assert len(file.history) == 1
        assert verify_chain(file.card, file.history)


def test_a_connection_lost_between_two_copies_is_opened_again(served, address, postgres):
    async def work():
        async with wire_to(postgres.port) as (wire, port):
            line = Line(address.replace(str(postgres.port), str(port)))
            tries = []

            async def copy_two(connection):
                tries.append((await connection.fetchrow("select pg_backend_pid()"))[0])
                async with connection.transaction():
                    await connection.copy_records_to_table(
                        "setting", records=[("one", "1")], columns=("name", "value")
                    )
                    if len(tries) == 1:
                        wire.may_end.clear()
                        await fetched(address, f"select pg_terminate_backend({tries[0]}, 10000)")
                        for _ in range(100):  # the server's last words arrive, but not its end
                            await asyncio.sleep(0)
                    await connection.copy_records_to_table(
                        "setting", records=[("two", "2")], columns=("name", "value")
                    )

            await line.run(copy_two)
            wire.may_end.set()
            await line.close()
            return tries, await fetched(address, "select name, value from setting order by name")

    tries, found = served.run(work())
    assert len(set(tries)) == 2, "the second time on a new connection"
    assert found == [("one", "1"), ("two", "2")]


def replace_key(request, key):
    return replace(request, identity=replace(request.identity, request_key=key))


def test_under_killed_connections_every_card_is_activated_once(
    served, address, office_of, request_of
):
    cards = [served.new_card(number) for number in range(300)]
    served.add(*cards)
    office = office_of(served.store, served.keys)

    async def insist(batch):
        while True:
            try:
                return await perform(office, batch)
            except StoreUnreachableError:
                await asyncio.sleep(0)

    async def work():
        answers, killed = [], 0
        for start in range(0, 300, 20):
            batch = [request_of(new.card.key, "same") for new in cards[start : start + 20]]
            some, ((count,),) = await asyncio.gather(insist(batch), fetched(address, KILL))
            answers += some
            killed += count
        return answers, killed

    answers, killed = served.run(work())
    assert killed > 0
    assert {answer.outcome.status for answer in answers} == {Status.ACTIVATED}
    for new in cards:
        file = served.run(served.store.card_file(new.card.key))
        assert len(file.history) == 1
        assert verify_chain(file.card, file.history)
    assert len(served.run(told(served.store, served.now))) == 300


def test_a_store_goes_on_by_itself_after_its_server_crashed(world_of, tmp_path):
    vault = Vault.create(tmp_path / "keys.json")
    with running_server(hasty=False) as server, asyncio.Runner() as runner:
        address = server.database("crash")
        store = runner.run(open_postgres(address, vault))
        world = world_of(store, vault, runner=runner)
        cards = [world.new_card(number) for number in range(100)]
        world.add(*cards)
        assert world.commit(*(world.change(new.card) for new in cards[:50])) == set()
        server.crash()
        with pytest.raises(StoreUnreachableError, match="cannot be used"):
            world.commit(world.change(cards[50].card))
        server.start()
        assert world.commit(*(world.change(new.card) for new in cards[50:])) == set()
        files = [world.run(store.card_file(new.card.key)) for new in cards]
        assert all(len(one.history) == 1 for one in files), "what was confirmed is there"
        assert all(verify_chain(one.card, one.history) for one in files)
        runner.run(store.close())


def test_a_limit_of_time_refuses_and_leaves_nothing(served, address):
    new = served.new_card(1)
    served.add(new)

    async def work():
        holder = Line(address)

        async def hold(connection):
            async with connection.transaction():
                await connection.execute("update card set bank = '1'")
                writer = served.store._routes._desk(0).writers[new.card.key[0] * 2 >> 8]
                await writer.run(lambda line: line.execute("set lock_timeout = '20ms'"))
                return await asyncio.gather(
                    served.store.commit([served.change(new.card)]), return_exceptions=True
                )

        return await holder.run(hold), await holder.close()

    (said,), _ = served.run(work())
    assert type(said).__name__ == "StoreBusyError"
    assert served.card(new.card.key).version == 0
    assert served.commit(served.change(new.card)) == set()


def test_two_processes_activate_each_card_once(served, address, office_of, request_of):
    cards = [served.new_card(number) for number in range(200)]
    served.add(*cards)

    async def work():
        other = await open_postgres(address, served.keys)
        offices = [office_of(store, served.keys) for store in (served.store, other)]
        batches = [
            perform(office, [request_of(new.card.key, f"{n}") for new in cards[start : start + 40]])
            for start in range(0, 200, 40)
            for n, office in enumerate(offices)
        ]
        answers = await asyncio.gather(*batches)
        await other.close()
        return [answer for batch in answers for answer in batch]

    answers = served.run(work())
    assert [answer.outcome.status for answer in answers].count("activated") == 200
    assert {served.card(new.card.key).version for new in cards} == {1}


def test_an_import_beside_activations_loses_neither(served, address):
    cards = [served.new_card(number) for number in range(200)]
    served.add(*cards)
    updates = [replace(new, card=replace(new.card, bank=BankCode("103"))) for new in cards]

    async def work():
        other = await open_postgres(address, served.keys)
        chunks = [updates[start : start + 25] for start in range(0, 200, 25)]
        imports = [other.add_cards(chunk, received_at=served.now) for chunk in chunks]
        commits = [
            served.store.commit([served.change(new.card) for new in cards[start : start + 25]])
            for start in range(0, 200, 25)
        ]
        pairs = zip(imports, commits, strict=True)
        results = await asyncio.gather(*(one for pair in pairs for one in pair))
        await other.close()
        return results

    results = served.run(work())
    assert all(lost == frozenset() for lost in results[1::2])
    for new in cards:
        file = served.run(served.store.card_file(new.card.key))
        assert (file.card.version, file.card.bank) == (1, "103")
        assert verify_chain(file.card, file.history)


def test_two_imports_of_the_same_new_cards_add_each_once(served, address):
    cards = [served.new_card(number) for number in range(100)]

    async def work():
        other = await open_postgres(address, served.keys)
        words = await asyncio.gather(
            served.store.add_cards(cards, received_at=served.now),
            other.add_cards(cards, received_at=served.now),
        )
        await other.close()
        return words

    words = [word for part in served.run(work()) for word in part]
    assert words.count("added") == 100
    assert words.count("unchanged") == 100


def test_an_edition_put_by_one_process_is_seen_by_the_others(served, address):
    first = Edition("aa", {"a.toml": "x = 1"}, frozenset(), "me", served.now)
    second = Edition("bb", {"a.toml": "x = 2"}, frozenset(), "me", served.now + timedelta(1))

    async def work():
        other = await open_postgres(address, served.keys)
        await served.store.put_edition(first)
        before = await other.current_edition()
        await asyncio.gather(other.put_edition(second), other.put_edition(second))
        seen = await served.store.current_edition(), await other.current_edition()
        await other.close()
        return before, seen

    assert served.run(work()) == (first, (second, second))
    assert served.run(fetched(address, "select max(number) from edition_in_force")) == [(2,)]


def test_nothing_that_names_a_person_is_in_the_tables(served, address):
    new = served.new_card(1, name="Zhang San \u5f20\u4e09", card_identifier="ABCDEF" * 5 + "12")
    served.add(new, served.new_card(2))
    served.commit(served.change(new.card))
    served.add(replace(new, name="Li Si \u674e\u56db"))

    async def everything():
        rows = [
            await fetched(address, f"select {table}::text from {table}")
            for table in (*DISTRIBUTED, *REFERENCE)
        ]
        return "\n".join(str(row[0]) for table in rows for row in table)

    stored = served.run(everything()).lower()
    assert new.card.key.hex() in stored
    plain = ("Zhang San", "Li Si", "\u5f20\u4e09", "\u674e\u56db", new.social_security_number)
    for text in (*plain, new.card_identifier, new.card_number):
        assert text.lower() not in stored
        assert text.encode().hex() not in stored


def test_who_gave_up_waiting_does_not_stop_the_others(served):
    cards = [served.new_card(number) for number in range(10)]
    served.add(*cards)

    async def work():
        commits = (served.store.commit([served.change(new.card)]) for new in cards)
        tasks = [asyncio.ensure_future(one) for one in commits]
        await asyncio.sleep(0)
        tasks[3].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = served.run(work())
    assert results.count(frozenset()) == 9
    assert isinstance(results[3], asyncio.CancelledError)
    assert all(served.card(new.card.key).version == 1 for new in cards if new is not cards[3])


def test_the_server_takes_every_statement_in_both_spellings(served, address):
    texts = {
        name: text
        for name, text in vars(statements).items()
        if isinstance(text, str) and name.isupper() and not name.startswith("_")
    }
    assert len(texts) > 40

    async def work():
        line = Line(address)

        async def prepare(connection):
            for text in texts.values():
                for spelled in (text, for_shards(text)):
                    await connection.prepare(spelled)

        await line.run(prepare)
        await line.close()

    served.run(work())


def test_a_batch_written_step_by_step_is_the_batch_written_at_once(served, address):
    cards = [served.new_card(number) for number in range(6)]
    served.add(*cards)
    clocks = (ClockRow("activation", 1, None), ClockRow("clearance", 1, date(2026, 5, 1)))

    def changes(some):
        first = [served.change(new.card, letter_id="L", clocks=clocks) for new in some]
        return [*first, served.change(first[0].card, "two", letter_id="L", activations=())]

    async def steps():
        moves = writes.spelled(changes(cards[3:]))
        line = Line(address)
        lost = await line.run(
            partial(writes.commit, part=writes.Part(moves), write=writes.step_by_step)
        )
        await line.close()
        return lost

    assert served.commit(*changes(cards[:3])) == {3}
    assert served.run(steps()) == {3}

    def found(table, columns):
        rows = served.run(fetched(address, f"select card_key, {columns} from {table}"))
        halves = ([new.card.key for new in half] for half in (cards[:3], cards[3:]))
        return [sorted(row[1:] for row in rows if row[0] in half) for half in halves]

    for table, columns in {
        "card": "social_state, version, social_activated, collected_on",
        "event": "seq, type, sender, request_key, told_to, received_at",
        "letter_use": "letter_id, seq",
        "outbox": "seq, destination, next_at, tries",
        "clock": "clock, cycle, due_on::text",
    }.items():
        at_once, by_steps = found(table, columns)
        assert at_once == by_steps, table
        assert len(at_once) == (6 if table == "clock" else 3)


def test_too_many_waiting_works_are_refused_and_the_others_done(served):
    async def work():
        reads = (served.store.points_version() for _ in range(2_000))
        return await asyncio.gather(*reads, return_exceptions=True)

    results = served.run(work())
    refused = [one for one in results if isinstance(one, OverloadedError)]
    assert 0 < len(refused) < 1_000
    assert results.count("") == 2_000 - len(refused)


def test_a_closed_store_leaves_no_connection(served, address, postgres):
    async def work():
        other = await open_postgres(address, served.keys, writers=3)
        await asyncio.gather(*(other.points_version() for _ in range(10)))
        await other.close()

    count = partial(fetched, address, CONNECTED)
    before = served.run(count())
    served.run(work())
    assert served.run(count()) == before


CONNECTED = (
    "select count(*) from pg_stat_activity"
    " where application_name = 'qika' and datname = current_database()"
)
