"""The packaged rulebook, and how a rule of it is found."""

import ast
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qika.activation.offer import offer
from qika.operations.rulings import Rulings
from qika.rulebook.book import edition_of
from qika.rulebook.faults import RulebookRefusedError
from qika.rulebook.model import Clock, Dimensions, Rule
from qika.terms.names import (
    Application,
    BankCode,
    Basis,
    ChannelCode,
    Grade,
    IssuerCode,
    SourceId,
    Who,
)
from qika.wiring import gazetteer, packaged_texts, parse_rules

from tests.people import TODAY

SRC = Path(__file__).parents[2] / "src" / "qika"
NATION = IssuerCode("000000")
CITY, PROVINCE = IssuerCode("990000"), IssuerCode("980000")
S, F = Application.SOCIAL, Application.FINANCIAL
BOOK = parse_rules(packaged_texts())


def at(issuer: str, day: date = TODAY):
    return BOOK.at(gazetteer().chain(IssuerCode(issuer)), day)


def deadline_of(issuer: str, day: date = TODAY) -> Rule:
    found = at(issuer, day).find("deadline", Dimensions(clock=Clock.ACTIVATION))
    assert found is not None
    return found


# -- what is packaged ----------------------------------------------------------------------------


def test_the_package_holds_the_rules_of_every_province():
    provinces = {division.code for division in gazetteer().children(None)}
    covered = {code for code in provinces if code[:2] not in {"71", "81", "82"}}
    assert covered <= BOOK.issuers.keys()


@pytest.mark.parametrize("issuer", [i for i in BOOK.issuers if i != NATION])
def test_every_rule_of_a_region_is_cited_graded_and_carries_its_day_or_says_undated(issuer):
    for rule in (rule for rule in BOOK.rules if rule.issuer == issuer):
        assert rule.cites
        assert all(BOOK.sources[cite].id.startswith(f"{issuer}/") for cite in rule.cites)
        assert rule.grade in Grade
        best = min(BOOK.sources[cite].grade for cite in rule.cites)
        assert rule.grade >= best, "no rule is surer than its best source"
        assert rule.since is None or date(2005, 1, 1) <= rule.since <= date(2026, 11, 22)


def test_a_dated_rule_is_not_younger_than_its_newest_dated_source():
    for rule in BOOK.rules:
        days = [BOOK.sources[cite].dated for cite in rule.cites]
        if rule.since is not None and "undated" not in days:
            newest = max(day + "-99-99"[len(day) - 4 :] for day in days)
            assert rule.since.isoformat() <= newest, rule


def test_every_source_has_a_title_and_an_address_or_says_that_it_has_none():
    without = {s.id for s in BOOK.sources.values() if not s.url.startswith(("http://", "https://"))}
    archived = {"120000/batch-notice", "520000/faq-2023", "610100/bendibao", "650100/paper"}
    assert without == archived, "pages of which only a copy was kept"
    assert all(source.title for source in BOOK.sources.values())


def test_every_region_stands_in_a_file_of_its_code_and_in_the_gazetteer():
    for name in (name for name in packaged_texts() if name.startswith("regions/")):
        assert Path(name).stem in BOOK.issuers
    unknown = BOOK.issuers.keys() - gazetteer().divisions.keys()
    assert unknown == {NATION, "xpcc"}


def test_every_parent_has_a_file_and_lies_above_its_region():
    for issuer in BOOK.issuers.values():
        if issuer.parent is not None:
            assert issuer.parent in BOOK.issuers
            assert issuer.parent in gazetteer().chain(issuer.code)[1:]


def test_only_the_fictitious_region_is_adopted():
    assert BOOK.adopted == {CITY}
    assert {rule.issuer for rule in BOOK.rules if rule.basis is Basis.ADOPTED} == {CITY}
    assert [i.code for i in BOOK.issuers.values() if i.fictitious] == [CITY]


def test_the_300_days_are_reference_practice_for_the_nation_and_for_shanxi():
    for issuer in ("130000", "140000"):
        rule = deadline_of(issuer)
        assert (rule.value.days, rule.basis) == (300, Basis.REFERENCE)
    assert deadline_of("140000").issuer == "140000"
    assert deadline_of("130000").issuer == NATION


def test_beijing_says_that_there_is_no_deadline():
    rule = deadline_of("110105")
    assert rule.issuer == "110000"
    assert not rule.value.is_set


def test_before_its_first_attested_day_beijing_falls_back_to_reference_practice():
    assert deadline_of("110000", date(2024, 10, 29)).issuer == NATION
    assert deadline_of("110000", date(2024, 10, 30)).issuer == "110000"


