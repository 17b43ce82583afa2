"""A city with a service that knows its hospital, as a process that can be stopped and started."""

import contextlib
import time
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.journeys.terminal import CARD_COLUMNS, Terminal, as_process
from tests.signers import Signer
from tests.terminal.counters import card_number, identifier
from tests.terminal.running import HOSPITAL, free_port, set_up

CARDS = 24
PATIENCE_S = 60
POINT_COLUMNS = (
    "source_id,name,kind,address,region,lat,lon,crs,channels,applications,capability_source,"
    "confirmed_on"
)


def city_with_hospital(folder: Path, cards: int, signer: Signer) -> Terminal:
    """Fill a city: cards, the hospital as a point, and as a partner with a key."""
    city = Terminal(folder)
    rows = [
        f"990000,{card_number(number)},{identifier(number)},P{card_number(number)},Zhang Shili,102,"
        "2026-01-02,2026-01-05,3"
        for number in range(cards)
    ]
    file = city.file("cards.csv", "\n".join((CARD_COLUMNS, *rows)) + "\n")
    said = city.type("import", "cards", file)
    assert said.code == 0, said
    point = (
        "h1,Example Hospital,hospital,Example Road 1,990000,31.1234,111.4321,WGS84,"
        "hospital_first_use,social,test,2026-01-01"
    )
    file = city.file("terminal-test.csv", f"{POINT_COLUMNS}\n{point}\n")
    said = city.type("import", "points", file)
    assert said.code == 0, said
    city.json("partners", "put", "hospital", "--name", "Hospital", "--regions", "990000",
              "--channels", "hospital_first_use", "--points", HOSPITAL)  # fmt: skip
    city.json("partners", "add-key", "hospital", "hospital-1",
              city.file("public.pem", signer.public))  # fmt: skip
    return city


class City:
    """A city with its service, which can be stopped and started at one address."""

    def __init__(self, folder) -> None:
        self.signer = Signer.new("hospital-1")
        self.folder = folder
        self.terminal: Terminal = city_with_hospital(folder, CARDS, self.signer)
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def serving(self):
        words = ("serve", "--doors", "partner", "--origin", self.origin, "--port", str(self.port))
        with as_process(*words, folder=self.folder / "data") as process:
            began = time.monotonic()
            while not self._answers():
                assert process.poll() is None, process.communicate()
                assert time.monotonic() - began < PATIENCE_S
            yield process

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.origin}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def counter(self, folder, driver: str = 'input = "http"'):
        made = set_up(folder, self.origin, driver)
        key = made / "private.pem"
        key.touch(0o600)
        key.write_bytes(
            self.signer.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        return made

    def history(self, number: int) -> list[dict]:
        return self.terminal.json("status", "990000", card_number(number))["history"]


def until(http: httpx.Client, wished) -> dict:
    """Ask how the queue stands until it is as wished."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_S:
        queue = http.get("/queue").json()
        if wished(queue):
            return queue
        http.post("/queue/send-now", json={})
    raise AssertionError(queue["counts"], queue["line"])
