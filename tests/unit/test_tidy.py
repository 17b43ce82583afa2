"""What every file of the tree keeps to; each check is short and names what breaks it."""

import ast
import io
import json
import re
import shutil
import subprocess
import tokenize
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES_MAX, STORY_LINES_MAX, FUNCTION_MAX = 400, 900, 40
# a journey of a test, or a measurement, may be read as one long story
HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
FULL_WIDTH = re.compile(r"[\u3000-\u303f\uff00-\uffef\u2018-\u201f\u2026]")
BANNED_NAMES = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc)(_|$)", re.IGNORECASE)
MACHINE = re.compile(
    r"(?<![\w.])/(?:work|root|home|tmp|Users)/\w"
    r"|https?://[\w.-]*(?:pypi|mirror|registry|artifactory|nexus)[\w.-]*"
)


@cache
def tree() -> tuple[Path, ...]:
    """Every file that git knows or would add; without git, every file below the usual folders."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    if shutil.which("git"):
        listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
        if listed.returncode == 0:
            return tuple(p for line in listed.stdout.split("\n") if (p := ROOT / line).is_file())
    folders = ("src", "tests", "docs", "bench")
    return tuple(p for f in folders for p in (ROOT / f).rglob("*") if p.is_file())


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def python(folder: str = "") -> list[Path]:
    return [p for p in tree() if p.suffix == ".py" and named(p).startswith(folder)]


def vendored(path: Path) -> bool:
    """Others wrote these files: they stay byte for byte what vendor.lock says."""
    return named(path).startswith("src/qika/web/static/vendor/") and path.suffix != ".lock"


def texts() -> list[tuple[Path, str]]:
    readable = {
        ".py",
        ".md",
        ".toml",
        ".txt",
        ".sql",
        ".ftl",
        ".j2",
        ".css",
        ".csv",
        ".js",
        ".svg",
        "",
    }
    return [(p, p.read_text("utf-8")) for p in tree() if p.suffix in readable and not vendored(p)]


def test_the_tree_is_listed():
    assert len(python("src/")) > 50


@pytest.mark.parametrize("path", python(), ids=named)
def test_no_function_is_longer_than_40_lines(path):
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1}"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno >= FUNCTION_MAX
    ]
    assert long == []


def test_no_code_file_is_longer_than_400_lines_and_no_story_than_900():
    written = (p for p in tree() if not vendored(p))
    code = [p for p in written if p.suffix in {".py", ".sql", ".css", ".j2", ".js"}]
    lengths = {named(p): p.read_text("utf-8").count("\n") for p in code}
    story = ("tests/", "bench/")
    allowed = {name: STORY_LINES_MAX if name.startswith(story) else LINES_MAX for name in lengths}
    assert {name: n for name, n in lengths.items() if n > allowed[name]} == {}


def test_no_file_name_says_nothing():
    assert [named(p) for p in tree() if BANNED_NAMES.search(p.stem)] == []


@pytest.mark.parametrize("path", [*python("src/"), *python("terminal/src/")], ids=named)
def test_code_holds_no_chinese_prose_and_no_full_width_punctuation(path):
    """Single words stand as keys of data; a run of more than ten characters is prose."""
    text = path.read_text("utf-8")
    assert FULL_WIDTH.findall(text) == []
    assert [run for run in HAN_RUN.findall(text) if len(run) > 10] == []


def test_only_the_command_line_prints():
    for path in [*python("src/"), *python("terminal/src/")]:
        tokens = tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
        names = {token.string for token in tokens if token.type == tokenize.NAME}
        command_line = named(path).startswith(("src/qika/cli/", "terminal/src/qika_terminal/cli"))
        assert "print" not in names or command_line, named(path)


def migrations() -> list[Path]:
    return sorted(p for p in tree() if p.suffix == ".sql" and p.parent.name == "migrations")


def test_migrations_of_each_store_are_numbered_without_a_gap():
    assert migrations()
    for folder in {p.parent for p in migrations()}:
        numbers = [int(p.name[:4]) for p in migrations() if p.parent == folder]
        assert numbers == list(range(1, len(numbers) + 1)), folder


COLUMN = re.compile(
    r"^(?:    |alter table [a-z_]+ add column )([a-z_]+)"
    r" (?:text|integer|blob|real|bigint|bytea|boolean|double precision)\b"
)
SENSITIVITY = re.compile(r"-- (?:not personal|pseudonym|personal with the holder|PERSONAL)")


@pytest.mark.parametrize("path", migrations(), ids=named)
def test_every_column_says_how_sensitive_it_is(path):
    columns = [line for line in path.read_text("utf-8").splitlines() if COLUMN.match(line)]
    assert columns
    assert [line.strip() for line in columns if not SENSITIVITY.search(line)] == []


def test_no_file_names_a_machine_or_a_registry():
    found = {named(p): MACHINE.findall(t) for p, t in texts() if p != Path(__file__)}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_requirements_pin_by_hash_and_carry_no_address():
    for path in (p for p in tree() if p.name.startswith("requirements")):
        text = path.read_text("utf-8")
        assert "://" not in text
        assert not re.search(
            r"^\s*(-i|--index-url|--extra-index-url|-e|--find-links)", text, re.MULTILINE
        )
        pinned = re.findall(r"^[A-Za-z0-9_.\[\]-]+==", text, re.MULTILINE)
        assert len(pinned) > 5
        assert text.count("--hash=sha256:") >= len(pinned)


def test_the_lock_of_the_page_checkers_pins_by_hash_and_names_no_registry():
    text = (ROOT / "package-lock.json").read_text("utf-8")
    packages = json.loads(text)["packages"]
    assert [name for name, one in packages.items() if name and "integrity" not in one] == []
    assert '"resolved"' not in text
    assert MACHINE.findall(text) == []


def test_every_text_has_unix_line_ends_and_ends_its_last_line():
    crooked = [named(p) for p, t in texts() if b"\r" in p.read_bytes() or (t and t[-1] != "\n")]
    assert crooked == []
