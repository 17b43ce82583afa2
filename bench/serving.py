"""Servers under measurement: each on core 0, wrk on core 1, CPU time of the server's processes."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

CONNECTIONS = 32
TICKS = os.sysconf("SC_CLK_TCK")
SERVER_CORE, CLIENT_CORE = "0", "1"
DEMO = (sys.executable, "-c", "from qika.cli import main; main()", "demo")


class Running(NamedTuple):
    """A server that answers."""

    pid: int
    port: int

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    more: Mapping[str, str] | None = None,
    *,
    pinned: bool = True,
) -> Iterator[Running]:
    """Run a server on its core until the block ends; RuntimeError with its words if it will not."""
    said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this generator
    server = subprocess.Popen(
        [*(("taskset", "-c", SERVER_CORE) if pinned else ()), *command],
        stdout=said, stderr=said, env={**os.environ, **(more or {})},
    )  # fmt: skip
    try:
        wait_for(port, server)
        yield Running(server.pid, port)
    except ConnectionError as error:
        said.seek(0)
        raise RuntimeError(said.read().decode()[-2000:]) from error
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            for pid in reversed(family(server.pid)):
                os.kill(pid, signal.SIGKILL)


def wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise ConnectionError("the server did not start")


def family(pid: int) -> list[int]:
    """Give a process and its descendants."""
    parents: dict[int, int] = {}
    for one in Path("/proc").iterdir():
        if one.name.isdigit():
            try:
                fields = (one / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(one.name)] = int(fields[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def cpu_s(pid: int) -> float:
    """Give the CPU seconds that a process and its descendants have used, ended ones too."""
    ticks = 0
    for one in family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
    return ticks / TICKS


def loaded(server: Running, path: str, seconds: int, script: Path | None = None) -> float:
    """Load a server by wrk; give requests per CPU second of the server.

    RuntimeError if an answer was not a success.
    """
    asking = ["-s", str(script)] if script else []
    command = ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    before = cpu_s(server.pid)
    said = subprocess.run(
        [*command, *asking, server.url(path)], check=True, capture_output=True, text=True
    ).stdout
    spent = cpu_s(server.pid) - before
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    requests = re.search(r"(\d+) requests in", said)
    assert requests is not None, said
    return int(requests[1]) / spent
