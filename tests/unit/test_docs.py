"""The pages for people say what the code does: every status, problem, command, path and word."""

import re
from functools import cache
from pathlib import Path

import pytest
import typer

from qika.activation.status import Status
from qika.cli.main import app
from qika.inquiry.plan import Notice
from qika.rulebook.reading import NATIONAL
from qika.rulebook.values import _SIMPLE
from qika.terms.names import Basis, Grade
from qika.web.api.endpoints import ENDPOINTS
from qika.web.problems import HTTP_STATUS, FaultCode, ProblemCode
from qika.wiring import packaged_texts, parse_rules

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BOOK = parse_rules(packaged_texts())


@cache
def manual() -> str:
    """What a newcomer reads: the README and the pages under docs."""
    pages = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
    return "\n".join(page.read_text("utf-8") for page in pages)


@cache
def problems() -> str:
    return (DOCS / "problems.md").read_text("utf-8")


def sections() -> list[tuple[str, str]]:
    """Each anchor of docs/problems.md with the text up to the next one."""
    parts = re.split(r'<a id="([a-z_]+)"></a>\n', problems())
    return list(zip(parts[1::2], parts[2::2], strict=True))


# -- statuses and problems -----------------------------------------------------------------------


def test_the_anchors_are_the_statuses_and_problems_in_their_order():
    assert [name for name, _ in sections()] == [*Status, *ProblemCode]


@pytest.mark.parametrize(("name", "text"), sections(), ids=[name for name, _ in sections()])
def test_each_anchor_says_what_happened_why_and_what_next_in_both_languages(name, text):
    assert f"### `{name}`" in text
    chinese = re.findall(r"^- [\u4e00-\u9fff]{3,5}\uff1a\S", text, re.MULTILINE)
    english = re.findall(r"^- (What happened|Why|What next): \S", text, re.MULTILINE)
    assert len(chinese) == 3
    assert english == ["What happened", "Why", "What next"]


def test_each_problem_shows_its_http_status():
    for code, text in sections():
        if code in list(ProblemCode):
            assert f"(HTTP {HTTP_STATUS[ProblemCode(code)]})" in text


def test_each_code_of_a_wrong_field_has_its_row():
    assert re.findall(r"^\| `([a-z_]+)` \|", problems(), re.MULTILINE) == list(FaultCode)


# -- messages ------------------------------------------------------------------------------------


@cache
def messages(language: str) -> frozenset[str]:
    folder = ROOT / "src/qika/web/locales" / language
    texts = [path.read_text("utf-8") for path in folder.glob("*.ftl")]
    return frozenset(
        name for t in texts for name in re.findall(r"^([a-z][\w-]*) =", t, re.MULTILINE)
    )


def test_both_languages_say_the_same_things():
    assert messages("zh") == messages("en")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_status_problem_notice_basis_and_grade_has_words(language):
    wanted = {f"status-{status}{end}" for status in Status for end in ("", "-next")}
    wanted |= {f"problem-{code}{end}" for code in ProblemCode for end in ("-title", "", "-next")}
    wanted |= {f"field-{code}" for code in FaultCode}
    wanted |= {f"notice-{notice}" for notice in Notice}
    wanted |= {f"basis-{basis}" for basis in Basis} | {f"grade-{grade}" for grade in Grade}
    wanted |= {f"endpoint-{endpoint.name}" for endpoint in ENDPOINTS}
    assert wanted - messages(language) == set()


# -- commands, paths, targets --------------------------------------------------------------------


def commands(group: object, before: str = "qika") -> list[str]:
    """Every command as it is typed, without its options."""
    found: list[str] = []
    for name, command in getattr(group, "commands", {}).items():
        deeper = commands(command, f"{before} {name}")
        found += deeper or [f"{before} {name}"]
    return found


@pytest.mark.parametrize("command", commands(typer.main.get_command(app)))
def test_every_command_is_shown_in_the_readme_or_the_docs(command):
    assert re.search(rf"\b{re.escape(command)}\b", manual())


def test_no_command_is_shown_that_does_not_exist():
    known = commands(typer.main.get_command(app))
    groups = {command.rsplit(" ", 1)[0] for command in known}
    shown = re.findall(r"(?:`|^)(qika [a-z-]+(?: (?:[a-z-]+))?)", manual(), re.MULTILINE)
    wrong = [
        one for one in shown if one not in {*known, *groups} and one.rsplit(" ", 1)[0] not in known
    ]
    assert wrong == []


@pytest.mark.parametrize("path", sorted({endpoint.path for endpoint in ENDPOINTS}))
def test_every_path_of_the_api_is_shown_in_the_readme_or_the_docs(path):
    assert re.search(rf"{re.escape(path)}(?!\w)", manual())


def test_make_help_lists_every_target():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = next(line for line in makefile.splitlines() if line.startswith(".PHONY:"))
    listed = re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE)
    assert sorted(listed) == sorted(phony.split()[1:])
    assert len(listed) == len(set(listed))


# -- rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("parameter", BOOK.vocabulary.parameters.values(), ids=lambda p: p.name)
def test_every_parameter_has_words_in_both_languages_a_kind_and_known_dimensions(parameter):
    assert parameter.words.zh
    assert parameter.words.en
    assert parameter.kind in {*_SIMPLE, "deadline", "required_documents"}
    assert parameter.by <= {"channel", "application", "who", "clock", "bank"}
    assert bool(parameter.unit) is (parameter.kind == "number")
    assert bool(parameter.values) is (parameter.kind in {"choice", "choices"})


def test_the_page_on_rules_names_every_basis_grade_and_table():
    page = (DOCS / "rulebook.md").read_text("utf-8")
    for word in ("[issuer]", "[[source]]", "[[rule]]", "[[note]]", "[[left_out]]", *Basis):
        assert word in page or word == Basis.NONE, word
    assert all(re.search(rf"\b{grade}\b", page) for grade in (Grade.A, Grade.B, Grade.C))


def test_the_example_of_the_page_on_rules_is_accepted():
    page = (DOCS / "rulebook.md").read_text("utf-8")
    example = re.search(r"```toml\n(.+?)```", page, re.DOTALL)[1]
    book = parse_rules(packaged_texts() | {"regions/990100.toml": example})
    assert "990100" in book.issuers
    assert [rule.parameter for rule in book.rules if rule.issuer == "990100"] == ["offered"]


def test_the_readme_counts_the_issuers_rightly():
    counted = re.search(r"Rules of (\d+) issuers", manual())[1]
    assert int(counted) == len(BOOK.issuers.keys() - {NATIONAL, "990000"})


# -- words ---------------------------------------------------------------------------------------


@cache
def source_words() -> frozenset[str]:
    kinds = {".py", ".toml", ".sql"}
    texts = [p.read_text("utf-8") for p in (ROOT / "src").rglob("*") if p.suffix in kinds]
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))


def glossary() -> list[str]:
    rows = (DOCS / "glossary.md").read_text("utf-8").splitlines()[4:]
    return [word for row in rows for word in re.findall(r"`(\w+)`", row.split("|")[3])]


def test_every_identifier_of_the_glossary_is_a_word_of_the_code():
    assert len(glossary()) > 30
    assert [word for word in glossary() if word not in source_words()] == []


def test_every_link_between_the_pages_leads_somewhere():
    pages = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *DOCS.rglob("*.md")]
    broken = [
        (page.name, target)
        for page in pages
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []
