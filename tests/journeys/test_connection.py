"""A connection answers by itself as ASGI would, and keeps what HTTP asks of a connection."""

import asyncio
import dataclasses
import gzip
import json
from contextlib import asynccontextmanager

import pytest
import uvicorn
from uvicorn.server import ServerState

from qika.operations.activate import StoreBusyError
from qika.web.app import build_app
from qika.web.connection import Connection
from qika.web.lane import BODY_MAX

from tests.journeys.example_site import Visitor, activation, example_site

PLAN = json.dumps({"region": "990000", "collected_on": "2026-03-05"}).encode()
ACTIVATION = json.dumps(activation()).encode()
UNKNOWN = json.dumps(activation("Z99")).encode()
PAGE = "/zh/social-security/card-activation/990000"


@pytest.fixture
def site(example_book):
    return dataclasses.replace(example_site(example_book), points_version=lambda: 1)


class Wire:
    """What a client sends and reads, byte by byte; ``by_asgi`` counts what went the long way."""

    def __init__(self, reader, writer, state, by_asgi):
        self.reader, self.writer, self.state, self.by_asgi = reader, writer, state, by_asgi

    async def ask(self, *pieces: bytes) -> tuple[int, dict[str, str], bytes]:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)
        return await self.answer()

    async def answer(self, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)).decode("latin-1")
        first, *lines = head.split("\r\n")[:-2]
        headers = dict(line.split(": ", 1) for line in lines)
        assert len(headers) == len(lines), "no header comes twice"
        length = 0 if method == "HEAD" else int(headers.get("content-length", 0))
        return int(first.split()[1]), headers, await self.reader.readexactly(length)

    async def closed(self) -> bool:
        return await asyncio.wait_for(self.reader.read(), 5) == b""


