"""A standby of the tests' server: a stream of its log that can be stopped and let go."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import Server, running_server

NAME = "standby1"


class Standby:
    """A server that copies another one's log, and takes part in its commits."""

    def __init__(self, primary: Server, folder: Path) -> None:
        self._primary, self._folder = primary, folder
        address = f"host=127.0.0.1 port={primary.port} user=postgres"
        primary._do(
            "pg_basebackup", "-D", str(folder / "data"), "-d", address, "-X", "stream",
            "--checkpoint=fast", "--no-sync",
        )  # fmt: skip
        self._data = folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (self._data / "standby.signal").touch()
        with (self._data / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"primary_conninfo = '{address} application_name={NAME}'\n")
        self.start()

    def start(self) -> None:
        options = f"-c port={self.port} -c listen_addresses=127.0.0.1"
        options += " -c unix_socket_directories='' -c fsync=off -c max_connections=60"
        options += " -c max_prepared_transactions=10"
        log = str(self._folder / "log")
        self._primary._do("pg_ctl", "start", "-w", "-D", str(self._data), "-l", log, "-o", options)

    def stop(self) -> None:
        self._primary._do(
            "pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self._data), check=False
        )

    def receiver(self) -> int:
        """The process that receives the log."""
        head = int((self._data / "postmaster.pid").read_text().split()[0])
        found = subprocess.run(
            ["pgrep", "-P", str(head), "-f", "walreceiver"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        return int(found.stdout)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Receive nothing meanwhile, as over a network that hangs."""
        process = self.receiver()
        os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(process, signal.SIGCONT)


@contextmanager
def replicated_server() -> Iterator[tuple[Server, Standby]]:
    """A server whose commits wait until its standby has them."""
    settings = ("wal_level=replica", "max_wal_senders=4")
    folder = Path(tempfile.mkdtemp(prefix="qika-standby-"))
    with running_server(hasty=False, settings=settings) as server:
        shutil.chown(folder, "postgres", "postgres")
        try:
            standby = Standby(server, folder)
            try:
                server.sql("postgres", f"alter system set synchronous_standby_names = '{NAME}'")
                server.sql("postgres", "select pg_reload_conf()")
                yield server, standby
            finally:
                standby.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
