"""HTTP by itself, each a ratio of requests per CPU-second of the server, medians of five rounds.

* Kept answers of a real `qika demo` process (a plan, a page, points), to nginx serving a file that
  holds the very same bytes.
* The endpoint layer alone (read, check nine typed fields, answer thirteen) to FastAPI with pydantic
  and to Django with its middleware, all with the same work in between (`bench/peers`). Each server
  has answered one good and refused one bad question before it is measured.

One server at a time on core 0, wrk with 32 connections on core 1. Needs nginx and wrk from the
system, and `requirements-bench.txt`.
"""

import json
import shutil
import statistics
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.serving import DEMO, Running, free_port, loaded, running

HERE = Path(__file__).parent
ROUNDS, SECONDS = 5, 3
RESULTS = HERE / "results"

KEPT = {
    "plan": "/v1/plans?region=440305&lang=zh",
    "page": "/zh/social-security/card-activation/440305",
    "points": "/v1/points?region=990000&limit=5&lang=zh",
    "regions": "/v1/plans?region=%E6%9C%9D%E9%98%B3&lang=zh",
}
GOOD = {
    "card_number": "A00000001", "request_key": "key", "region": "110100", "channel": "bank",
    "collected_on": "2026-03-01", "lat": 30.1, "lon": 120.2, "bank": "102",
}  # fmt: skip
NGINX = """
worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; open_file_cache max=100;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; default_type application/json; }}
}}
"""


def fetched(url: str, body: bytes | None = None) -> tuple[int, bytes]:
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


def checked(server: Running, path: str) -> None:
    """Hold a peer to one good question and one that every peer must refuse."""
    status, body = fetched(server.url(path), json.dumps(GOOD).encode())
    answer = json.loads(body)
    if status != 200 or len(answer) != 13 or answer["due_on"] != "2026-12-26":
        raise RuntimeError(f"{path}: {status} {body!r}")
    status, body = fetched(server.url(path), json.dumps(GOOD | {"channel": "tea"}).encode())
    if not 400 <= status < 500:
        raise RuntimeError(f"{path}: a wrong channel gave {status} {body!r}")


@contextmanager
def demo() -> Iterator[Running]:
    with tempfile.TemporaryDirectory() as data:
        port = free_port()
        with running([*DEMO, "--port", str(port), "--data", data], port) as server:
            yield server


@contextmanager
def nginx(files: dict[str, bytes]) -> Iterator[Running]:
    with tempfile.TemporaryDirectory() as folder:
        port, root = free_port(), Path(folder) / "files"
        root.mkdir()
        root.chmod(0o755)
        Path(folder).chmod(0o755)
        for name, content in files.items():
            (root / name).write_bytes(content)
        settings = Path(folder) / "nginx.conf"
        settings.write_text(NGINX.format(folder=folder, port=port))
        command = [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(settings)]
        with running([*command, "-e", f"{folder}/errors"], port) as server:
            yield server


@contextmanager
def peer(command: Callable[[int], list[str]]) -> Iterator[Running]:
    port = free_port()
    root = {"PYTHONPATH": f"{HERE.parent / 'src'}:{HERE.parent}"}
    with running([sys.executable, "-m", *command(port)], port, root) as server:
        yield server


def granian(port: int) -> list[str]:
    return [
        "granian", "--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--no-ws",
        "--interface", "wsgi", "--blocking-threads", "1", "--log-level", "warning",
        "bench.peers.django_app:app",
    ]  # fmt: skip


PEERS: dict[str, tuple[str, Callable[[int], list[str]]]] = {
    "qika": ("/check", lambda port: ["bench.peers.qika_app", str(port)]),
    "qika_asgi": ("/check", lambda port: ["bench.peers.qika_app", str(port), "--asgi"]),
    "fastapi": (
        "/check",
        lambda port: [
            "uvicorn", "--host", "127.0.0.1", "--port", str(port), "--loop", "uvloop",
            "--http", "httptools", "--no-access-log", "--no-proxy-headers",
            "--log-level", "warning", "bench.peers.fastapi_app:app",
        ],
    ),
    "django_ninja": ("/check", granian),
    "django_bare": ("/bare", granian),
}  # fmt: skip


def kept_round(bodies: dict[str, bytes]) -> dict[str, float]:
    """Measure each kept answer and the same bytes from nginx."""
    rates: dict[str, float] = {}
    with demo() as server:
        for name, path in KEPT.items():
            bodies[name] = fetched(server.url(path))[1]
            loaded(server, path, 1)
            rates[name] = loaded(server, path, SECONDS)
    with nginx(bodies) as server:
        for name in KEPT:
            if fetched(server.url(f"/{name}"))[1] != bodies[name]:
                raise RuntimeError("nginx serves something else")
            loaded(server, f"/{name}", 1)
            rates[f"nginx_{name}"] = loaded(server, f"/{name}", SECONDS)
    return rates


def peers_round() -> dict[str, float]:
    """Measure the same service by each framework."""
    rates: dict[str, float] = {}
    for name, (path, command) in PEERS.items():
        with peer(command) as server:
            checked(server, path)
            loaded(server, path, 1, HERE / "peers" / "check.lua")
            rates[name] = loaded(server, path, SECONDS, HERE / "peers" / "check.lua")
    return rates


def main() -> None:
    bodies: dict[str, bytes] = {}
    rounds = [kept_round(bodies) | peers_round() for _ in range(ROUNDS)]

    def ratio(ours: str, theirs: str) -> float:
        return round(statistics.median(one[ours] / one[theirs] for one in rounds), 2)

    row: dict[str, object] = {
        f"kept {name} ({len(bodies[name])} bytes) to nginx": ratio(name, f"nginx_{name}")
        for name in KEPT
    }
    for name in ("qika_asgi", "fastapi", "django_ninja", "django_bare"):
        row[f"endpoint layer to {name}"] = ratio("qika", name)
    row |= {
        f"{name} per CPU-s": round(statistics.median(one[name] for one in rounds))
        for name in rounds[0]
    }
    for name, value in row.items():
        print(f"{name:>40}  {value}")
    RESULTS.mkdir(exist_ok=True)
    rounded = [{name: round(rate) for name, rate in one.items()} for one in rounds]
    (RESULTS / "http.json").write_text(json.dumps(row | {"rounds": rounded}, indent=2))


if __name__ == "__main__":
    main()
