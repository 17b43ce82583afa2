"""The folder of the index: whole or not seen, built once, kept while read, then removed."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from qika.points.index import build_index
from qika.points.nearest import NearestIndex, open_index
from qika.points.point import Capability, Coordinates, ServicePoint
from qika.points.versions import POINTER, building, current_version, hold_current, tidy
from qika.terms.names import (
    Application,
    BankCode,
    ChannelCode,
    IssuerCode,
    PointId,
    PointKind,
    RegionCode,
)

WRITER = """
import sys
from pathlib import Path
from qika.points.versions import Current, building, put_version

def half(path):
    (path / "tree_points.npy").write_bytes(b"half")
    print("half written", flush=True)
    sys.stdin.read()

with building(Path(sys.argv[1])):
    put_version(Path(sys.argv[1]), Current("f" * 24, "2"), half)
"""


def point(name: str, *, lat: float | None = 22.5, hours: str = "24/7") -> ServicePoint:
    counter = Capability(
        ChannelCode("bank_counter"),
        (Application.SOCIAL, Application.FINANCIAL),
        (BankCode("102"),),
        (IssuerCode("440300"), IssuerCode("xpcc")),
        "test",
        date(2026, 11, 1),
    )
    return ServicePoint(
        id=PointId(name),
        name=f"name of {name}",
        kind=PointKind.BANK_OUTLET,
        organization="ICBC",
        card_bank=BankCode("102") if lat is None else None,
        address="1 Shennan Road",
        landmark="beside the gate",
        region=RegionCode("440305"),
        phone="0755-12345678",
        coordinates=None if lat is None else Coordinates(lat, 114.0, "GCJ02"),
        hours_text=hours,
        capabilities=(counter, counter) if lat is None else (counter,),
        example=lat is None,
    )


def versions(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_dir()}


def found(index: NearestIndex) -> list[str]:
    return [each.point_id for each in index.nearest(22.5, 114.0)]


def test_points_are_read_back_as_they_were_given_by_row_and_by_id(tmp_path: Path) -> None:
    # the last two ids have the same CRC-32
    names = ["a:1", "\u6df1\u5733:2", "plumless", "buckeroo"]
    given = [point(name, lat=None if n % 2 else 22.5 + n) for n, name in enumerate(names)]
    build_index(given, tmp_path)
    records = open_index(tmp_path).records
    assert len(records) == len(given)
    for row, each in enumerate(given):
        assert records.row(each.id) == row
        assert records.point(row) == each
        assert records.point_id(row) == each.id
    for absent in ("", "a:2", "zzz"):
        assert records.row(PointId(absent)) is None


def test_the_same_points_make_the_same_version_and_others_another(tmp_path: Path) -> None:
    first = build_index([point("a")], tmp_path, built_from="1")
    assert build_index([point("a")], tmp_path, built_from="2") == first
    current = current_version(tmp_path)
    assert current == (first.name, "2")
    second = build_index([point("b")], tmp_path)
    assert second != first
    assert open_index(tmp_path).version == second.name


def test_a_version_is_kept_while_it_is_read_and_removed_afterwards(tmp_path: Path) -> None:
    first = build_index([point("a")], tmp_path)
    reader, other = open_index(tmp_path), open_index(tmp_path)
    for name in ("b", "c"):
        last = build_index([point(name)], tmp_path)
    assert versions(tmp_path) == {first.name, last.name}
    assert found(reader) == ["a"]
    assert reader.records.point(0) == point("a")
    del reader
    tidy(tmp_path)
    assert found(other) == ["a"]
    assert versions(tmp_path) == {first.name, last.name}
    other = open_index(tmp_path)
    tidy(tmp_path)
    assert versions(tmp_path) == {last.name}
    assert found(other) == ["c"]


def test_a_reader_follows_a_version_that_goes_before_it_is_mapped(tmp_path: Path) -> None:
    build_index([point("a")], tmp_path)
    for number in range(20):
        with ThreadPoolExecutor() as at_once:
            readers = [at_once.submit(open_index, tmp_path) for _ in range(4)]
            build_index([point(f"{number}")], tmp_path)
            assert all(len(reader.result()) == 1 for reader in readers)
            del readers


def test_a_writer_killed_half_way_leaves_the_version_before_and_no_lock(tmp_path: Path) -> None:
    kept = build_index([point("a")], tmp_path, built_from="1")
    arguments = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"half written\n"
        assert open_index(tmp_path).version == kept.name, "what is being written is not seen"
        with pytest.raises(BlockingIOError), building(tmp_path, wait=False):
            pass
        writer.kill()
    assert open_index(tmp_path).built_from == "1"
    assert found(open_index(tmp_path)) == ["a"]
    assert any(name.startswith(".passing") for name in versions(tmp_path))
    last = build_index([point("b")], tmp_path, built_from="2")
    assert versions(tmp_path) == {last.name}
    assert found(open_index(tmp_path)) == ["b"]


def test_builders_wait_for_each_other(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as at_once:
        with building(tmp_path):
            second = at_once.submit(build_index, [point("b")], tmp_path)
            tidy(tmp_path)  # does not wait for the builder, and removes nothing
            assert not second.done()
            assert current_version(tmp_path) is None
        assert second.result().is_dir()


def test_a_pointer_to_what_is_gone_says_so(tmp_path: Path) -> None:
    build_index([point("a")], tmp_path)
    (tmp_path / POINTER).write_text("points-2-gone 1\n")
    with pytest.raises(FileNotFoundError, match="build it first"):
        hold_current(tmp_path)
