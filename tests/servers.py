"""A PostgreSQL server of the tests' own, on loopback, in a folder of its own."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from qika.storage.postgres.lines import connect
from qika.storage.postgres.placement import DISTRIBUTED, REFERENCE, Placement
from qika.storage.postgres.schema import migrate

CITUS = "QIKA_TEST_CITUS"
"""The environment variable that names the coordinator of a Citus cluster, as an address."""

ON_CITUS = ("citus",) if CITUS in os.environ else ()
"""What tests on every store add where a cluster is named."""

KEPT = ("sqlite", "postgres", "partitioned", *ON_CITUS)
"""The stores that keep what they are told."""

HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For tests that do not ask what a crash leaves."""


def binaries() -> Path:
    """The newest PostgreSQL that Debian installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_release)
    assert found, "PostgreSQL is missing: `make test` installs Debian's package as root"
    return found[-1].parent


def _release(initdb: Path) -> int:
    return int(initdb.parents[1].name)


class Server:
    """A running server; databases are made in it by name."""

    def __init__(self, folder: Path, *, hasty: bool = True, settings: Sequence[str] = ()) -> None:
        self.folder, self.hasty, self.settings = folder, hasty, settings
        self._made: set[str] = set()
        # PostgreSQL refuses to run as root
        self._as = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        self._do(
            *("initdb", "--pgdata", self._data, "--username=postgres", "--auth=trust"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
        )
        self.start()

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    @property
    def pid(self) -> int:
        """The process that all others of the server belong to."""
        return int((Path(self._data) / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        """Start it; returns when it takes connections."""
        settings = (
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=''",
            "max_connections=60",
            "max_prepared_transactions=10",
            "shared_buffers=64MB",
            *(HASTY if self.hasty else ()),
            *self.settings,
        )
        options = " ".join(f"-c {one}" for one in settings)
        log = str(self.folder / "log")
        self._do("pg_ctl", "start", "-w", "-D", self._data, "-l", log, "-o", options)

    def stop(self, how: str = "immediate") -> None:
        """Stop it and everything it began; ``fast`` writes everything down first."""
        self._do("pg_ctl", "stop", "-w", "-m", how, "-D", self._data)

    def crash(self) -> None:
        """End it as a loss of power would, but for what the system had already taken to write."""
        os.kill(self.pid, signal.SIGQUIT)
        self._do("pg_ctl", "stop", "-w", "-D", self._data, check=False)

    def address(self, database: str) -> str:
        """What ``--database`` takes."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def sql(self, database: str, text: str) -> list[tuple[object, ...]]:
        """Run a statement by a connection of its own."""
        return asyncio.run(fetched(self.address(database), text))

    def database(self, name: str, placement: Placement | None = None) -> str:
        """Make a database anew, with the tables if a placement is given; gives its address."""
        self.sql("postgres", f"drop database if exists {name} with (force)")
        self.sql("postgres", f"create database {name}")
        if placement is not None:
            asyncio.run(migrated(self.address(name), placement))
        return self.address(name)

    def empty(self, name: str, placement: Placement) -> str:
        """Make a database with empty tables; one that was made so before is only emptied."""
        if name not in self._made:
            self._made.add(name)
            return self.database(name, placement)
        return emptied(self.address(name), placement)

    def _do(self, *command: str, check: bool = True) -> None:
        program = str(binaries() / command[0])
        done = subprocess.run(
            [program, *command[1:]], cwd="/", check=False, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, **self._as,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout + done.stderr


async def fetched(address: str, text: str) -> list[tuple[object, ...]]:
    """Run a statement by a connection of its own."""
    connection = await asyncpg.connect(address)
    try:
        return [tuple(row) for row in await connection.fetch(text)]
    finally:
        await connection.close()


async def seen(address: str, question: str, enough: int = 1) -> None:
    """Ask until the server says so; the time limit of the test bounds it."""
    connection = await asyncpg.connect(address)
    try:
        while (await connection.fetchval(question)) < enough:
            pass
    finally:
        await connection.close()


async def migrated(address: str, placement: Placement) -> None:
    """Make the tables."""
    connection = await connect(address)
    try:
        await migrate(connection, placement)
    finally:
        await connection.close(timeout=5)


def emptied(address: str, placement: Placement) -> str:
    """Empty every table of a database, made if need be, and forget any copy; gives its address."""
    tables = ", ".join((*DISTRIBUTED, *REFERENCE))

    async def work() -> None:
        await migrated(address, placement)
        await fetched(address, f"truncate {tables}")
        await fetched(address, "drop table if exists copy_place")

    asyncio.run(work())
    return address


@contextmanager
def running_server(*, hasty: bool = True, settings: Sequence[str] = ()) -> Iterator[Server]:
    """Start a server in a new folder; stop it and remove the folder at the end."""
    folder = Path(tempfile.mkdtemp(prefix="qika-postgres-"))
    try:
        server = Server(folder, hasty=hasty, settings=settings)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
