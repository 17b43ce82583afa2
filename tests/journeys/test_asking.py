"""The questions, one on a page: each answer carried on in the address, none kept, none forced."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from qika.terms.names import Language, Who
from qika.web.app import build_app
from qika.web.speech import SPEECH

from tests.journeys.example_site import Visitor, example_site
from tests.journeys.test_pages import ASK, Reader

NAMES = {"zh": "香港特别行政区", "en": "Hong Kong"}
QUESTIONS = ("bank", "collected", "application", "who", "near")
UNSURE = {
    "bank": "card_bank=unsure",
    "collected": "collected=unknown",
    "application": "application=unsure",
    "who": "who=unsure",
    "near": "near=",
}


@pytest.fixture(scope="module")
def visitor(example_book):
    return Visitor(build_app(example_site(example_book)))


@pytest.fixture(params=list(Language))
def language(request):
    return request.param


def asked(visitor, question, query="", language="zh", region="440300"):
    return visitor.get(f"/{language}{ASK}/{region}/question/{question}?{query}")


def leads_to(answer):
    """Give path and fields of the page an answer leads to."""
    assert answer.status_code == 303, answer.text
    target = urlsplit(answer.headers["location"])
    return target.path, {name: values[0] for name, values in parse_qs(target.query).items()}


def carried(page):
    """Give the fields a form carries on unseen."""
    return {one["name"]: one["value"] for one in page.all("input") if one.get("type") == "hidden"}


# -- the way through ------------------------------------------------------------------------------


def test_the_first_question_leads_through_all_others_to_the_answer(visitor):
    path, said = leads_to(visitor.get(f"/zh{ASK}?region=深圳"))
    assert path == f"/zh{ASK}/440300/question/bank"
    answers = (
        "card_bank=102", "year=2026&month=3&day=", "application=both", "who=agent", "near=南山区",
    )  # fmt: skip
    for answer, question in zip(answers, QUESTIONS, strict=True):
        assert path == f"/zh{ASK}/440300/question/{question}"
        form = carried(
            Reader(visitor.get(f"{path}?{'&'.join(f'{n}={v}' for n, v in said.items())}").text)
        )
        more = "&".join(f"{name}={value}" for name, value in form.items())
        path, said = leads_to(visitor.get(f"{path}?{answer}&{more}"))
    assert path == f"/zh{ASK}/440300/results"
    assert said == {
        "card_bank": "102",
        "collected_on": "2026-03",
        "application": "both",
        "who": "agent",
        "near": "南山区",
    }


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_can_be_skipped_and_the_answer_seen_with_what_was_said(visitor, question):
    page = Reader(asked(visitor, question, "collected_on=2026-03&who=agent").text)
    answers = [a["href"] for a in page.all("a") if "/results" in a.get("href", "")]
    assert f"/zh{ASK}/440300/results?collected_on=2026-03&who=agent" in answers


@pytest.mark.parametrize("question", QUESTIONS)
def test_not_being_sure_is_an_answer_to_every_question(visitor, question):
    path, said = leads_to(asked(visitor, question, f"go=next&{UNSURE[question]}&on=2026-11-01"))
    assert path.endswith(("/results", *(f"/question/{one}" for one in QUESTIONS)))
    assert said == {"on": "2026-11-01"} | (
        {"collected": "unknown"} if question == "collected" else {}
    )


@pytest.mark.parametrize("question", QUESTIONS[:-1])
def test_nothing_is_chosen_for_anybody_and_no_answer_is_asked_for_again(
    visitor, question, language
):
    assert "checked" not in asked(visitor, question, language=language).text
    answer = asked(visitor, question, "go=next", language)
    page = Reader(answer.text)
    assert answer.status_code == 422
    assert answer.text.index('role="alert"') < answer.text.index("<h1>")
    target = next(
        a["href"][1:] for a in page.all("a") if a["href"].startswith("#") and a["href"] != "#main"
    )
    assert target in {field.get("id") for field in page.all("input")}
    assert "checked" not in answer.text


def test_progress_is_said_in_words_and_in_the_title(visitor, language):
    page = asked(visitor, "who", language=language).text
    words = SPEECH[language].t("ask-step", number=5, total=6)
    title = re.search("<title>(.*)</title>", page)[1]
    assert words in Reader(page).words
    assert words in title


def test_going_back_keeps_what_was_answered_on_this_page_and_before(visitor):
    page = Reader(asked(visitor, "who", "card_bank=102&who=agent").text)
    back = next(a["href"] for a in page.all("a") if a.get("class") == "back")
    assert back == f"/zh{ASK}/440300/question/application?card_bank=102&who=agent"
    first = Reader(asked(visitor, "bank", "who=agent").text)
    back = next(a["href"] for a in first.all("a") if a.get("class") == "back")
    assert back == f"/zh{ASK}?r=440300&who=agent"
    region = Reader(visitor.get(back).text)
    assert (
        next(one["value"] for one in region.all("input") if one.get("id") == "region") == "深圳市"
    )
    assert carried(region) == {"who": "agent"}


def test_an_answer_given_before_is_marked_when_its_question_is_opened_again(visitor):
    fields = Reader(asked(visitor, "who", "who=guardian").text).all("input")
    assert [one["value"] for one in fields if "checked" in one] == ["guardian"]
    dates = Reader(asked(visitor, "collected", "collected_on=2026-03-05").text).all("input")
    assert [one["value"] for one in dates if one.get("id") in {"year", "month", "day"}] == [
        "2026",
        "03",
        "05",
    ]


def test_each_earlier_answer_is_shown_in_words_with_a_way_to_change_it(visitor):
    page = Reader(
        asked(
            visitor, "near", "card_bank=102&collected_on=2026-03&who=homebound&application=social"
        ).text
    )
    for said in ("深圳市", "中国工商银行", "2026年3月", "本人出不了门", "看病、领待遇"):
        assert said in page.words
    links = [a["href"] for a in page.all("a")]
    for question in ("bank", "collected", "application", "who"):
        assert any(f"/question/{question}?" in one and "who=homebound" in one for one in links)


def test_changing_one_answer_leads_straight_back_to_the_answer(visitor):
    page = Reader(asked(visitor, "bank", "then=results&card_bank=102&who=agent").text)
    assert carried(page) == {"who": "agent", "then": "results", "go": "next"}
    path, said = leads_to(asked(visitor, "bank", "then=results&go=next&card_bank=103&who=agent"))
    assert path == f"/zh{ASK}/440300/results"
    assert said == {"card_bank": "103", "who": "agent"}
    assert leads_to(visitor.get(f"/zh{ASK}?region=深圳&then=results"))[0].endswith("440300/results")


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_question_is_kept_by_anyone(visitor, question):
    for query in ("", "who=agent&collected_on=2026-03", "go=next"):
        assert asked(visitor, question, query).headers["cache-control"] == "no-store"


def test_a_question_that_is_not_asked_is_not_found(visitor):
    assert asked(visitor, "name").status_code == 404
    assert asked(visitor, "region").status_code == 404


# -- where ----------------------------------------------------------------------------------------


def test_several_divisions_of_a_name_are_offered_and_the_answers_kept(visitor):
    answer = visitor.get(f"/en{ASK}?region=朝阳&year=2026&month=3")
    page = Reader(answer.text)
    links = [a["href"] for a in page.all("a")]
    assert answer.status_code == 200
    assert f"/en{ASK}/211300/question/bank?collected_on=2026-03" in links
    assert "Liaoning" in page.words
    there = Reader(asked(visitor, "who", "card_bank=102", region="朝阳").text)
    assert f"/zh{ASK}/211300/question/who?card_bank=102" in [a["href"] for a in there.all("a")]


def test_an_old_name_leads_to_the_region_of_today_which_says_so(visitor):
    path, said = leads_to(visitor.get(f"/zh{ASK}?region=宝安县"))
    assert path == f"/zh{ASK}/440300/question/bank"
    page = visitor.get(f"{path}?was={said['was']}").text
    assert "“宝安县”现在属于深圳市" in Reader(page).words
    assert carried(Reader(page))["was"] == "宝安县"


def test_a_name_that_never_belonged_to_the_region_is_not_repeated_from_an_address(visitor):
    assert "现在属于" not in asked(visitor, "bank", "was=北京市").text
    assert carried(Reader(asked(visitor, "bank", "was=Atlantis").text)) == {"go": "next"}


@pytest.mark.parametrize("path", [f"{ASK}?region=香港特别行政区", f"{ASK}/810000/question/who"])
def test_a_place_without_mainland_cards_says_so_instead_of_asking_on(visitor, language, path):
    answer = visitor.get(f"/{language}{path}")
    assert answer.status_code == 200
    assert SPEECH[language].t("elsewhere-lead", region=NAMES[language]) in answer.text
    assert 'type="radio"' not in answer.text


@pytest.mark.parametrize("text", ["", "Atlantis", "x" * 81])
def test_an_unknown_region_is_asked_for_again_with_what_to_write(visitor, text):
    answer = visitor.get(f"/zh{ASK}?region={text}&who=agent")
    page = Reader(answer.text)
    assert answer.status_code == 422
    assert "#region" in [a["href"] for a in page.all("a")]
    assert carried(page) == {"who": "agent"}


# -- which bank, when, who, where you are ---------------------------------------------------------


def test_a_bank_may_be_chosen_or_written(visitor):
    assert leads_to(asked(visitor, "bank", "go=next&card_bank=105"))[1] == {"card_bank": "105"}
    written = asked(visitor, "bank", "go=next&bank_name=ICBC&card_bank=105")
    assert leads_to(written)[1] == {"card_bank": "102"}
    unknown = asked(visitor, "bank", "go=next&bank_name=None+Such")
    assert unknown.status_code == 422
    assert "#bank_name" in unknown.text
    assert 'value="None Such"' in unknown.text


def test_the_banks_of_a_region_are_those_it_has_published(visitor):
    listed = Reader(asked(visitor, "bank", region="990000").text)
    assert "当地公布的发卡银行都在这里" in listed.words
    assert "当地公布的发卡银行都在这里" not in Reader(asked(visitor, "bank").text).words


@pytest.mark.parametrize(
    ("query", "carried_on"),
    [
        ("year=2026&month=3", {"collected_on": "2026-03"}),
        ("year=2026&month=3&day=5", {"collected_on": "2026-03-05"}),
        ("year=\uff12\uff10\uff12\uff16&month=\uff13", {"collected_on": "2026-03"}),
        ("year=2026&month=3&collected=yes", {"collected_on": "2026-03"}),
        ("collected=no", {"collected": "no"}),
        ("collected=yes", {"collected": "yes"}),
    ],
)
def test_a_month_is_enough_for_a_date(visitor, query, carried_on):
    assert leads_to(asked(visitor, "collected", f"go=next&{query}"))[1] == carried_on


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("year=2026&day=5", "请写领卡的年和月"),
        ("year=2026", "请写领卡的年和月"),
        ("year=2026&month=13", "请写领卡的年和月"),
        ("year=2026&month=2&day=30", "请写领卡的年和月"),
        ("year=march", "请写领卡的年和月"),
        ("year=1066&month=10", "请写领卡的年和月"),
        ("collected=perhaps", "请写领卡的年和月"),
        ("year=2026&month=3&collected=no", "又选了“还没领到”"),
        ("year=2026&month=12", "这一天还没到"),
    ],
)
def test_a_date_that_cannot_be_is_said_beside_its_fields(visitor, query, said):
    answer = asked(visitor, "collected", f"go=next&{query}")
    assert answer.status_code == 422
    assert said in answer.text
    assert 'href="#year"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 3


def test_a_date_written_later_outweighs_what_was_marked_before(visitor):
    page = Reader(asked(visitor, "collected", "collected=no").text)
    assert carried(page) == {"before": "no", "go": "next"}
    later = asked(visitor, "collected", "go=next&before=no&collected=no&year=2026&month=3")
    assert leads_to(later)[1] == {"collected_on": "2026-03"}


def test_each_person_is_told_whether_the_region_has_a_way_for_them(visitor):
    page = Reader(asked(visitor, "who", region="990000").text)
    values = {one["value"] for one in page.all("input") if one.get("name") == "who"}
    assert values == {*Who, "unsure"}
    assert "在示例市查到" in page.words


def test_a_place_of_several_names_offers_them_and_one_tap_is_enough(visitor):
    answer = asked(visitor, "near", "go=next&near=朝阳&who=agent", region="990000")
    page = Reader(answer.text)
    links = [a["href"] for a in page.all("a")]
    assert answer.status_code == 422
    assert "叫这个名字的地方有 2 个" in page.words
    assert f"/zh{ASK}/990000/results?who=agent&near=110105" in links
    here = Reader(asked(visitor, "near", "who=agent", region="990000").text)
    assert f"/zh{ASK}/990000/results?who=agent&near=990000" in [a["href"] for a in here.all("a")]


def test_a_place_may_be_left_out_or_given_as_numbers(visitor):
    assert leads_to(asked(visitor, "near", "go=next&near="))[1] == {}
    given = leads_to(asked(visitor, "near", "go=next&near=30.1,120.2&near_crs=GCJ02"))[1]
    assert given == {"near": "30.1,120.2", "near_crs": "GCJ02"}
    assert asked(visitor, "near", "go=next&near=Atlantis").status_code == 422


# -- the start ------------------------------------------------------------------------------------


def test_the_start_tells_the_days_of_practice_as_practice_and_not_as_a_rule(visitor, language):
    words = Reader(visitor.get(f"/{language}").text).words
    said = {
        "zh": ("300 天", "参考做法", "各地规定"),
        "en": ("300 days", "reference practice", "Each region"),
    }
    assert all(one in words for one in said[language])


def test_the_start_has_one_main_button_a_second_way_and_five_ways_as_rows(visitor):
    page = Reader(visitor.get("/zh").text)
    buttons = [a for a in page.all("a") if "btn" in (a.get("class") or "").split()]
    assert [a["href"] for a in buttons] == [f"/zh{ASK}", "/zh/points"]
    assert [a["class"] for a in buttons] == ["btn", "btn alt"]
    rows = [attrs for tag, attrs in page.elements if tag == "span" and attrs.get("class") == "pic"]
    assert len(rows) == 5
