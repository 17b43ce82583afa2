"""The driver's string by file, by a program's output and by a library; what can go wrong there."""

import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from qika_terminal.faults import Fault, RefusedError
from qika_terminal.inputs import CallsOnly, StringFile, source_of
from qika_terminal.settings import Convention, Driver, Input

from tests.terminal.counters import NOW, Clock, driver_string, identifier

SAID = driver_string(1, name="王䶮").encode("gb18030")


def fault(source) -> tuple[Fault, str]:
    with pytest.raises(RefusedError) as refused:
        source.read()
    return refused.value.fault, refused.value.detail


def program(tmp_path, code: str, **changes: object):
    path = tmp_path / "driver.py"
    path.write_text(code)
    command = (sys.executable, str(path))
    return source_of(Driver(Input.PIPE, command=command, **changes), Clock())


def test_without_a_reader_of_its_own_an_agent_reads_nothing():
    source = source_of(Driver(Input.HTTP), Clock())
    assert isinstance(source, CallsOnly)
    assert fault(source)[0] is Fault.STRING_MISSING


def test_a_file_is_read_once_and_taken_away(tmp_path):
    path = tmp_path / "card.txt"
    source = StringFile(path, 30, "gb18030", lambda: datetime.now(UTC))  # noqa: TID251
    assert fault(source)[0] is Fault.STRING_MISSING
    path.write_bytes(SAID)
    assert source.read().name == "王䶮"
    assert list(tmp_path.iterdir()) == []
    assert fault(source)[0] is Fault.STRING_MISSING


def test_an_old_file_is_of_the_person_before_and_thrown_away(tmp_path):
    path, clock = tmp_path / "card.txt", Clock()
    source = source_of(Driver(Input.FILE, path=path), clock)
    path.write_bytes(SAID)
    old = (NOW - timedelta(seconds=31)).timestamp()
    os.utime(path, (old, old))
    assert fault(source)[0] is Fault.STRING_STALE
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_torn_is_refused_and_gone(tmp_path):
    path, clock = tmp_path / "card.txt", Clock()
    source = source_of(Driver(Input.FILE, path=path), clock)
    path.write_bytes(SAID[:50])
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    assert fault(source)[0] in {Fault.STRING_TORN, Fault.STRING_ENCODING}
    assert list(tmp_path.iterdir()) == []


def test_a_program_writes_the_string_to_its_output(tmp_path):
    source = program(tmp_path, f"import sys; sys.stdout.buffer.write({SAID!r})")
    assert source.read().identifier == identifier(1)


def test_what_a_program_can_do_wrong_is_told_apart(tmp_path):
    assert fault(program(tmp_path, "print(-2201); raise SystemExit(1)")) == (
        Fault.DRIVER_REFUSED, "-2201",
    )  # fmt: skip
    assert fault(program(tmp_path, "raise SystemExit(7)")) == (Fault.DRIVER_REFUSED, "7")
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    assert fault(program(tmp_path, crash)) == (Fault.DRIVER_REFUSED, "-11")
    assert fault(program(tmp_path, "")) == (Fault.STRING_EMPTY, "")
    began = time.monotonic()
    hangs = program(tmp_path, "import time; time.sleep(60)", timeout_s=1)
    assert fault(hangs) == (Fault.DRIVER_SILENT, "")
    assert time.monotonic() - began < 20
    nowhere = source_of(Driver(Input.PIPE, command=("/nowhere/driver",)), Clock())
    assert fault(nowhere)[0] is Fault.DRIVER_MISSING


LIBRARY = """
#include <string.h>
int iReadCardBas(int kind, char *out) {
    static const unsigned char said[] = {SAID};
    if (kind == 1) { strcpy(out, "no card"); return -1; }
    if (kind == 2) { *(volatile int *)0 = 1; }
    memcpy(out, said, sizeof said);
    return 0;
}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A driver as vendors ship it: a library with that one function."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler, "a C compiler is missing: `make terminal` installs Debian's as root"
    folder = tmp_path_factory.mktemp("library")
    code = LIBRARY.replace("SAID", ",".join(str(byte) for byte in SAID + b"\0"))
    (folder / "driver.c").write_text(code)
    words = [compiler, "-shared", "-fPIC", "-o", "driver.so", "driver.c"]
    subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return folder / "driver.so"


def test_a_vendors_library_is_called(library):
    for convention in Convention:
        driver = Driver(Input.CTYPES, path=library, kind=3, convention=convention)
        assert source_of(driver, Clock()).read().name == "王䶮"


def test_a_library_that_refuses_crashes_or_is_missing_harms_nobody(library, tmp_path):
    def read(**changes: object):
        return fault(source_of(Driver(Input.CTYPES, **{"path": library, **changes}), Clock()))

    assert read(kind=1) == (Fault.DRIVER_REFUSED, "-1")
    assert read(kind=2) == (Fault.DRIVER_REFUSED, "-11")
    assert read(path=tmp_path / "none.so")[0] is Fault.DRIVER_MISSING
    assert read(function="iReadOther")[0] is Fault.DRIVER_MISSING
    assert read(python="/nowhere/python")[0] is Fault.DRIVER_MISSING
