"""Signed requests: what one costs, beside an echo of the same server that stores nothing.

A real `qika serve` process with one worker on one core (SQLite, every flush on) takes signed
activations, each of another card, under an Ed25519 key: one a call over 512 connections, 500 a call
over 8, and one stream of lines. The echo is the same connection (uvicorn, ours) that gives a body
back: unsigned, unread, unstored; it is sent the bodies of single calls. Everything is signed before
the clock starts. Counted is the processor's time of the server with all its threads and processes,
so that what else the machine does does not count; a stream is counted until it is done.
Every activation must be answered as done. What a signature costs by itself stands in
`docs/decisions/0015-partner-signatures.md`.

    python -m bench.bench_signed [--rounds 5] [--calls 3000] [--lines 50000]
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from qika.authority.partner import ANY, Algorithm, Partner, PartnerKey, Scope
from qika.operations.registry import Registry
from qika.terms.names import Language
from qika.web.api.endpoints import Endpoint
from qika.web.connection import Connection
from qika.web.lane import Begun
from qika.web.sent import Sent, json_sent
from qika.web.site import Door
from qika.wiring import Settings, fill_example_city, house_of

from bench.bench_activations import NOW, Counter, new_card
from bench.bench_http_activations import body
from bench.serving import CLIENT_CORE, Running, cpu_s, free_port, running
from tests.signers import public_pem, sign

RESULTS = Path(__file__).parent / "results"
PATH, KEY_ID, PAGE, SIZE = "/v1/activations", "bench-1", 5_000, 500
CONNECTIONS = {"single": 512, "batches": 8, "echo": 512}
"""Calls that wait for their answers at once."""
SERVE = (sys.executable, "-c", "from qika.cli import main; main()", "serve")


class EchoLane:
    """Gives every body back."""

    def at_once(self, *_: object) -> Begun:
        """Begin; the body is still to be read."""
        asked = Endpoint("POST", "/", "echo", Door.PUBLIC, (), (), (), lambda _: b"")
        return Begun(asked, Language.EN, (), {}, None, "")

    def answer(self, _: Begun, given: bytes) -> Sent:
        """Give it back."""
        return json_sent(given, Language.EN)


class Echo:
    """An application of nothing else."""

    lane = EchoLane()


@dataclass
class Sender:
    """The sender: its key, where it sends, and how many cards it has used."""

    private: bytes
    origin: str
    next: int = 0

    def numbers(self, count: int) -> range:
        """Take cards that were not used."""
        self.next += count
        return range(self.next - count, self.next)

    def call(self, text: bytes, kind: str = "application/json") -> bytes:
        """Give a signed call as it goes over the wire."""
        key = f"call-{self.next}-{hash(text)}"
        url = self.origin + PATH
        headers = sign.signed_headers(
            self.private, KEY_ID, url, text, key, content_type=kind, created=int(time.time())
        )
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {PATH} HTTP/1.1\r\nhost: qika\r\n{lines}content-length: {len(text)}\r\n\r\n"
        return head.encode() + text


async def fill(settings: Settings, public: str, cards: int) -> None:
    """Make an installation with cards, points and one partner that may do everything."""
    every = frozenset({ANY})
    async with house_of(settings) as house:
        await fill_example_city(house, lambda _: None)
        await house.store.put_points(list(Counter().points.values()))
        for start in range(0, cards, PAGE):
            page = [new_card(house.vault, n) for n in range(start, min(start + PAGE, cards))]
            await house.store.add_cards(page, received_at=NOW)
        registry, now = Registry(house.store), house.office.clock()
        await registry.put(Partner("bench", "Bench", Scope(every, every, every, every, every)))
        await registry.add_key(PartnerKey(KEY_ID, "bench", Algorithm.ED25519, public, now), now)


async def drive(port: int, calls: list[bytes], connections: int) -> list[bytes]:
    """Send all calls over kept connections; gives the bodies of the answers, all of them 2xx."""
    waiting, answers = iter(calls), []

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for call in waiting:
            writer.write(call)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            answer = await reader.readexactly(length)
            if not head.startswith(b"HTTP/1.1 20"):
                raise RuntimeError((head + answer).decode())
            answers.append(answer)
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return answers


def sent(server: Running, calls: list[bytes], what: str, each: int = 1) -> float:
    """Send calls; gives activations (or calls) per CPU-second of the server."""
    before = cpu_s(server.pid)
    answers = asyncio.run(drive(server.port, calls, CONNECTIONS[what]))
    used = cpu_s(server.pid) - before
    if what != "echo":
        for answer in answers:
            statuses = {one["status"] for one in json.loads(answer)["outcomes"]}
            assert statuses == {"activated"}, statuses
    return len(calls) * each / used


def streamed(server: Running, sender: Sender, lines: int) -> float:
    """Send one stream and wait until it is done; gives activations per CPU-second."""
    text = b"".join(body(n) + b"\n" for n in sender.numbers(lines))
    call, before = sender.call(text, "application/x-ndjson"), cpu_s(server.pid)
    (answer,) = asyncio.run(drive(server.port, [call], 1))
    address = sender.origin + json.loads(answer)["location"]
    while (told := _told(sender, address))["state"] not in {"done", "failed"}:
        time.sleep(0.2)
    assert told["outcomes"] == {"activated": lines}, told
    return lines / (cpu_s(server.pid) - before)


def _told(sender: Sender, address: str) -> dict[str, object]:
    headers = sign.signed_get_headers(sender.private, KEY_ID, address)
    asked = urllib.request.Request(address, headers=headers)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.load(answer)


@contextmanager
def both(settings: Settings, port: int) -> Iterator[tuple[Running, Running]]:
    """Run the service and the echo, each on the same core in its turn."""
    serve = [*SERVE, "--database", f"sqlite:///{settings.file}", "--data", str(settings.data)]
    echo, module = free_port(), [sys.executable, "-m", "bench.bench_signed", "--echo"]
    with (
        running([*serve, "--port", str(port)], port) as service,
        running([*module, str(echo)], echo) as peer,
    ):
        yield service, peer


def measure(options: argparse.Namespace, folder: Path) -> dict[str, list[float]]:
    """Take turns; gives what was reached in each round."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    settings, port = Settings(folder), free_port()
    each = 2 * options.calls + 20 * SIZE + options.lines
    asyncio.run(fill(settings, public_pem(key), options.rounds * each))
    os.sched_setaffinity(0, {int(CLIENT_CORE)})
    sender = Sender(private, f"http://127.0.0.1:{port}")
    found: dict[str, list[float]] = {"echo": [], "single": [], "batches": [], "stream": []}
    with both(settings, port) as (service, peer):
        for _ in range(options.rounds):
            texts = [body(n) for n in sender.numbers(options.calls)]
            plain = [_plain(text) for text in texts]
            found["echo"].append(sent(peer, plain, "echo"))
            found["single"].append(sent(service, [sender.call(one) for one in texts], "single"))
            batches = [
                b'{"requests":[' + b",".join(map(body, sender.numbers(SIZE))) + b"]}"
                for _ in range(20)
            ]
            calls = [sender.call(one) for one in batches]
            found["batches"].append(sent(service, calls, "batches", SIZE))
            found["stream"].append(streamed(service, sender, options.lines))
    return found