@pytest.mark.parametrize("issuer", ["440300", "440305", "440400", "440402"])
@pytest.mark.parametrize("application", Application)
def test_where_an_agent_may_only_apply_or_collect_no_activation_is_promised(issuer, application):
    asked = Dimensions(channel=ChannelCode("bank_entrusted"), application=application)
    rule = at(issuer).find("offered", asked)
    assert rule is not None
    assert rule.value is False
    assert not offer(at(issuer), ChannelCode("bank_entrusted"), Who.AGENT).offered


def test_an_agent_at_the_bank_is_promised_only_where_a_source_speaks_of_activation():
    """A new entry needs a source that says so of enabling or activating, not of applying."""
    promised = {
        (rule.issuer, rule.dims.application)
        for rule in BOOK.rules
        if rule.parameter == "offered"
        and rule.dims.channel == "bank_entrusted"
        and rule.value is True
    }
    assert promised == {
        (NATION, S), ("320000", S), ("340100", S), ("530000", F), (CITY, S), (CITY, F),
    }  # fmt: skip


def test_the_measures_of_2011_are_the_legal_basis_and_nothing_else():
    measures = {s.id for s in BOOK.sources.values() if "2011\u301547" in s.title}
    resting = {rule.parameter for rule in BOOK.rules if measures & set(rule.cites)}
    assert measures
    assert resting == {"legal_basis"}


def test_the_corps_and_xinjiang_do_not_reach_each_other():
    def issuers(code: str) -> set[str]:
        held = at(code).by_parameter.values()
        return {rule.issuer for rules in held for rule in rules}

    assert "xpcc" in issuers("xpcc")
    assert not any(code.startswith("65") for code in issuers("xpcc"))
    assert "xpcc" not in issuers("650000") | issuers("650100")


def test_every_channel_offered_anywhere_has_papers_or_steps_for_someone():
    for rule in BOOK.rules:
        if rule.parameter == "offered" and rule.value is True:
            channel = BOOK.channels[rule.dims.channel]
            rules = BOOK.at((rule.issuer,), TODAY)
            persons = rules.find("who_may_act", Dimensions(channel=channel.code))
            said = [
                rules.find(name, Dimensions(channel=channel.code, who=who))
                for name in ("documents", "steps")
                for who in (persons.value if persons else channel.who)
            ]
            assert any(said), rule


def _numbers(path: Path) -> set[object]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def test_no_code_knows_how_many_days_there_are():
    """300 in code is a length on a map: what offsets BD-09, and how far example points stand."""
    metres = {"terms/coordinates.py", "partners/simulators/example_city.py"}
    holding = {
        path.relative_to(SRC).as_posix() for path in SRC.rglob("*.py") if 300 in _numbers(path)
    }
    assert holding <= metres


def test_no_template_or_message_knows_how_many_days_there_are():
    for path in (*SRC.rglob("*.ftl"), *SRC.rglob("*.j2")):
        assert not re.search(r"\b300\b|三百", path.read_text("utf-8")), path


# -- which rule is found -------------------------------------------------------------------------


def rule(value: object, issuer: str = CITY, since: date | None = None, **dims: str) -> Rule:
    return Rule(
        issuer=IssuerCode(issuer),
        parameter="offered",
        value=value,
        dims=Dimensions(**dims),
        since=since,
        grade=Grade.B,
        basis=Basis.REPORTED,
        cites=(SourceId("test/1"),),
    )


ASKED = Dimensions(channel=ChannelCode("kiosk"), application=S)


def found(*rules: Rule, day: date = TODAY) -> object:
    answer = replace(BOOK, rules=rules).at((CITY, PROVINCE), day).find("offered", ASKED)
    return answer and answer.value


def test_the_nearest_issuer_wins_over_a_narrower_and_newer_rule():
    far = rule("far", PROVINCE, TODAY, channel="kiosk", application="social")
    assert found(rule("near"), far) == found(far, rule("near")) == "near"


def test_the_narrowest_rule_wins_over_a_newer_one():
    narrow = rule("narrow", channel="kiosk")
    assert found(rule("wide", since=TODAY), narrow) == "narrow"


def test_the_newest_rule_in_force_wins_and_an_undated_one_comes_last():
    old, new = rule("old", since=date(2020, 1, 1)), rule("new", since=date(2026, 6, 1))
    later = rule("later", since=TODAY + timedelta(days=1))
    assert found(rule("undated"), old, later, new) == "new"
    assert found(rule("undated"), old, new, day=date(2026, 5, 31)) == "old"
    assert found(rule("undated"), old, new, day=date(2019, 12, 31)) == "undated"


