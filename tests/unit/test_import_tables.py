"""Files as they come: encodings, spreadsheets, mappings, and every way a file can be wrong."""

import gzip
import zipfile
from datetime import date, datetime
from pathlib import Path
from random import Random

import openpyxl
import pytest

from qika.operations.importing.tables import CARDS, POINTS, Layout
from qika.partners.tables.faults import TableError, TableFault
from qika.partners.tables.mapping import packaged_mapping_text, parse_mapping
from qika.partners.tables.opening import FileTable, open_table
from qika.partners.tables.report import explain
from qika.partners.tables.xlsx_rows import cell_text
from qika.terms.names import Language

SMALL = Layout("small", ("id", "name"), ("note",))


def rows_of(table: FileTable, size: int = 100) -> list[tuple[int, str, str, str]]:
    return [
        row
        for batch in table.batches(size)
        for row in zip(batch.lines, *(batch.columns[c] for c in SMALL.columns), strict=True)
    ]


def refused(path: Path, layout: Layout = SMALL, mapping: str | None = None) -> TableError:
    read = parse_mapping(mapping, "m.toml", layout) if mapping is not None else None
    with pytest.raises(TableError) as caught:
        for _ in open_table(path, layout, read).batches(10):
            pass
    for language in Language:
        assert path.name in explain(caught.value, language)
    return caught.value


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_file_is_read_in_the_encodings_that_offices_use(tmp_path, encoding):
    path = write(tmp_path / "a.csv", "id,name\n1,王𬱖\n2,李四\n".encode(encoding))
    assert rows_of(open_table(path, SMALL)) == [(2, "1", "王𬱖", ""), (3, "2", "李四", "")]


def test_packed_files_are_read_whatever_their_name_says(tmp_path):
    path = write(tmp_path / "a.csv", gzip.compress(b"id,name\n1,a\n"))
    assert rows_of(open_table(path, SMALL)) == [(2, "1", "a", "")]


def test_a_line_number_is_that_of_the_row_in_the_file(tmp_path):
    path = write(tmp_path / "a.csv", b'id,name\n1,"two\nlines"\n\n , \n2,b\n')
    lines = [row[0] for row in rows_of(open_table(path, SMALL))]
    assert lines == [2, 5, 6]


def test_rows_come_in_batches_and_can_be_read_again(tmp_path):
    path = write(tmp_path / "a.csv", b"id,name\n" + b"".join(b"%d,x\n" % n for n in range(25)))
    table = open_table(path, SMALL)
    assert [len(batch.lines) for batch in table.batches(10)] == [10, 10, 5]
    assert len(rows_of(table)) == 25
    assert table.rows_about == 25


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_taken_from_the_header(tmp_path, delimiter):
    path = write(tmp_path / "a.csv", f"id{delimiter}name\n1{delimiter}a\n".encode())
    assert rows_of(open_table(path, SMALL)) == [(2, "1", "a", "")]


def test_a_row_with_too_few_or_too_many_cells_is_marked_and_blank_extra_cells_are_not(tmp_path):
    path = write(tmp_path / "a.csv", b"id,name\n1\n2,b,c\n3,c,,\n4,d\n")
    (batch,) = open_table(path, SMALL).batches(10)
    assert batch.damaged == {0, 1}


def test_the_same_rows_under_another_mapping_are_another_job(tmp_path):
    path = write(tmp_path / "a.csv", b"id,name\n1,a\n")
    plain = open_table(path, SMALL).digest
    mapped = parse_mapping('[columns]\nid="id"\nname="name"\n', "m", SMALL)
    assert open_table(path, SMALL).digest == plain
    assert open_table(path, SMALL, mapped).digest != plain


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", TableFault.EMPTY),
        (b"\n\n", TableFault.EMPTY),
        (b"id,name\n", TableFault.NO_ROWS),
        (b"id\n1\n", TableFault.MISSING_COLUMNS),
        (b"id,nmae\n1,a\n", TableFault.UNKNOWN_COLUMNS),
        (b"id,name,id\n1,a,1\n", TableFault.DOUBLE_COLUMNS),
        (b'id,name\n1,a\n2,"b\n3,c\n', TableFault.QUOTES),
        ("id,name\n1,王\n2,".encode() + b"\xff\xfe\n", TableFault.ENCODING),
        ("id,name\n1,王".encode()[:-1], TableFault.ENCODING),
        (b"id,name\n1,\x81", TableFault.ENCODING),
        (gzip.compress(b"id,name\n1,a\n" * 99)[:-20], TableFault.CUT_OFF),
        (b"\xd0\xcf\x11\xe0" + b"x" * 99, TableFault.OLD_EXCEL),
        (b"PK\x03\x04" + b"x" * 99, TableFault.BROKEN_XLSX),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(tmp_path, content, fault):
    assert refused(write(tmp_path / "a.csv", content)).fault is fault


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    assert refused(tmp_path / "none.csv").fault is TableFault.NOT_FOUND


def test_a_refusal_names_the_column_and_the_one_that_was_probably_meant(tmp_path):
    error = refused(write(tmp_path / "a.csv", b"id,nmae\n1,a\n"))
    assert error.details["columns"] == "nmae"
    assert error.details["similar"] == "nmae ~ name"
    assert error.details["missing"] == "name"


