# ruff: noqa: RUF001 - pages are quoted as they are written
"""Terms that count from the day a card was made or applied for: asked there, and nowhere else."""

import pytest

from qika.rulebook.book import parse_rulebook
from qika.terms.names import Language
from qika.web.app import build_app
from qika.web.speech import SPEECH

from tests.conftest import BANKS
from tests.journeys.answers import ASK, Shown
from tests.journeys.example_site import Visitor, example_site
from tests.journeys.knowing_site import knowing_site
from tests.journeys.test_asking import asked, carried, leads_to
from tests.journeys.test_pages import Reader

FROM_COLLECTING = 'value = { days = 300, start = "collected"'
PLAIN, APPLIED, MADE_FOR_BOTH, MADE = "440300", "440400", "442000", "510800"
"""Shenzhen, Zhuhai, Zhongshan, Guangyuan; in the last three a term for collecting is known."""


@pytest.fixture(scope="module")
def visitor(example_texts):
    """The example city, whose days for activation count from the day the card was made."""
    texts = dict(example_texts)
    assert FROM_COLLECTING in texts["regions/990000.toml"]
    changed = FROM_COLLECTING.replace("collected", "made")
    texts["regions/990000.toml"] = texts["regions/990000.toml"].replace(FROM_COLLECTING, changed)
    return Visitor(build_app(example_site(parse_rulebook(texts, BANKS))))


@pytest.fixture(scope="module")
def country():
    return Visitor(build_app(knowing_site()))


@pytest.fixture(params=list(Language))
def language(request):
    return request.param


def questions(visitor, region, **answers):
    """Give the names of the questions on the way from the first to the answer."""
    path, said = leads_to(visitor.get(f"/zh{ASK}?region={region}"))
    names = []
    while "/question/" in path:
        names.append(path.rpartition("/")[2])
        more = "&".join(f"{name}={value}" for name, value in said.items())
        answer = answers.get(names[-1], f"{names[-1]}=unsure&card_bank=unsure&near=")
        path, said = leads_to(visitor.get(f"{path}?go=next&{answer}&{more}"))
    return names


# -- who is asked ---------------------------------------------------------------------------------


def test_where_the_days_count_from_making_the_card_everybody_is_asked_when_that_was(visitor):
    for answer in ("collected=yes", "collected=no", "year=2026&month=3"):
        names = questions(visitor, "990000", collected=answer)
        assert names == ["bank", "collected", "made", "application", "who", "near"]
    page = Reader(asked(visitor, "made", region="990000").text)
    assert "第 4 题，共 7 题" in page.words


def test_where_no_term_counts_from_it_nobody_is_asked_and_nothing_is_said_of_it(country, language):
    names = questions(country, PLAIN, collected="collected=no")
    assert names == ["bank", "collected", "application", "who", "near"]
    path, said = leads_to(asked(country, "made", "who=agent", language, PLAIN))
    assert (path, said) == (f"/{language}{ASK}/{PLAIN}/question/application", {"who": "agent"})
    page = Shown(country, f"/{language}{ASK}/{PLAIN}/results?collected=no")
    assert not [one for one in page.links if "/made" in one or "/applied" in one]
    assert SPEECH[language].t("said-made") not in page.said


@pytest.mark.parametrize(("region", "question"), [(APPLIED, "applied"), (MADE, "made")])
def test_a_term_for_collecting_concerns_only_who_has_not_collected(country, region, question):
    for answer in ("collected=no", "collected=unknown"):
        assert question in questions(country, region, collected=answer)
    for answer in ("collected=yes", "year=2026&month=3"):
        assert question not in questions(country, region, collected=answer)


def test_a_term_for_collecting_and_activating_concerns_who_has_collected_too(country):
    for answer in ("collected=no", "year=2026&month=3"):
        names = questions(country, MADE_FOR_BOTH, collected=answer)
        assert names == ["bank", "collected", "made", "application", "who", "near"]


# -- what is answered -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "carried_on"),
    [
        ("made_year=2026&made_month=3", {"made_on": "2026-03"}),
        ("made_year=2026&made_month=3&made_day=5", {"made_on": "2026-03-05"}),
        ("made_year=２０２６&made_month=３", {"made_on": "2026-03"}),
        ("made=unsure", {}),
    ],
)
def test_a_month_is_enough_and_not_being_sure_is_an_answer(visitor, query, carried_on):
    path, said = leads_to(asked(visitor, "made", f"go=next&{query}", region="990000"))
    assert (path, said) == (f"/zh{ASK}/990000/question/application", carried_on)


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("", "请写制卡的年和月"),
        ("made_year=2026&made_day=5", "请写制卡的年和月"),
        ("made_year=2026&made_month=13", "请写制卡的年和月"),
        ("made_year=1066&made_month=10", "请写制卡的年和月"),
        ("made_year=2026&made_month=12", "这一天还没到"),
        ("made_year=2026&made_month=3&made=unsure", "又选了“不清楚”"),
    ],
)
def test_a_day_that_cannot_be_is_said_beside_its_fields(visitor, query, wrong):
    answer = asked(visitor, "made", f"go=next&{query}", region="990000")
    assert answer.status_code == 422
    assert wrong in answer.text
    assert 'href="#made_year"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 3
    assert ("checked" in answer.text) is ("unsure" in query)


