"""Wrong rule files are refused with file, key, problem and remedy; all faults at once.

The ways to be wrong are kept as data in tests/cases/rule_files.toml.
"""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qika.rulebook.book import Rulebook, parse_rulebook
from qika.rulebook.faults import RulebookRefusedError, RuleFault
from qika.rulebook.model import Clock, Duty
from qika.terms.names import Basis, Grade

from tests.conftest import BANKS, minimal_texts

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "rule_files.toml").read_text("utf-8"))
HEAD = CASES["head"]
FILE = "regions/990100.toml"
TEXTS = minimal_texts()


def toml_of(value: object) -> str:
    """Write a value of a case back as TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml_of(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml_of, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def table(name: str, row: dict) -> str:
    return f"\n[[{name}]]\n" + "\n".join(f"{key} = {toml_of(one)}" for key, one in row.items())


def rule(**changes: object) -> str:
    """A right rule, changed."""
    row = {"parameter": "card_bank_count", "value": 3, "since": "2026-03-01", "grade": "A"}
    return table("rule", row | {"cite": ["notice"]} | changes)


def text_of(case: dict) -> str:
    if "whole" in case:
        return case["whole"]
    return HEAD + case.get("after", "") + (table("rule", case["rule"]) if "rule" in case else "")


def read(**files: str) -> Rulebook:
    named = {f"regions/{name.removeprefix('_')}.toml": text for name, text in files.items()}
    return parse_rulebook(TEXTS | named, BANKS)


def faults_of(texts: dict[str, str]) -> tuple[RuleFault, ...]:
    with pytest.raises(RulebookRefusedError) as refused:
        parse_rulebook(TEXTS | texts, BANKS)
    return refused.value.faults


def faults_if_any(text: str) -> tuple[RuleFault, ...]:
    """Anything but an acceptance or a refusal breaks the test."""
    try:
        read(_990100=text)
    except RulebookRefusedError as refused:
        return refused.faults
    return ()


@pytest.mark.parametrize("case", CASES["wrong"], ids=lambda case: case["name"])
def test_a_wrong_file_is_refused_with_place_problem_and_remedy(case):
    file = case.get("file", FILE)
    found = [fault for fault in faults_of({file: text_of(case)}) if fault.key == case["key"]]
    assert len(found) == 1
    assert found[0].file == file
    assert case["problem"] in found[0].problem
    assert case["remedy"] in found[0].remedy


@pytest.mark.parametrize(
    "case", [c for c in CASES["wrong"] if "rule" in c], ids=lambda case: case["name"]
)
def test_a_wrong_rule_is_the_only_fault_of_its_file(case):
    assert len(faults_of({FILE: text_of(case)})) == 1


def test_the_head_of_the_cases_is_right():
    assert "990100" in read(_990100=HEAD + rule()).issuers


def test_all_faults_of_all_files_are_told_at_once():
    faults = faults_of(
        {
            "regions/990100.toml": HEAD
            + rule(value=0)
            + rule(since="soon")
            + rule(cite=["letter"]),
            "regions/990200.toml": "[issuer",
            "channels/by_post.toml": "[channel]",
        }
    )
    assert {(fault.file, fault.key) for fault in faults} == {
        ("regions/990100.toml", "rule[1].value"),
        ("regions/990100.toml", "rule[2].since"),
        ("regions/990100.toml", "rule[3].cite"),
        ("regions/990200.toml", "(whole file)"),
        ("channels/by_post.toml", "channel.code"),
    }


def test_the_message_gives_each_fault_a_line_with_what_to_do():
    with pytest.raises(RulebookRefusedError) as refused:
        read(_990100=HEAD + rule(value=0) + rule(since="soon"))
    lines = str(refused.value).splitlines()
    assert len(lines) == 2
    assert lines[0] == (
        "regions/990100.toml: rule[1].value: is no whole number above zero"
        "  Do: write value = 1 or more"
    )
    assert all("  Do: " in line for line in lines)


def test_two_values_for_one_case_and_day_contradict():
    fault = faults_of({FILE: HEAD + rule(value=3) + rule(since="2025") + rule(value=4)})[0]
    assert fault.key == "rule[3].value"
    assert "is set twice for the same case and day" in fault.problem
    assert "regions/990100.toml: rule[1]" in fault.problem
    assert "make the doubtful one a note" in fault.remedy


def test_a_day_written_in_two_ways_is_one_day():
    assert faults_of({FILE: HEAD + rule(since="2026", value=3) + rule(since="2026-01-01", value=4)})


def test_values_for_other_cases_or_days_do_not_contradict():
    offered = {"parameter": "offered", "channel": "kiosk", "value": True}
    book = read(
        _990100=HEAD
        + rule(**offered, application="social")
        + rule(**offered)
        + rule(**offered, application="social", since="2025")
    )
    assert len([one for one in book.rules if one.issuer == "990100"]) == 3


def test_two_files_that_speak_for_the_nation_may_not_contradict_each_other():
    national = TEXTS["national.toml"] + (
        '\n[[rule]]\nparameter = "offered"\nchannel = "pharmacy_first_use"\n'
        'application = "social"\nvalue = false\nsince = "undated"\ncite = ["hotlines"]\n'
        'grade = "B"\nbasis = "reference"\n'
    )
    faults = faults_of({"national.toml": national})
    assert [fault.file for fault in faults] == ["national.toml"]
    assert "channels/pharmacy_first_use.toml: rule[1]" in faults[0].problem


def test_a_fault_names_the_rule_by_its_number_in_the_file_even_behind_a_wrong_one():
    broken, unknown = rule(value=0), rule(parameter="offered", channel="by_owl", value=True)
    keys = [fault.key for fault in faults_of({FILE: HEAD + broken + unknown})]
    assert keys == ["rule[1].value", "rule[2].channel"]


def test_two_files_of_one_issuer_are_refused():
    faults = faults_of({FILE: HEAD, "regions/990101.toml": HEAD})
    assert [(fault.file, fault.key) for fault in faults] == [("regions/990101.toml", "issuer.code")]
    assert faults[0].problem == "990100 stands in regions/990100.toml already"
    assert faults[0].remedy == "keep the rules of one issuer in one file"


def test_a_fictitious_region_may_say_adopted_and_counts_as_adopted():
    head = HEAD.replace("name = {", "fictitious = true\nname = {", 1)
    book = read(_990100=head + rule(basis="adopted"))
    assert "990100" in book.adopted
    assert next(one for one in book.rules if one.issuer == "990100").basis is Basis.ADOPTED


@pytest.mark.parametrize(
    ("grade", "cite", "basis"),
    [("A", "notice", "published"), ("B", "page", "reported"), ("C", "page", "reported"),
     ("K", "page", "reference")],
)  # fmt: skip
def test_the_grade_gives_the_basis_where_the_file_gives_none(grade, cite, basis):
    book = read(_990100=HEAD + rule(grade=grade, cite=[cite]))
    own = next(one for one in book.rules if one.issuer == "990100")
    assert (own.grade, own.basis) == (Grade(grade), Basis(basis))


@pytest.mark.parametrize(
    ("written", "since"),
    [("2026-03-01", date(2026, 3, 1)), ("2026-03", date(2026, 3, 1)), ("2026", date(2026, 1, 1)),
     ("undated", None)],
)  # fmt: skip
def test_a_rule_begins_with_the_first_day_that_its_source_can_mean(written, since):
    book = read(_990100=HEAD + rule(since=written))
    assert next(one for one in book.rules if one.issuer == "990100").since == since


def test_a_day_may_be_written_as_a_day_of_toml():
    book = read(_990100=HEAD + rule().replace('"2026-03-01"', "2026-03-01"))
    assert next(one for one in book.rules if one.issuer == "990100").since == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("who_may_act", []),
        ("who_may_act", ["agent", "guardian"]),
        ("loss_channels", ["phone", "kiosk"]),
        ("collect_agent_proof", ["id_card"]),
        ("card_banks", ["102", "103"]),
        ("hotline", ["12333"]),
        ("loss_shared", False),
    ],
)
def test_a_right_value_is_kept_as_it_is_written(parameter, value):
    book = read(_990100=HEAD + rule(parameter=parameter, value=value))
    kept = next(one for one in book.rules if one.issuer == "990100").value
    assert kept == (tuple(value) if isinstance(value, list) else value)


def test_things_to_bring_are_kept_with_all_that_is_said_of_them():
    written = {"code": "identity_document", "of": "agent", "any_of": ["id_card", "passport"],
               "only_if": "pin_used", "original": False, "copies": 2}  # fmt: skip
    book = read(_990100=HEAD + rule(parameter="documents", value=[written]))
    (kept,) = next(one for one in book.rules if one.issuer == "990100").value
    assert kept.accepted_codes() == ("id_card", "passport")
    assert (kept.only_if, kept.original, kept.copies) == ("pin_used", False, 2)


def test_one_thing_to_bring_needs_no_brackets():
    written = {"code": "card", "of": "holder"}
    book = read(_990100=HEAD + rule(parameter="documents", value=written))
    (kept,) = next(one for one in book.rules if one.issuer == "990100").value
    assert kept.accepted_codes() == ("card",)
    assert (kept.only_if, kept.original, kept.copies) == (None, True, 0)


@pytest.mark.parametrize(
    ("clock", "duty"), [("activation", "financial"), ("clearance", "collection")]
)
def test_none_is_the_statement_that_there_is_no_term(clock, duty):
    book = read(_990100=HEAD + rule(parameter="deadline", clock=clock, value="none"))
    deadline = next(one for one in book.rules if one.issuer == "990100").value
    assert not deadline.is_set
    assert (deadline.clock, deadline.duty) == (Clock(clock), Duty(duty))


def test_a_bank_may_narrow_a_rule():
    narrowed = {"parameter": "temporary_loss_days", "bank": "102", "value": 5}
    book = read(_990100=HEAD + rule(**narrowed))
    assert next(one for one in book.rules if one.issuer == "990100").dims.bank == "102"


def test_notes_and_what_is_left_out_stay_with_their_region():
    said = table(
        "note", {"topic": "fee", "text": {"zh": "首张免费"}, "grade": "X", "cite": ["page"]}
    )
    left = table("left_out", {"parameter": "fee", "reason": "It does not bear on activation."})
    book = read(_990100=HEAD + said + left)
    (note,) = book.notes_for(("990100",))
    assert (note.topic, note.cites) == ("fee", ("990100/page",))
    assert [one.reason for one in book.left_out if one.issuer == "990100"] == [
        "It does not bear on activation."
    ]


@given(text=st.text(max_size=300))
def test_no_text_whatever_breaks_the_reader(text):
    assert all(fault.remedy for fault in faults_if_any(text))


VALUES = st.recursive(
    st.none().map(lambda _: 0) | st.booleans() | st.integers() | st.sampled_from(["", "x", "none"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["zh", "code", "of", "days", "start"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    key=st.sampled_from(
        ["parameter", "value", "since", "grade", "cite", "note", "channel", "basis"]
    ),
    parameter=st.sampled_from(["offered", "documents", "card_banks", "steps", "who_may_act"]),
    value=VALUES,
)
def test_no_value_of_any_key_breaks_the_reader(key, parameter, value):
    text = HEAD + rule(**({"parameter": parameter} | {key: value}))
    assert all(fault.remedy for fault in faults_if_any(text))