@asynccontextmanager
async def wired(site):
    app, by_asgi = build_app(site), []

    class Counted:
        lane = app.lane

        async def __call__(self, scope, receive, send):
            by_asgi.append(scope["path"])
            await app(scope, receive, send)

    config = uvicorn.Config(
        Counted(), http=Connection, lifespan="off", log_config=None, access_log=False
    )
    state = ServerState()
    loop = asyncio.get_running_loop()

    def connect():
        return Connection(config=config, server_state=state, app_state={})

    server = await loop.create_server(connect, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield Wire(reader, writer, state, by_asgi)
    finally:
        writer.close()
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        await asyncio.gather(*state.tasks, return_exceptions=True)


async def until(holds) -> None:
    """Let the other side work until something holds."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0)


def get(path: str, more: str = "", method: str = "GET") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nhost: qika\r\n{more}\r\n".encode()


def post(path: str, body: bytes, more: str = "") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nhost: qika\r\ncontent-type: application/json\r\n{more}"
    return head.encode() + b"content-length: %d\r\n\r\n" % len(body) + body


CALLS = {
    "a plan": post("/v1/plans", PLAN),
    "a plan by its address": get("/v1/plans?region=990000&lang=en"),
    "points": get("/v1/points?lat=30&lon=120&open=now"),
    "health": get("/healthz?anything"),
    "wrong fields in a query": get("/v1/points?lat=30"),
    "a wrong language": get("/v1/plans?lang=fr"),
    "a wrong body": post("/v1/plans", b'{"region": 7}'),
    "no JSON": post("/v1/plans", b"{"),
    "an empty body": post("/v1/plans", b""),
    "packed": get("/v1/plans?region=990000", "accept-encoding: gzip\r\n"),
    "English": get("/v1/plans?region=990000", "accept-language: en\r\n"),
    "another method": get("/v1/plans", method="DELETE"),
    "a client that says it stays": get("/healthz", "connection: keep-alive\r\n"),
    "readiness": get("/readyz"),
    "an activation of an unknown card": post("/v1/activations", UNKNOWN),
    "a wrong activation": post("/v1/activations", b'{"requests": [7]}'),
    "a card's status": post("/v1/card-status", b"{}"),
}
"""Calls of the API."""

LONG_WAY = {
    "a page not kept yet": get(PAGE),
    "an unknown path": get("/v1/nothing"),
    "an escaped path": get("/v1/pl%61ns?region=990000"),
    "a fragment": get("/healthz#there"),
    "a body where none is read": get("/healthz", "content-length: 2\r\n") + b"{}",
    "a wrong media type": post("/v1/plans", PLAN).replace(b"application/json", b"text/plain"),
    "a query to a post": post("/v1/plans?zeal=1", PLAN),
    "a body of untold length": (
        post("/v1/plans", PLAN, "transfer-encoding: chunked\r\n").partition(b"content-length")[0]
        + b"\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(PLAN), PLAN)
    ),
    "a body that waits to be asked for": post("/v1/plans", PLAN, "expect: nothing\r\n"),
    "an upgrade": get("/healthz", "connection: upgrade\r\nupgrade: h2c\r\n"),
}


def plain(answer):
    status, headers, body = answer
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    return status, {name: text for name, text in headers.items() if name != "date"}, body


def by_asgi(site, call: bytes):
    """Give the answer of the application itself."""
    head, _, body = call.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split()
    headers = {"accept-encoding": ""} | dict(line.split(": ", 1) for line in lines)
    if headers.pop("transfer-encoding", None):
        body = PLAN
    answer = Visitor(build_app(site)).call(method, path, headers=headers, content=body)
    return answer.status_code, dict(answer.headers), answer.content


@pytest.mark.parametrize("name", [*CALLS, *LONG_WAY])
def test_both_ways_give_the_same_answer(site, name):
    call = (CALLS | LONG_WAY)[name]
    expected = by_asgi(site, call)

    async def run():
        async with wired(site) as wire:
            first, again = await wire.ask(call), await wire.ask(get("/healthz"))
            assert plain(first) == expected
            assert again[0] == 200
            assert len(wire.by_asgi) == (name in LONG_WAY)
            assert wire.state.total_requests == 2

    asyncio.run(run())


def test_a_kept_page_goes_the_short_way_and_a_head_has_no_body(site):
    async def run():
        async with wired(site) as wire:
            first, second = await wire.ask(get(PAGE)), await wire.ask(get(PAGE))
            assert plain(first) == plain(second)
            assert wire.by_asgi == [PAGE]
            wire.writer.write(get(PAGE, method="HEAD"))
            status, headers, body = await wire.answer("HEAD")
            assert (status, body) == (200, b"")
            assert headers["content-length"] == second[1]["content-length"]
            held = f"if-none-match: {headers['etag']}\r\n"
            status, headers, _ = await wire.ask(get(PAGE, held))
            assert status == 304
            assert "content-length" not in headers
            assert wire.by_asgi == [PAGE]

    asyncio.run(run())


def test_calls_sent_at_once_are_answered_in_order(site):
    async def run():
        async with wired(site) as wire:
            calls = (
                get("/healthz"),
                post("/v1/activations", ACTIVATION),
                get("/v1/plans?region=440300"),
                post("/v1/plans", PLAN),
                get("/v1/nothing"),
                get("/healthz"),
            )
            first = await wire.ask(b"".join(calls))
            answers = [first] + [await wire.answer() for _ in calls[1:]]
            assert [one[0] for one in answers] == [200, 200, 200, 200, 404, 200]
            bodies = [json.loads(one[2]) for one in answers]
            assert bodies[1]["outcomes"][0]["status"] == "activated"
            assert [bodies[n]["region"]["code"] for n in (2, 3)] == ["440300", "990000"]

    asyncio.run(run())


def test_a_call_may_come_byte_by_byte(site):
    call = post("/v1/plans", PLAN)
    expected = by_asgi(site, call)

    async def run():
        async with wired(site) as wire:
            bytes_of = [call[n : n + 1] for n in range(len(call))]
            assert plain(await wire.ask(*bytes_of)) == expected
            assert not wire.by_asgi

    asyncio.run(run())


def test_a_body_told_or_found_too_large_is_refused_before_it_has_come(site):
    told = post("/v1/plans", b"", "").replace(b"length: 0", b"length: %d" % (BODY_MAX + 1))

    async def run():
        async with wired(site) as wire:
            status, _, body = await wire.ask(told)
            assert (status, json.loads(body)["code"]) == (413, "too_large")

    asyncio.run(run())


@pytest.mark.parametrize("more", ["connection: close\r\n", None])
def test_a_connection_is_closed_for_who_wants_it_closed(site, more):
    call = get("/healthz", more) if more else get("/healthz").replace(b"HTTP/1.1", b"HTTP/1.0")

    async def run():
        async with wired(site) as wire:
            status, headers, _ = await wire.ask(call)
            assert status == 200
            assert headers["connection"] == "close"
            assert await wire.closed()

    asyncio.run(run())


def test_a_closing_server_answers_what_is_being_sent_and_then_closes(site):
    call = post("/v1/plans", PLAN)

    async def run():
        async with wired(site) as wire:
            wire.writer.write(call[:-5])
            await wire.writer.drain()
            await until(lambda: any(one._answering for one in wire.state.connections))
            (connection,) = wire.state.connections
            connection.shutdown()
            status, headers, _ = await wire.ask(call[-5:])
            assert status == 200
            assert headers["connection"] == "close"
            assert await wire.closed()

    asyncio.run(run())


def test_a_closing_server_closes_idle_connections_at_once(site):
    async def run():
        async with wired(site) as wire:
            await wire.ask(get("/healthz"))
            (connection,) = wire.state.connections
            connection.shutdown()
            assert await wire.closed()

    asyncio.run(run())


class Held:
    """Carries requests out when it is let; counts those that came."""

    def __init__(self, submit):
        self.submit, self.gate, self.came = submit, asyncio.Event(), 0

    async def __call__(self, requests):
        self.came += len(requests)
        await self.gate.wait()
        return await self.submit(requests)

    def put(self, request):
        async def alone():
            return (await self([request]))[0]

        return asyncio.ensure_future(alone())


@pytest.fixture(params=["by a task", "by a promise"])
def held(request, site):
    """Give a site whose writes are held back, with what holds them."""
    holding = Held(site.submit)
    gather = holding.put if request.param == "by a promise" else None
    return dataclasses.replace(site, submit=holding, gather=gather), holding


def test_a_closing_server_answers_what_waits_for_the_store_and_then_closes(held):
    site, holding = held

    async def run():
        async with wired(site) as wire:
            wire.writer.write(post("/v1/activations", ACTIVATION))
            await until(lambda: holding.came)
            (connection,) = wire.state.connections
            connection.shutdown()
            assert wire.state.connections, "uvicorn waits for it"
            holding.gate.set()
            status, headers, body = await wire.answer()
            assert (status, headers["connection"]) == (200, "close")
            assert json.loads(body)["outcomes"][0]["status"] == "activated"
            assert await wire.closed()

    asyncio.run(run())


def test_calls_wait_their_turn_behind_one_that_waits_for_the_store(held):
    site, holding = held

    async def run():
        async with wired(site) as wire:
            calls = post("/v1/activations", ACTIVATION) * 3 + get("/healthz")
            wire.writer.write(calls)
            await until(lambda: holding.came)
            assert wire.state.total_requests == 0
            holding.gate.set()
            answers = [await wire.answer() for _ in range(4)]
            replayed = [json.loads(one[2])["outcomes"][0]["replayed"] for one in answers[:3]]
            assert replayed == [False, True, True]
            assert json.loads(answers[3][2])["status"] == "ok"
            await until(lambda: wire.state.total_requests == 4)

    asyncio.run(run())


def test_what_was_asked_is_done_though_the_client_has_gone(held):
    site, holding = held

    async def run():
        async with wired(site) as wire:
            wire.writer.write(post("/v1/activations", ACTIVATION))
            await until(lambda: holding.came)
            wire.writer.close()
            await until(lambda: not wire.state.connections)
            assert not site.office.store.answers
            holding.gate.set()
            await until(lambda: site.office.store.answers)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (lambda future: future.cancel(), 503),
        (lambda future: future.set_exception(StoreBusyError("busy")), 503),
        (lambda future: future.set_exception(ValueError("a defect")), 500),
    ],
)
def test_a_batch_that_failed_is_a_problem_by_both_ways(site, end, status):
    def gather(_):
        future = asyncio.get_running_loop().create_future()
        end(future)
        return future

    short = post("/v1/activations", ACTIVATION)
    long = short.replace(b"/activations", b"/activ%61tions")

    async def run():
        async with wired(dataclasses.replace(site, gather=gather)) as wire:
            assert (await wire.ask(short))[0] == status
            assert (await wire.ask(long))[0] == status
            assert wire.by_asgi == ["/v1/activations"]

    asyncio.run(run())


def test_a_defect_is_a_problem_and_the_connection_lives(site, caplog):
    def broken(_):
        raise ValueError("zhang 990000")

    changed = dataclasses.replace(site, regions=site.regions, to_wgs84=broken)

    async def run():
        async with wired(changed) as wire:
            near = json.dumps({"region": "990000", "near": {"lat": 30, "lon": 120}}).encode()
            status, _, body = await wire.ask(post("/v1/plans", near))
            assert (status, json.loads(body)["code"]) == (500, "broken")
            assert (await wire.ask(get("/healthz")))[0] == 200

    asyncio.run(run())
    assert "TypeError" in caplog.text
    assert "zhang" not in caplog.text


def test_a_client_that_does_not_read_is_waited_for(site):
    """Answers of some megabytes are not all put into memory for a client that reads none."""
    calls = 400

    async def run():
        async with wired(site) as wire:
            wire.writer.write(get("/v1/points?region=990000&limit=100") * calls)
            await until(lambda: any(one.flow.write_paused for one in wire.state.connections))
            (connection,) = wire.state.connections
            assert wire.state.total_requests < calls
            assert connection.transport.get_write_buffer_size() < 1_000_000
            for _ in range(calls):
                assert (await wire.answer())[0] == 200

    asyncio.run(run())
