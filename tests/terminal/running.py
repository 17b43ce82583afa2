"""The agent as a process of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

SOURCES = Path(__file__).parents[2] / "terminal" / "src"
STARTS_WITHIN_S = 30
HOSPITAL = "terminal-test:h1"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def command(*words: str, folder: Path) -> tuple[list[str], dict[str, str]]:
    """What starts the agent's command line, and its environment."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(SOURCES),
        "QIKA_TERMINAL_SETTINGS": str(folder / "terminal.toml"),
        "QIKA_LANG": "en",
    }
    return [sys.executable, "-m", "qika_terminal", *words], environment


@dataclass
class Running:
    """An agent's process that answers."""

    process: subprocess.Popen[str]
    http: httpx.Client

    def kill(self) -> None:
        """End it as a loss of power would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Running]:
    """Start the agent and wait until it answers."""
    words, environment = command("serve", folder=folder)
    log = (folder / "log").open("a")
    port = int((folder / "port").read_text())
    with (
        log,
        subprocess.Popen(words, env=environment, stdout=log, stderr=log, text=True) as process,
    ):
        try:
            _await_port(process, port)
            token = (folder / "kept" / "token").read_text().strip()
            headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
            url = f"http://127.0.0.1:{port}"
            with httpx.Client(base_url=url, headers=headers, timeout=30) as http:
                yield Running(process, http)
        finally:
            if process.poll() is None:
                process.kill()


def _await_port(process: subprocess.Popen[str], port: int) -> None:
    began = time.monotonic()
    while time.monotonic() - began < STARTS_WITHIN_S:
        assert process.poll() is None
        with socket.socket() as there:
            if there.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError("the agent never answered")


def set_up(folder: Path, origin: str, driver: str = 'input = "http"') -> Path:
    """Write the settings of a counter in a folder, beside its key."""
    folder.mkdir(exist_ok=True)
    (folder / "port").write_text(str(free_port()))
    (folder / "terminal.toml").write_text(f"""
[service]
origin = "{origin}"
key_id = "hospital-1"
key_file = "private.pem"
[point]
id = "{HOSPITAL}"
channel = "hospital_first_use"
[driver]
{driver}
[queue]
folder = "kept"
[door]
port = {(folder / "port").read_text()}
""")
    return folder
