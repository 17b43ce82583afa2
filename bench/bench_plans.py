"""Plans and searches per CPU-second of the serving process; no answer is kept.

A real `qika demo` process on one core, 32 connections of this process on the other. POST /v1/plans:
each request another region, date, bank, person and place. GET /v1/points: each another place, half
of them with a channel, a fifth only what is open now, 20 points asked for. CPU time is the server's
own (utime + stime), so that what else the machine does does not count. Beside them in the same
rounds: /healthz of the same process, which is what HTTP alone costs.
"""

import asyncio
import json
import os
import random
import statistics
import tempfile
from pathlib import Path

from qika.wiring import gazetteer

from bench.serving import CLIENT_CORE, DEMO, cpu_s, free_port, running

ROUNDS, REQUESTS, CONNECTIONS = 5, 6_000, 32
RESULTS = Path(__file__).parent / "results"
BANKS = ["102", "103", "104", "105", "301", "403"]


def bodies(rnd: random.Random, count: int) -> list[bytes]:
    """Questions as people ask them: big places often, small ones sometimes, every detail varied."""
    codes = [c for c in gazetteer().divisions if not c.startswith(("71", "81", "82"))]
    rnd.shuffle(codes)
    weights = [1 / (rank + 1) for rank in range(len(codes))]
    regions = rnd.choices([*codes, "990000"], [*weights, 2.0], k=count)
    return [
        json.dumps(
            {
                "region": region,
                "collected_on": f"2026-{rnd.randint(1, 10):02d}-{rnd.randint(1, 28):02d}",
                "card_bank": rnd.choice(BANKS),
                "who": rnd.choice(["holder", "holder", "agent", "guardian"]),
                "near": {"lat": 31 + rnd.random() / 50, "lon": 111 + rnd.random() / 50},
            }
        ).encode()
        for region in regions
    ]


def searches(rnd: random.Random, count: int) -> list[str]:
    """Searches around places of the example city, none twice."""
    ways = ["", "", "&channel=bank_counter", "&channel=pharmacy_first_use"]
    return [
        f"/v1/points?lat={31 + rnd.random() / 20:.6f}&lon={111 + rnd.random() / 20:.6f}"
        f"{rnd.choice(ways)}{rnd.choice(['', '', '', '', '&open=now'])}"
        for _ in range(count)
    ]


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: qika\r\n\r\n".encode()


def post(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nhost: qika\r\ncontent-type: application/json\r\n"
    return head.encode() + b"content-length: %d\r\n\r\n" % len(body) + body


async def drive(port: int, requests: list[bytes]) -> None:
    """Send all requests over a few kept connections; every answer must be a 200."""
    waiting = iter(requests)

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode())
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
        writer.close()

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))


def measured(pid: int, port: int, requests: list[bytes]) -> float:
    before = cpu_s(pid)
    asyncio.run(drive(port, requests))
    return len(requests) / (cpu_s(pid) - before)


def ratio(ours: list[float], theirs: list[float]) -> float:
    return round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 3)


def main() -> None:
    rnd = random.Random(20261122)
    os.sched_setaffinity(0, {int(CLIENT_CORE)})
    with tempfile.TemporaryDirectory() as data:
        port = free_port()
        with running([*DEMO, "--port", str(port), "--data", data], port) as server:
            warm = [post("/v1/plans", body) for body in bodies(rnd, 4 * REQUESTS)]
            asyncio.run(drive(port, warm + [get(path) for path in searches(rnd, REQUESTS)]))
            plans, points, health = [], [], []
            for _ in range(ROUNDS):
                asked = [post("/v1/plans", body) for body in bodies(rnd, REQUESTS)]
                plans.append(measured(server.pid, port, asked))
                sought = [get(path) for path in searches(rnd, REQUESTS)]
                points.append(measured(server.pid, port, sought))
                health.append(measured(server.pid, port, [get("/healthz")] * REQUESTS))
    row = {
        "plans_per_cpu_s": round(statistics.median(plans)),
        "points_per_cpu_s": round(statistics.median(points)),
        "healthz_per_cpu_s": round(statistics.median(health)),
        "plans_to_healthz": ratio(plans, health),
        "points_to_healthz": ratio(points, health),
        "rounds_plans": [round(one) for one in plans],
        "rounds_points": [round(one) for one in points],
    }
    for name, value in row.items():
        print(f"{name:>20}  {value}")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "plans.json").write_text(json.dumps(row, indent=2))


if __name__ == "__main__":
    main()
