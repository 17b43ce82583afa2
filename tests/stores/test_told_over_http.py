"""Events at a listener over real HTTP: taken once, tried again, given up, paused, switched off."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from qika.authority.listener import Listener, ListenerState
from qika.authority.partner import ANY
from qika.operations.deliver import GIVE_UP_AFTER, Delivery, whole
from qika.operations.listeners import Listeners
from qika.operations.office import Office
from qika.operations.replay import replay
from qika.operations.rulings import Rulings
from qika.operations.tell import LEASE, PAGE, Teller, Turn, tell_all
from qika.partners.webhooks.addresses import Reach
from qika.partners.webhooks.courier import TIME_LIMIT_S, Courier
from qika.partners.webhooks.listening import Desk
from qika.partners.webhooks.signing import secret_of
from qika.storage.sqlite import open_sqlite
from qika.storage.vault import Vault

from tests.certificates import Authority
from tests.doubles import office_of
from tests.journeys.test_demo import free_port
from tests.listening import HUGE_BYTES, ListenerServer, listening
from tests.servers import ON_CITUS
from tests.stores.conftest import any_world

CHILD = Path(__file__).with_name("telling_child.py")
SECRET = secret_of(b"s" * 32)
EVERY = frozenset({ANY})
HERE = Reach(demo=True)
SHORT_S = 0.4
DAY = timedelta(days=1)


@dataclass
class Fund:
    """A listener of a world, by a clock that a test moves, and what tells it."""

    world: Any
    office: Office
    at: list

    def listen(self, url: str, **changes: Any) -> None:
        made = Listener(
            "fund", f"{url}/events", EVERY, EVERY, by_identifier=True,
            state=ListenerState.ON, reason="", since=self.world.now,
        )  # fmt: skip
        self.world.run(
            Listeners(self.world.store).add(dataclasses.replace(made, **changes), SECRET)
        )

    @property
    def listener(self) -> Listener:
        (found,) = self.world.run(self.world.store.listeners())
        return found

    def live(self, number: int, events: int = 1) -> bytes:
        """Give a card a history whose events wait for the listener."""
        new = self.world.new_card(number)
        self.world.add(new)
        card = new.card
        for one in range(events):
            moved = self.world.change(card, f"r{one}", destinations=("fund",))
            activations = moved.activations if not one else ()
            assert not self.world.commit(replace(moved, activations=activations))
            card = moved.card
        return card.key

    def tell(
        self,
        reach: Reach = HERE,
        authorities: Path | None = None,
        me: str = "a",
        limit_s: float = TIME_LIMIT_S,
    ) -> tuple[Turn, Delivery]:
        """Tell all that is due."""

        async def work():
            courier = Courier(reach, authorities, time_limit_s=limit_s)
            desk = Desk(self.world.store, self.world.keys, courier, self.office.clock, "1")
            teller = Teller(self.office, self.world.store, desk.way_to, me, whole, "fund")
            try:
                return await tell_all(teller)
            finally:
                await courier.close()

        return self.world.run(work())

    def backlog(self):
        return self.world.run(self.world.store.backlog("fund"))

    def later(self, by: timedelta) -> None:
        self.at[0] += by


@pytest.fixture
def fund_of(example_book):
    """Give the function from a world to a listener that waits there."""

    def make(world) -> Fund:
        at = [world.now]
        rulings = Rulings(example_book, lambda issuer: (issuer,))
        return Fund(world, office_of(world.store, rulings, clock=lambda: at[0]), at)

    return make


@pytest.fixture(params=["memory", "sqlite", "postgres", *ON_CITUS])
def fund(request, fund_of, tmp_path) -> Iterator[Fund]:
    with any_world(request, request.param, tmp_path) as world:
        yield fund_of(world)


@pytest.fixture
def there():
    with listening() as double:
        yield double


def places(there: ListenerServer) -> list[tuple[str, int]]:
    """Card and sequence of every message, as they arrived."""
    said = [json.loads(one.body)["data"] for one in there.heard]
    return [(one["card"]["identifier"], one["sequence"]) for one in said]


def test_each_card_is_told_in_its_order_once_and_then_nothing_is_left(fund, there):
    fund.listen(there.url)
    for number in range(PAGE + 3):
        fund.live(number, 3)
    turn, done = fund.tell()
    assert (turn, done.acknowledged, done.fault) == (Turn.TOLD, 3 * (PAGE + 3), "")
    arrived = places(there)
    assert len(arrived) == len(set(arrived)) == len(set(there.ids))
    for number in range(PAGE + 3):
        identifier = f"{number:032X}"
        assert [n for card, n in arrived if card == identifier] == [1, 2, 3]
    assert fund.tell() == (Turn.TOLD, Delivery())
    message = there.heard[0]
    assert message.path == "/events"
    assert message.headers["content-type"] == "application/json"
    assert int(message.headers["webhook-timestamp"]) == int(fund.world.now.timestamp())


@pytest.mark.parametrize(
    ("mode", "fault", "down"),
    [
        ("500", "status_500", False),
        ("404", "status_404", False),
        ("503", "status_503", True),
        ("429", "status_429", True),
        ("redirect", "redirect", True),
        ("silent", "timeout", True),
        ("drop", "protocol", True),
        ("garbage", "protocol", True),
    ],
)
def test_what_was_not_taken_is_tried_again_later_under_the_same_id(fund, there, mode, fault, down):
    fund.listen(there.url)
    fund.live(1)
    there.mode = mode
    _, done = fund.tell(limit_s=SHORT_S if mode == "silent" else TIME_LIMIT_S)
    assert (done.acknowledged, done.postponed, done.fault, done.down) == (0, 1, fault, down)
    assert fund.listener.fault == (fault if down else "")
    assert len(there.heard) == 1, "no redirect is followed"
    assert fund.tell()[1] == Delivery(), "it waits"
    there.mode = "ok"
    there.let_go.set()
    fund.later(timedelta(seconds=30))
    assert fund.tell()[1].acknowledged == 1
    assert there.ids == [there.ids[0]] * 2
    assert there.heard[0].body == there.heard[1].body
    assert fund.listener.failing_since is None
    assert fund.backlog().waiting == 0


@pytest.mark.parametrize("mode", ["slow_body", "endless", "200", "202"])
def test_the_status_decides_however_slow_or_long_the_rest_of_an_answer_is(fund, there, mode):
    fund.listen(there.url)
    fund.live(1)
    there.mode = mode
    assert fund.tell()[1].acknowledged == 1
    assert there.sent_bytes < HUGE_BYTES, "an endless answer is not read to its end"
    assert len(there.heard) == 1


def test_nobody_there_is_noted_and_one_event_is_tried_until_somebody_is(fund, there):
    closed = f"http://127.0.0.1:{free_port()}"
    fund.listen(closed)
    for number in range(5):
        fund.live(number)
    _, done = fund.tell()
    assert (done.postponed, done.fault, done.down) == (5, "unreachable", True)
    assert (fund.listener.fault, fund.listener.failing_since) == ("unreachable", fund.at[0])
    fund.later(timedelta(minutes=1))
    assert fund.tell()[1].postponed == 1, "one is enough to see whether it is there"
    assert fund.listener.failing_since == fund.world.now


def test_one_card_that_is_refused_holds_nobody_up(fund, there):
    fund.listen(there.url)
    for number in range(3):
        fund.live(number, 2)
    there.refused = f"{1:032X}"
    _, done = fund.tell()
    assert (done.acknowledged, done.postponed, done.down) == (4, 1, False)
    assert [place for place in places(there) if place[0] == there.refused] == [(there.refused, 1)]
    there.refused = ""
    fund.later(timedelta(minutes=1))
    fund.tell()
    assert places(there)[-2:] == [(f"{1:032X}", 1), (f"{1:032X}", 2)]


def test_after_three_days_an_event_is_given_up_and_counted_and_the_next_one_sent(fund, there):
    fund.listen(there.url)
    fund.live(1, 2)
    there.refused = '"sequence":1'
    tries = 0
    while fund.at[0] <= fund.world.now + GIVE_UP_AFTER:
        tries += fund.tell()[1].postponed
        fund.later(timedelta(hours=6))
    _, done = fund.tell()
    kept = fund.backlog()
    assert (kept.given_up, kept.waiting) == (1, 0)
    assert tries > 10
    assert places(there)[-1] == (f"{1:032X}", 2)
    assert len({one for one, (_, n) in zip(there.ids, places(there), strict=True) if n == 1}) == 1
    assert done.given_up + done.acknowledged in (0, 2)


def test_a_listener_that_says_it_is_gone_is_switched_off_and_nothing_of_it_is_lost(fund, there):
    fund.listen(there.url)
    for number in range(3):
        fund.live(number)
    there.mode = "410"
    _, done = fund.tell()
    assert (done.gone, done.fault, done.acknowledged) == (True, "status_410", 0)
    assert (fund.listener.state, fund.listener.reason) == (ListenerState.OFF, "gone")
    assert fund.tell() == (Turn.SILENT, Delivery())
    there.mode = "ok"
    fund.live(7)
    assert fund.backlog().waiting == 4
    world = fund.world
    world.run(Listeners(world.store).switch("fund", ListenerState.ON, "", fund.at[0]))
    assert fund.tell()[1].acknowledged == 4


def test_a_paused_listener_hears_nothing_and_everything_when_it_is_resumed(fund, there):
    world = fund.world
    fund.listen(there.url)
    world.run(Listeners(world.store).switch("fund", ListenerState.PAUSED, "moving", world.now))
    fund.live(1, 3)
    assert fund.tell() == (Turn.SILENT, Delivery())
    assert there.heard == []
    fund.later(30 * DAY)
    world.run(Listeners(world.store).switch("fund", ListenerState.ON, "", world.now))
    assert fund.tell()[1].acknowledged == 3, "a pause is no failure, however long it was"
    assert [n for _, n in places(there)] == [1, 2, 3]


def test_a_replay_tells_again_what_was_received_since_then_under_the_same_ids(fund, there):
    fund.listen(there.url)
    fund.live(1, 3)
    fund.tell()
    first = list(there.ids)
    world = fund.world
    done = world.run(replay(fund.office, world.store, fund.listener, world.now))
    assert done.queued == 3
    fund.tell()
    assert there.ids == first * 2
    none = world.run(replay(fund.office, world.store, fund.listener, world.now + DAY))
    assert none.queued == 0


def test_one_process_at_a_time_tells_a_listener_and_another_takes_over(fund, there):
    fund.listen(there.url)
    fund.live(1)
    assert fund.tell(me="a")[1].acknowledged == 1
    fund.live(2)
    assert fund.tell(me="b") == (Turn.ELSEWHERE, Delivery())
    fund.later(LEASE)
    assert fund.tell(me="b")[1].acknowledged == 1
    assert fund.tell(me="a")[0] is Turn.ELSEWHERE


# -- TLS and addresses -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


LOOPBACK = Reach((ip_network("127.0.0.0/8"), ip_network("::1/128")))


@pytest.mark.parametrize(
    ("of", "host", "reach", "trusted", "fault"),
    [
        ("127.0.0.1", "127.0.0.1", LOOPBACK, True, ""),
        ("localhost", "localhost", LOOPBACK, True, ""),
        ("127.0.0.1", "127.0.0.1", LOOPBACK, False, "certificate"),
        ("other.example", "127.0.0.1", LOOPBACK, True, "certificate"),
        ("127.0.0.1", "localhost", LOOPBACK, True, "certificate"),
        ("127.0.0.1", "127.0.0.1", Reach(), True, "address_refused"),
        ("localhost", "localhost", Reach(), True, "address_refused"),
        ("localhost", "localhost", Reach((ip_network("10.0.0.0/8"),)), True, "address_refused"),
    ],
)
def test_only_the_right_machine_at_an_allowed_address_is_told(
    fund, authority, of, host, reach, trusted, fault
):
    with listening(authority.certificate(of)) as there:
        fund.listen(there.url.replace("127.0.0.1", host))
        fund.live(1)
        _, done = fund.tell(reach, authority.file if trusted else None)
        assert (done.fault, done.acknowledged) == (fault, 0 if fault else 1)
        assert len(there.heard) == done.acknowledged, "a refused address hears nothing"


def test_a_listener_without_tls_behind_https_is_a_fault(fund, there):
    fund.listen(there.url.replace("http:", "https:"))
    fund.live(1)
    assert fund.tell()[1].fault == "tls"


# -- a process that dies ---------------------------------------------------------------------------


def test_what_a_killed_process_had_sent_is_sent_again_under_the_same_id(
    fund_of, world_of, there, tmp_path
):
    vault = Vault.create(tmp_path / "keys.json")
    fund = fund_of(world_of(open_sqlite(tmp_path / "qika.db", vault), vault))
    fund.listen(there.url)
    fund.live(1, 2)
    fund.world.store.close()
    there.mode = "silent"
    words = [sys.executable, str(CHILD), str(tmp_path), fund.at[0].isoformat()]
    with subprocess.Popen(words) as child:
        assert there.arrived.wait(30), "the child was to send"
        child.kill()
    assert child.returncode == -9
    there.mode = "ok"
    there.let_go.set()
    store = open_sqlite(tmp_path / "qika.db", vault)
    after = fund_of(world_of(store, vault))
    assert after.tell()[0] is Turn.ELSEWHERE, "nobody knows yet that it died"
    after.later(LEASE)
    assert after.tell()[1].acknowledged == 2
    assert [n for _, n in places(there)] == [1, 1, 2]
    assert there.ids[0] == there.ids[1]
    store.close()
