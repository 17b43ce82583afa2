"""The queue keeps what it acknowledged, whatever happens to the disk or the process."""

import sqlite3
import stat

import pytest

from qika_terminal.event_queue import Decided, EventQueue, NewEvent, State
from qika_terminal.faults import Fault, RefusedError, Trouble

from tests.disks import small_disk

WHEN = "2026-11-20T12:00:00+08:00"


def new(number: int, card: str = "") -> NewEvent:
    return NewEvent(f"k-{number}", card or f"card-{number}", f'{{"n":{number}}}', WHEN)


@pytest.fixture
def queue(tmp_path):
    opened = EventQueue(tmp_path)
    yield opened
    opened.close()


def fault_of(act, *words) -> Fault:
    with pytest.raises(RefusedError) as refused:
        act(*words)
    return refused.value.fault


def test_the_file_is_for_its_owner_alone_and_has_no_write_ahead_log(queue, tmp_path):
    queue.add(new(1), WHEN)
    assert stat.S_IMODE(queue.path.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["queue.sqlite"]
    with sqlite3.connect(queue.path) as other:
        assert other.execute("pragma journal_mode").fetchone() == ("delete",)
    other.close()
    assert queue._base.execute("pragma synchronous").fetchone()[0] == 3


def test_an_event_is_kept_once_under_its_key(queue):
    first, again = queue.add(new(1), WHEN), queue.add(new(1), WHEN)
    assert first == again
    other = NewEvent("k-1", "card-1", '{"n":2}', WHEN)
    assert fault_of(queue.add, other, WHEN) is Fault.KEY_REUSED
    assert queue.counts()[State.WAITING] == 1


def test_of_each_card_only_the_oldest_waiting_event_is_due(queue):
    for number, card in enumerate("abacab"):
        queue.add(new(number, card), WHEN)
    assert [one.request_key for one in queue.due(0)] == ["k-0", "k-1", "k-3"]
    queue.settle([Decided(1, accepted=True, status="activated")], 0)
    assert [one.request_key for one in queue.due(0)] == ["k-1", "k-2", "k-3"]


def test_an_event_that_is_put_off_holds_back_those_of_its_card_and_no_others(queue):
    for number, card in enumerate("aab"):
        queue.add(new(number, card), WHEN)
    queue.put_off([1], Trouble.NOT_ALLOWED, "point_not_allowed", {1: 60.0})
    assert [one.number for one in queue.due(0)] == [3]
    assert queue.event(1).held
    assert [one.number for one in queue.due(60)] == [1, 3]


def test_only_an_event_that_is_held_can_be_set_aside_and_its_card_goes_on(queue):
    queue.add(new(1, "a"), WHEN)
    queue.add(new(2, "a"), WHEN)
    assert not queue.set_aside(1, 0)
    queue.put_off([1], Trouble.UNREACHABLE, "", {})
    assert not queue.set_aside(1, 0)
    queue.put_off([1], Trouble.WRONG_FIELDS, "unknown_region", {1: 60.0})
    assert queue.set_aside(1, 0)
    assert (queue.event(1).state, queue.event(1).status) == (State.REFUSED, "set_aside")
    assert [one.number for one in queue.due(0)] == [2]
    assert not queue.set_aside(9, 0)


def test_a_clock_that_was_set_back_does_not_hold_events_for_days(queue):
    queue.add(new(1), WHEN)
    queue.put_off([1], Trouble.NOT_ALLOWED, "", {1: 1_000_000.0})
    assert queue.due(900_000) != []
    assert queue.due(999_990) == []


def test_decided_events_are_forgotten_after_their_time_and_waiting_ones_never(queue):
    queue.add(new(1), WHEN)
    queue.add(new(2), WHEN)
    queue.settle([Decided(1, accepted=False, status="documents_missing", missing=["id_card"])], 50)
    assert queue.event(1).missing == ("id_card",)
    assert queue.forget(50) == 0
    assert queue.forget(51) == 1
    assert queue.event(1) is None
    assert queue.counts() == {State.WAITING: 1, State.SENT: 0, State.REFUSED: 0}


def test_a_queue_that_is_full_says_so_and_keeps_what_it_has(tmp_path):
    queue = EventQueue(tmp_path, waiting_max=2)
    queue.add(new(1), WHEN)
    queue.add(new(2), WHEN)
    assert fault_of(queue.add, new(3), WHEN) is Fault.QUEUE_FULL
    assert queue.add(new(2), WHEN).number == 2
    queue.close()


def test_a_full_disk_refuses_clearly_and_loses_nothing(tmp_path):
    with small_disk(tmp_path / "disk", 1) as disk:
        queue = EventQueue(disk.path)
        kept = [queue.add(new(number), WHEN) for number in range(40)]
        disk.fill()
        refused = 0
        for number in range(40, 400):
            try:
                kept.append(queue.add(new(number), WHEN))
            except RefusedError as error:
                assert error.fault is Fault.DISK_FULL  # noqa: PT017
                refused += 1
        assert refused
        assert fault_of(queue.settle, [Decided(1, accepted=True, status="activated")], 0) is (
            Fault.DISK_FULL
        )
        assert [queue.event(one.number) for one in kept] == kept
        queue.close()
        queue = EventQueue(disk.path)
        assert queue.counts()[State.WAITING] == len(kept)
        disk.make_room()
        assert queue.add(new(999), WHEN).request_key == "k-999"
        queue.settle([Decided(1, accepted=True, status="activated")], 0)
        assert queue.counts()[State.SENT] == 1
        queue.close()


def test_a_damaged_file_and_one_of_a_later_version_are_refused(tmp_path):
    queue = EventQueue(tmp_path)
    queue._base.execute("pragma user_version = 99")
    queue.close()
    assert fault_of(EventQueue, tmp_path) is Fault.QUEUE_UNWRITABLE
    queue.path.write_bytes(b"no database" * 100)
    assert fault_of(EventQueue, tmp_path) is Fault.QUEUE_UNWRITABLE
    assert fault_of(EventQueue, tmp_path / "nowhere") is Fault.QUEUE_UNWRITABLE
