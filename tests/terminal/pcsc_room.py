"""A room of its own for the real PC/SC service, with a virtual card put into its virtual reader.

Run by test_pcsc in new namespaces for the network and for mounts: the virtual reader listens on
every address, and the service's socket has one place on a machine. Reads commands as lines of
JSON, answers each with a line. Usage: pcsc_room.py FOLDER
"""

import contextlib
import fcntl
import json
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
from smartcard.scard import (
    SCARD_SCOPE_USER,
    SCARD_SHARE_EXCLUSIVE,
    SCARD_STATE_EMPTY,
    SCARD_STATE_PRESENT,
    SCARD_STATE_UNAWARE,
    SCardEstablishContext,
    SCardGetStatusChange,
)
from smartcard.System import readers

from qika_terminal.faults import RefusedError
from qika_terminal.readers import PcscReader

from tests.terminal.running import serving
from tests.terminal.virtual_card import VirtualCard

ATR = bytes.fromhex("3B6D00000081000000000000000000000001")
DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
SOCKET = Path("/run/pcscd/pcscd.comm")
PORT = 35_963
PATIENCE_S = 20
_SET_FLAGS, _UP = 0x8914, 0x1
_OFF, _ON, _RESET, _GIVE_ATR = b"\x00", b"\x01", b"\x02", b"\x04"


class Plug:
    """Holds the card in the reader: a connection to it; closed, the card is pulled out.

    The reader writes two bytes of length, then the command. Without quick acknowledgements each
    command would wait 40 ms for the first of them.
    """

    def __init__(self, card: VirtualCard) -> None:
        self.card = card
        self._line = socket.create_connection(("127.0.0.1", PORT))
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._thread = threading.Thread(target=self._answer)
        self._thread.start()

    def pull(self) -> None:
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE_S)

    def _take(self, length: int) -> bytes:
        taken = b""
        while len(taken) < length:
            part = self._line.recv(length - len(taken))
            if not part:
                raise EOFError
            self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            taken += part
        return taken

    def _answer(self) -> None:
        with self._line, contextlib.suppress(EOFError, OSError):
            while True:
                (length,) = struct.unpack(">H", self._take(2))
                said = self._take(length)
                if said in {_OFF, _ON, _RESET}:
                    continue
                answer = ATR if said == _GIVE_ATR else self.card.answer(said)
                self._line.sendall(struct.pack(">H", len(answer)) + answer)


class Room:
    """The service, its reader, and what lies in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plug: Plug | None = None
        self.pcscd = _started(folder)

    def do(self, said: dict) -> object:
        """Carry out one command."""
        return getattr(self, said.pop("do"))(**said)

    def names(self) -> list[str]:
        return list(PcscReader().names())

    def insert(self, pulled_at: int | None = None, **card: object) -> None:
        """Put a card in; it is pulled out again when it gets the nth command."""

        def pull(_command: bytes) -> None:
            if len(made.commands) == pulled_at:
                raise EOFError

        made = VirtualCard(on_command=pull, **card)
        _await_state(SCARD_STATE_EMPTY)
        self.plug = Plug(made)
        _await_state(SCARD_STATE_PRESENT)

    def pull(self) -> str:
        """Pull the card out; gives what reading says once the service has noticed."""
        assert self.plug is not None
        self.plug.pull()
        return self.read_until("no_card")

    def read(self, wanted: str = "") -> dict:
        try:
            card = PcscReader(wanted).read()
        except RefusedError as error:
            return {"fault": error.fault}
        return {"number": card.number, "identifier": card.identifier, "name": card.name}

    def read_until(self, fault: str) -> str:
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE_S:
            found = self.read().get("fault", "")
            if found == fault:
                break
        return found

    def read_beside_another_program(self) -> dict:
        """Read while another program has the card for itself."""
        other = readers()[0].createConnection()
        other.connect(mode=SCARD_SHARE_EXCLUSIVE)
        try:
            return self.read()
        finally:
            other.disconnect()

    def counter(self, calls: int = 1) -> list[dict]:
        """Start a real agent here, where no line leads out, and have it keep what it reads."""
        said = {"use": "outpatient", "presented": [{"document": "id_card", "of": "holder"}]}
        with serving(self.folder) as agent:
            answers = [agent.http.post("/first-use", json=said) for _ in range(calls)]
            agent.kill()
        return [{"http": one.status_code, **one.json()} for one in answers]

    def stop_service(self) -> dict:
        self.pcscd.terminate()
        self.pcscd.wait(PATIENCE_S)
        return self.read()

    def close(self) -> None:
        if self.plug is not None:
            self.plug.pull()
        self.pcscd.kill()
        self.pcscd.wait(PATIENCE_S)


def _await_state(wished: int) -> None:
    """Wait until the service has seen a card come or go; it looks a few times a second.

    It counts what it saw in the upper half of the state: a card that left within a command shows
    as gone before it was seen to leave, and one put in meanwhile would not be seen to come.
    """
    _, context = SCardEstablishContext(SCARD_SCOPE_USER)
    name, state, began = str(readers()[0]), SCARD_STATE_UNAWARE, time.monotonic()
    seen_odd = wished == SCARD_STATE_PRESENT
    while time.monotonic() - began < PATIENCE_S:
        _, [(_, state, _)] = SCardGetStatusChange(context, 100, [(name, state)])
        if state & wished and (state >> 16) % 2 == seen_odd:
            return
    raise AssertionError(f"the reader's state is {state:#x}")


def _started(folder: Path) -> subprocess.Popen[bytes]:
    """Start the service with the virtual reader alone; returns when it takes callers."""
    configuration = folder / "readers"
    configuration.mkdir()
    (configuration / "virtual").write_text(
        f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:{PORT:#X}\nLIBPATH {DRIVER}\n'
        f"CHANNELID {PORT:#X}\n".replace("0X", "0x")
    )
    SOCKET.parent.mkdir()
    log = (folder / "pcscd.log").open("wb")
    words = ["/usr/sbin/pcscd", "--foreground", "--config", str(configuration)]
    with log:
        service = subprocess.Popen(words, stdout=log, stderr=log)
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_S:
        assert service.poll() is None, (folder / "pcscd.log").read_text()
        with contextlib.suppress(Exception):
            if readers():
                return service
    raise AssertionError((folder / "pcscd.log").read_text())


def _alone() -> None:
    """Turn on the loopback of this namespace, and hide the machine's run directory."""
    with socket.socket() as any_socket:
        request = struct.pack("16sh", b"lo", _UP)
        fcntl.ioctl(any_socket, _SET_FLAGS, request)
    subprocess.run(["mount", "-t", "tmpfs", "qika-test", "/run"], check=True)


def main(folder: Path) -> None:
    _alone()
    room = Room(folder)
    sys.stdout.write('"ready"\n')
    sys.stdout.flush()
    try:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(room.do(json.loads(line))) + "\n")
            sys.stdout.flush()
    except httpx.TransportError as error:
        sys.stdout.write(json.dumps(str(error)) + "\n")
    finally:
        room.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