def _plain(text: bytes) -> bytes:
    head = f"POST / HTTP/1.1\r\nhost: qika\r\ncontent-length: {len(text)}\r\n\r\n"
    return head.encode() + text


def main() -> int:
    """Measure and print; no bound is set: the issue asks for the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=3_000)
    parser.add_argument("--lines", type=int, default=50_000)
    parser.add_argument("--echo", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.echo:
        config = uvicorn.Config(
            Echo(), port=chosen.echo, http=Connection, lifespan="off", log_level="warning",
            access_log=False, server_header=False, proxy_headers=False,
        )  # fmt: skip
        uvloop.run(uvicorn.Server(config).serve())
        return 0
    with tempfile.TemporaryDirectory() as name:
        found = measure(chosen, Path(name))
    result: dict[str, object] = {}
    for what, rates in found.items():
        ratios = [rate / echo for rate, echo in zip(rates, found["echo"], strict=True)]
        result[what] = {
            "per_cpu_s": round(statistics.median(rates)),
            "to_echo": round(statistics.median(ratios), 3),
            "rounds": [round(rate) for rate in rates],
        }
        print(f"{what:<10}{statistics.median(rates):>10,.0f} a CPU-second"
              f"{statistics.median(ratios):>8.3f} of the echo")  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "signed.json").write_text(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