def test_a_rule_holds_from_its_own_day_on():
    assert found(rule("new", since=TODAY)) == "new"
    assert found(rule("new", since=TODAY), day=TODAY - timedelta(days=1)) is None


def test_a_rule_of_another_channel_or_region_answers_nothing():
    assert found(rule("other", channel="app"), rule("elsewhere", "970000")) is None


def test_the_nation_is_the_last_to_be_asked():
    assert found(rule("nation", NATION), rule("province", PROVINCE)) == "province"
    assert found(rule("nation", NATION)) == "nation"


DIMS = st.builds(
    Dimensions,
    channel=st.sampled_from([None, ChannelCode("kiosk"), ChannelCode("app")]),
    application=st.sampled_from([None, *Application]),
    who=st.sampled_from([None, *Who]),
    clock=st.sampled_from([None, *Clock]),
    bank=st.sampled_from([None, BankCode("102")]),
)


@given(narrow=DIMS, asked=DIMS)
def test_a_rule_answers_exactly_what_its_dimensions_do_not_contradict(narrow, asked):
    names = ("channel", "application", "who", "clock", "bank")
    same = all(getattr(narrow, name) in {None, getattr(asked, name)} for name in names)
    assert narrow.cover(asked) is same
    assert narrow.count() == sum(getattr(narrow, name) is not None for name in names)


@given(days=st.lists(st.none() | st.dates(date(2018, 1, 1), TODAY), max_size=5))
def test_rules_are_constant_between_change_days(days):
    book = replace(BOOK, rules=tuple(rule(n, since=day) for n, day in enumerate(days)))
    changes = book.change_days((CITY,))
    assert list(changes) == sorted({day for day in days if day})
    for change in changes:
        before = change - timedelta(days=1)
        earlier = max((one for one in changes if one <= before), default=date(2017, 1, 1))
        held = [book.at((CITY,), day).find("offered", ASKED) for day in (before, earlier)]
        assert held[0] == held[1]


def test_rules_say_whom_they_were_asked_for():
    rules = at("440305")
    assert rules.issuer == "440305"
    assert rules.chain == ("440305", "440300", "440000", NATION)


# -- editions and adoption -----------------------------------------------------------------------


def test_adopting_changes_the_basis_of_that_issuer_only_and_names_a_new_edition():
    adopted = BOOK.adopting(IssuerCode("140000"))
    for before, after in zip(BOOK.rules, adopted.rules, strict=True):
        own = before.issuer == "140000"
        assert after == (replace(before, basis=Basis.ADOPTED) if own else before)
    assert adopted.adopted == {CITY, "140000"}
    assert adopted.edition != BOOK.edition


def test_an_edition_is_named_by_its_content():
    texts = {"a": "1", "b": "2"}
    assert edition_of(texts) == edition_of(dict(reversed(texts.items())))
    others = [
        edition_of({"a": "1", "b": "3"}),
        edition_of({"a": "1", "c": "2"}),
        edition_of({"a": "1b", "": "2"}),
        edition_of(texts, frozenset({IssuerCode("140000")})),
    ]
    assert len({edition_of(texts), *others}) == 5
    assert re.fullmatch(r"[0-9a-f]{16}", BOOK.edition)


def test_notes_come_nearest_first():
    issuers = [note.issuer for note in BOOK.notes_for(gazetteer().chain(IssuerCode("440300")))]
    assert issuers == sorted(issuers, key=["440300", "440000"].index)
    assert {"440300"} <= set(issuers)


def test_counties_without_rules_of_their_own_share_what_their_city_holds():
    rulings = Rulings(BOOK, gazetteer().chain)
    nanshan, futian = (rulings.on(IssuerCode(code), TODAY) for code in ("440305", "440304"))
    assert nanshan == futian
    assert hash(nanshan) == hash(futian)
    assert nanshan.issuer != futian.issuer
    assert nanshan != rulings.on(IssuerCode("110000"), TODAY)
    assert nanshan != "440305"


def test_a_file_may_cite_a_source_of_the_national_file_but_not_one_that_is_not_there():
    texts = packaged_texts()
    name = "channels/kiosk.toml"
    cited = "national/provincial-answer-2022"
    assert cited in texts[name]
    texts[name] = texts[name].replace(cited, "national/nowhere", 1)
    with pytest.raises(RulebookRefusedError) as refused:
        parse_rules(texts)
    (fault,) = refused.value.faults
    assert (fault.file, fault.key) == (name, "cite")
    assert "national/nowhere" in fault.problem
    assert "national.toml" in fault.remedy
