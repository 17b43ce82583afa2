"""A rush through a real cache: nginx in front of Qika, with the settings that the docs give."""

import os
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from qika.web.app import build_app

from tests.browser.in_memory import free_port, served
from tests.journeys.example_site import example_site

NGINX = "/usr/sbin/nginx"
SETTINGS = Path(__file__).parents[2] / "docs" / "nginx-cache.conf"
PAGE = "/zh/social-security/card-activation/990000"
RUSH = 400
FRAME = """
worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {settings}
}}
"""


@dataclass
class Origin:
    """Qika behind the cache: counts what it is asked, and lets answers grow old in a second."""

    app: object
    short: bool = False
    asked: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)

    @property
    def lane(self) -> "Origin":
        return self

    def at_once(self, *_) -> None:
        """Leave everything to ASGI, where it is counted."""

    async def __call__(self, scope, receive, send):
        self.asked[scope["path"]] += 1

        async def counted(message):
            if message["type"] == "http.response.start":
                self.answers[message["status"]] += 1
                if self.short:
                    message["headers"] = [
                        (name, value.replace(b"max-age=300", b"max-age=1"))
                        for name, value in message["headers"]
                    ]
            await send(message)

        await self.app(scope, receive, counted)


@contextmanager
def cache(folder: Path, behind: int) -> Iterator[httpx.Client]:
    """Start nginx with the settings of the docs, but for the addresses and the folder."""
    assert Path(NGINX).exists(), "nginx is missing: apt-get install nginx-light"
    port = free_port()
    settings = SETTINGS.read_text("utf-8")
    for written, here in (
        ("listen 8080", f"listen 127.0.0.1:{port}"),
        ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
        ("/var/cache/nginx/qika", f"{folder}/cache"),
    ):
        assert written in settings
        settings = settings.replace(written, here)
    conf = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # whom pytest's folders are for
    conf.write_text(user + FRAME.format(folder=folder, settings=settings))
    command = [NGINX, "-e", str(folder / "errors"), "-c", str(conf)]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with (
        subprocess.Popen(command) as nginx,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client,
    ):
        try:
            _wait(client)
            yield client
        finally:
            nginx.terminate()


def _wait(client: httpx.Client) -> None:
    for _ in range(2_000):
        try:
            client.get("/healthz")
        except httpx.TransportError:
            continue
        return
    raise AssertionError("nginx does not answer")


@pytest.fixture
def house(example_book, tmp_path_factory):
    """Qika on a port of its own, the cache before it, and the means to stop Qika."""
    site = example_site(example_book, points_version=lambda: 1)
    origin, port = Origin(build_app(site)), free_port()
    with ExitStack() as whole, ExitStack() as running:
        running.enter_context(served(origin, port))
        client = whole.enter_context(cache(tmp_path_factory.mktemp("nginx"), port))
        yield origin, client, running.close, lambda: whole.enter_context(served(origin, port))


def rush(client, paths, headers=()) -> Counter[str]:
    """Ask all at once by many threads; give how the cache answered each."""
    gate = threading.Barrier(16)

    def ask(number):
        if number < 16:
            gate.wait()
        answer = client.get(paths[number % len(paths)], headers=headers[number % len(headers)])
        assert answer.status_code == 200
        return answer.headers["x-cache"]

    headers = headers or ({},)
    with ThreadPoolExecutor(16) as threads:
        return Counter(threads.map(ask, range(RUSH)))


PATHS = (PAGE, "/v1/plans?region=990000&lang=zh", "/open/hsds/services?lang=en", "/embed?lang=zh")


@pytest.mark.parametrize("path", PATHS)
def test_of_a_rush_on_a_cold_cache_one_asks_us(house, path):
    origin, client, _, _ = house
    told = rush(client, [path])
    assert origin.asked[path.partition("?")[0]] == 1
    assert told == {"MISS": 1, "HIT": RUSH - 1}
    print(f"\n{path}: {RUSH} asked, {told['HIT'] / RUSH:.4f} answered by the cache")  # noqa: T201


def test_readers_of_many_kinds_share_a_page(house):
    origin, client, _, _ = house
    kinds = [
        {"Accept-Encoding": packs, "Accept-Language": speaks, "Cookie": f"visitor={number}"}
        for number, packs in enumerate(("gzip, deflate, br, zstd", "gzip", "br, gzip;q=0.8"))
        for speaks in ("zh-CN,zh;q=0.9", "en-GB,en;q=0.8", "fr")
    ]
    told = rush(client, [PAGE], kinds)
    assert origin.asked[PAGE] == 1
    assert told["HIT"] == RUSH - 1
    plain = client.get(PAGE, headers={"Accept-Encoding": "identity"})
    assert (plain.headers["x-cache"], "content-encoding" in plain.headers) == ("MISS", False)
    for speaks, said in (("en-GB,en;q=0.8", "en"), ("zh-CN", "zh-CN")):
        for _ in range(2):
            answer = client.get("/", headers={"Accept-Language": speaks})
            assert answer.headers["content-language"] == said


def test_what_is_one_persons_or_changes_by_the_minute_passes_through(house):
    origin, client, _, _ = house
    for path in (f"{PAGE}?collected_on=2026-03-05", "/v1/points?region=990000&open=now"):
        asked = origin.asked.total()
        answers = [client.get(path) for _ in range(3)]
        assert origin.asked.total() == asked + 3
        assert "HIT" not in {one.headers["x-cache"] for one in answers}


def test_an_old_answer_is_renewed_behind_the_readers_by_its_etag(house):
    origin, client, _, _ = house
    origin.short = True
    first = client.get(PAGE)
    for _ in range(100_000):
        answer = client.get(PAGE)
        assert answer.content == first.content
        if answer.headers["x-cache"] != "HIT":
            break
    assert answer.headers["x-cache"] == "STALE"
    for _ in range(100_000):
        if client.get(PAGE).headers["x-cache"] == "HIT":
            break
    assert origin.answers[304] >= 1
    assert origin.answers[200] <= 2  # healthz, and the page once


def test_while_we_are_down_old_answers_go_out_and_new_ones_when_we_are_back(house):
    origin, client, stop, start = house
    origin.short = True
    first = client.get(PAGE)
    stop()
    seen = set()
    while "STALE" not in seen:
        answer = client.get(PAGE)
        assert (answer.status_code, answer.content) == (200, first.content)
        seen.add(answer.headers["x-cache"])
    told = rush(client, [PAGE])
    assert set(told) <= {"STALE", "HIT", "UPDATING"}
    assert client.get(f"{PAGE}?who=agent").status_code == 502
    start()
    assert client.get(f"{PAGE}?who=agent").status_code == 200
