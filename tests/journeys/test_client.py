"""The client before the real service, which is killed between the commit and the answer."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from qika_client import Client, RefusedError, Retrying, SigningKey

from tests.journeys.terminal import Terminal, card_row, cards_csv
from tests.journeys.terminal import activation as activation_of
from tests.journeys.test_command_line import POINT_COLUMNS, POINTS
from tests.journeys.test_demo import free_port, serving
from tests.signers import Signer

CARDS = 40


class Service:
    """A real server on one port that can be killed and started again."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack, self.port = folder, stack, free_port()
        self.start()

    def start(self) -> None:
        words = ("serve", "--doors", "partner")
        running = serving(*words, folder=self.folder, port=self.port)
        self.process = self.stack.enter_context(running).process

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def dead(self) -> bool:
        return self.process.poll() is not None


class Lossy(httpx.BaseTransport):
    """Passes calls on; kills the service when it has answered, so that the answer is lost."""

    def __init__(self, service: Service, losses: int) -> None:
        self.inner, self.service, self.losses = httpx.HTTPTransport(), service, losses
        self.calls = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        answer = self.inner.handle_request(request)
        if self.losses:
            self.losses -= 1
            answer.read()
            answer.close()
            self.service.kill()
            raise httpx.ReadTimeout("the answer is lost", request=request)
        return answer

    def close(self) -> None:
        self.inner.close()


@pytest.fixture
def city(tmp_path) -> Terminal:
    terminal = Terminal(tmp_path)
    rows = [card_row(f"T{number:08d}") for number in range(CARDS)]
    assert terminal.type("import", "cards", terminal.file("c.csv", cards_csv(rows))).code == 0
    points = terminal.file("p.csv", "\n".join((POINT_COLUMNS, POINTS[0])) + "\n")
    assert terminal.type("import", "points", points).code == 0
    return terminal


@pytest.fixture
def key(city) -> SigningKey:
    signer = Signer.new("bank-1")
    city.json("partners", "put", "bank", "--name", "Bank", "--regions", "990000",
              "--channels", "bank_counter", "--banks", "*")  # fmt: skip
    city.json("partners", "add-key", "bank", "bank-1", city.file("public.pem", signer.public))
    return SigningKey.read("bank-1", signer.pem)


@pytest.fixture
def service(city, key) -> Iterator[Service]:
    with ExitStack() as stack:
        yield Service(city.folder / "data", stack)


def request(number: int, **changes) -> dict:
    return activation_of(f"T{number:08d}", f"k-{number}", point_id="p:b1", **changes)


def events(city: Terminal) -> list[tuple[int, int]]:
    return city.rows("select count(*), count(distinct card_key) from event")


def test_a_service_that_dies_before_its_answer_arrives_does_everything_once(city, key, service):
    lossy = Lossy(service, 2)

    def revive(_: float) -> None:
        if service.dead:
            service.start()

    retrying = Retrying(sleep=revive)
    origin = f"http://127.0.0.1:{service.port}"
    with Client(origin, key, transport=lossy, retrying=retrying) as qika:
        many = list(qika.activate_many(request(number) for number in range(20)))
        assert [one.request_key for one in many] == [f"k-{number}" for number in range(20)]
        assert {(one.status, one.replayed) for one in many} == {("activated", True)}
        assert events(city) == [(20, 20)]

        lossy.losses = 1
        one = qika.activate(request(20))
        assert (one.status, one.replayed) == ("activated", True)

        lines = "".join(f"{httpx.Request('POST', origin, json=request(n)).content.decode()}\n"
                        for n in range(CARDS))  # fmt: skip
        lossy.losses = 1
        stream = qika.wait(qika.stream(lines.encode()), every_s=0)
        assert stream.outcomes == {"activated": CARDS}
        told = list(qika.results(stream))
        assert [line.outcome.replayed for line in told] == [True] * 21 + [False] * (CARDS - 21)
        assert events(city) == [(CARDS, CARDS)]

        lossy.calls = 0
        refused = qika.activate(request(0, request_key="other", presented=[]))
        assert refused.status == "already_active"
        with pytest.raises(RefusedError) as wrong:
            qika.activate(request(0, channel="pharmacy_first_use"))
        assert [one.code for one in wrong.value.errors] == ["channel_not_allowed"]
        assert lossy.calls == 2, "neither a decision nor a refusal is sent again"
