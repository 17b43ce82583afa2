"""A service in memory, its clock, and a counter with a queue on disk."""

import pytest

from tests.terminal.counters import Clock, Counter, Service


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(example_book, clock) -> Service:
    return Service(example_book, clock)


@pytest.fixture
def counter(tmp_path, service, clock):
    made = Counter(tmp_path, service, clock)
    yield made
    made.queue.close()