def test_damaged_utf8_is_not_read_as_another_encoding(tmp_path):
    error = refused(write(tmp_path / "a.csv", "id,name\n1,王\n2,李".encode() + b"\xd5\n"))
    assert (error.fault, error.details["line"]) == (TableFault.ENCODING, 3)


def workbook(path: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_a_spreadsheet_is_read_as_text_with_its_row_numbers(tmp_path):
    path = workbook(
        tmp_path / "a.xlsx",
        [["id", "name", "note"], [7, " 王 ", date(2026, 1, 31)], [], [8.0, "b", None]],
    )
    assert rows_of(open_table(path, SMALL)) == [(2, "7", "王", "2026-01-31"), (4, "8", "b", "")]


def test_a_number_too_long_for_a_spreadsheet_is_not_taken_for_whole():
    assert cell_text(110101199003070000) == "1.10101199003070e+17"
    assert cell_text(1.1e17) == "1.10000000000000e+17"
    assert cell_text(440300) == "440300"
    day = datetime(2026, 1, 31)  # noqa: DTZ001 - a sheet knows no time zone
    assert cell_text(day) == "2026-01-31"
    assert cell_text(day.replace(hour=9, minute=30)) == "2026-01-31 09:30:00"
    yes: object = True
    assert cell_text(yes) == "true"
    assert cell_text(22.5) == "22.5"


def test_a_spreadsheet_that_was_cut_off_is_refused(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["id", "name"], [1, "a"]])
    write(path, path.read_bytes()[:-200])
    assert refused(path).fault is TableFault.BROKEN_XLSX


def test_a_spreadsheet_with_a_spoiled_sheet_is_refused(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["id", "name"], [1, "a"]])
    with zipfile.ZipFile(path) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"][:-60]
    with zipfile.ZipFile(path, "w") as spoiled:
        for name, content in parts.items():
            spoiled.writestr(name, content)
    assert refused(path).fault is TableFault.BROKEN_XLSX


@pytest.mark.parametrize("seed", range(60))
def test_a_file_spoiled_anywhere_is_read_or_refused_and_never_anything_else(tmp_path, seed):
    random = Random(seed)
    sheet = workbook(tmp_path / "a.xlsx", [["id", "name"], *([n, "a"] for n in range(20))])
    content = bytearray(sheet.read_bytes() if seed % 2 else b"id,name\n" + b"1,a\n" * 20)
    for _ in range(3):
        place = random.randrange(len(content))
        content[place : place + random.randrange(20)] = random.randbytes(random.randrange(4))
    path = write(tmp_path / "b", bytes(content))
    try:
        said = [str(batch.lines) for batch in open_table(path, SMALL).batches(7)]
    except TableError as error:
        said = [explain(error, Language.ZH)]
    assert all(said)


MAPPING = """
source = "bureau"
[columns]
id = "Nr"
name = { column = "extra", json = "called" }
note = { column = "Kind", pattern = "^inner", value = "internal" }
"""


def test_a_mapping_translates_columns_words_and_parts_of_cells(tmp_path):
    text = 'Nr,Kind,extra,ours\n1,inner ward,"{""called"": ""A""}",x\n2,outer,none,y\n'
    path = write(tmp_path / "list.csv", text.encode())
    table = open_table(path, SMALL, parse_mapping(MAPPING, "m", SMALL))
    assert rows_of(table) == [(2, "1", "A", "internal"), (3, "2", "", "")]
    assert table.source == "bureau"


def test_a_mapping_may_fix_a_column_and_translate_words(tmp_path):
    path = write(tmp_path / "list.csv", b"Nr\n1\n")
    text = '[columns]\nid="Nr"\n[values.id]\n"1"="one"\n[constants]\nname="always"\n'
    table = open_table(path, SMALL, parse_mapping(text, "m", SMALL))
    assert rows_of(table) == [(2, "one", "always", "")]
    assert table.source == "list"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[columns", "TOML"),
        ("[colums]\n", "colums"),
        ('[columns]\nidd="x"\n', "columns.idd"),
        ("[columns]\nid=1\n", "columns.id"),
        ('[columns]\nid={column="a"}\n', "columns.id"),
        ('[columns]\nid={column="a", pattern="(", value="x"}\n', "columns.id.pattern"),
        ('columns="x"\n', "columns"),
        ('[columns]\nid="a"\n[constants]\nid="b"\n', "constants.id"),
        ("[values.id]\na=1\n", "values.id"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_key(text, key):
    with pytest.raises(TableError) as caught:
        parse_mapping(text, "m.toml", SMALL)
    error = caught.value
    assert key in explain(error, Language.EN)
    assert (error.fault, error.details["key"]) == (TableFault.MAPPING, key)


def test_a_mapping_that_names_a_column_the_file_lacks_is_refused(tmp_path):
    path = write(tmp_path / "a.csv", b"Nr\n1\n")
    error = refused(path, mapping='[columns]\nid="Nr"\nname="Name"\n')
    assert error.fault is TableFault.MISSING_COLUMNS


def test_every_packaged_mapping_can_be_read():
    assert parse_mapping(packaged_mapping_text("points_real"), "points_real", POINTS).rules


def test_the_columns_of_the_published_card_layout_are_known():
    published = "issuer card_number card_identifier social_security_number name card_bank made_on"
    assert set(f"{published} collected_on generation".split()) == set(CARDS.columns)