def test_both_days_of_a_card_are_kept_apart_and_can_each_be_changed(visitor):
    query = "collected_on=2026-03-20&made_on=2026-02"
    page = Reader(asked(visitor, "application", query, region="990000").text)
    assert "2026年3月20日" in page.words
    assert "2026年2月" in page.words
    links = [one["href"] for one in page.all("a")]
    assert f"/zh{ASK}/990000/question/made?collected_on=2026-03-20&made_on=2026-02" in links
    again = Reader(asked(visitor, "made", query, region="990000").text)
    filled = [one["value"] for one in again.all("input") if one.get("id", "").startswith("made_")]
    assert filled == ["2026", "02", ""]
    assert carried(again) == {"collected_on": "2026-03-20", "go": "next"}


@pytest.mark.parametrize("question", ["made", "applied"])
def test_each_question_says_why_it_is_asked_and_where_to_find_out(country, language, question):
    region = {"made": MADE, "applied": APPLIED}[question]
    page = Reader(asked(country, question, "collected=no", language, region).text)
    for name in ("", "-why", "-unsure", "-unsure-what"):
        assert SPEECH[language].t(f"ask-{question}{name}") in page.words


# -- what comes of it -----------------------------------------------------------------------------


def test_the_last_day_counts_from_the_day_said_and_both_answers_are_told(visitor, language):
    query = "collected_on=2026-04-01&made_on=2026-03-05"
    for view in ("results", "plan"):
        page = Shown(visitor, f"/{language}{ASK}/990000/{view}?{query}")
        page.says({"zh": "2026年12月30日", "en": "30 December 2026"}[language])
        page.says({"zh": "2026年3月5日", "en": "5 March 2026"}[language])
        change = [one for one in page.links if "/question/made?" in one]
        assert change
        assert all("made_on=2026-03-05" in one and "then=results" in one for one in change)
    plan = Shown(visitor, f"/zh{ASK}/990000/plan?{query}")
    plan.in_order("制卡", "2026年3月6日是第 1 天", "第 300 天是2026年12月30日")
    assert any("plan.ics" in one and "made_on=2026-03-05" in one for one in plan.links)


def test_without_the_day_the_answer_says_who_knows_it_and_where_to_write_it(visitor, language):
    page = Shown(visitor, f"/{language}{ASK}/990000/results?collected_on=2026-04-01")
    t = SPEECH[language].t
    page.says(t("when-unknown"), t("when-ask-made"), t("due-set-made"))
    assert sum("/question/made?" in one for one in page.links) == 2  # here, and below the answers
    text = visitor.get(f"/{language}{ASK}/990000/plan.txt?collected_on=2026-04-01").text
    assert t("when-ask-made")[:20] in " ".join(text.split())


def test_what_is_taken_along_counts_from_the_day_said(visitor):
    query = "collected_on=2026-04-01&made_on=2026-03"
    text = visitor.get(f"/zh{ASK}/990000/plan.txt?{query}").text
    assert "2026年12月28日" in text  # 300 days after 1 March is a Saturday
    calendar = visitor.get(f"/zh{ASK}/990000/plan.ics?{query}").text
    assert "DTSTART;VALUE=DATE:20261228" in calendar


@pytest.mark.parametrize(
    ("region", "query", "last"),
    [
        (APPLIED, "collected=no&applied_on=2026-05-10", "2027年5月10日"),
        (MADE, "collected=no&made_on=2026-08-03", "2027年2月3日"),
        (MADE_FOR_BOTH, "collected_on=2026-03&made_on=2026-02-03", "2027年2月3日"),
    ],
)
def test_the_last_day_to_collect_is_told_with_what_follows(country, region, query, last):
    for view in ("results", "plan"):
        page = Shown(country, f"/zh{ASK}/{region}/{view}?{query}")
        page.says("领卡期限", last, "重新申领")
    assert last in country.get(f"/zh{ASK}/{region}/plan.txt?{query}").text
    assert "SUMMARY" in country.get(f"/zh{ASK}/{region}/feed.ics?{query}").text


def test_a_passed_day_to_collect_sends_to_the_hotline(country):
    page = Shown(country, f"/zh{ASK}/{MADE}/results?collected=no&made_on=2025-08-03")
    page.in_order("先领卡，再启用", "2026年2月3日", "已过", "重新申领", "请拨")


def test_the_api_takes_a_month_as_its_first_day(country):
    def last(said):
        terms = country.get(f"/v1/plans?region={APPLIED}&collected=no&applied_on={said}").json()
        return [one["due_on"] for one in terms["deadlines"] if one["clock"] == "clearance"]

    assert last("2026-05") == last("2026-05-01") == ["2027-05-01"]
    assert country.get(f"/v1/plans?region={APPLIED}&applied_on=2026-13").status_code == 422
