"""What a reader takes along: plain text, dates for a calendar, a link and a code to share."""

import re
import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from html import unescape

import icalendar
import numpy as np
import pytest
import vobject
import zxingcpp

from qika.rulebook.book import parse_rulebook
from qika.terms.names import Language
from qika.web.app import build_app
from qika.web.pages.assets import asset
from qika.web.pages.take_along.lines import WIDTH
from qika.web.pages.take_along.share import code_of

from tests.conftest import BANKS
from tests.journeys.example_site import NOW, Visitor, example_site
from tests.people import PlainCalendar

PLANS = "/social-security/card-activation"
ORIGIN = "https://card.example"
COLLECTED = "collected_on=2026-03-05"
LAST_DAY = date(2026, 12, 30)


@pytest.fixture(scope="module")
def site(example_book):
    return example_site(example_book, origin=ORIGIN)


@pytest.fixture(scope="module")
def visitor(site):
    return Visitor(build_app(site))


@pytest.fixture(params=list(Language))
def language(request):
    return request.param


# -- plain text -----------------------------------------------------------------------------------


def width(line: str, language: Language) -> int:
    """Count columns by the standard library, which the product does not use for it."""
    wide = {"W", "F", "A"} if language is Language.ZH else {"W", "F"}
    return sum(2 if unicodedata.east_asian_width(one) in wide else 1 for one in line)


@pytest.mark.parametrize("who", ["holder", "agent", "guardian", "homebound"])
def test_plain_text_has_the_whole_plan_in_lines_of_seventy_columns(visitor, language, who):
    asked = f"{PLANS}/990000/plan.txt?{COLLECTED}&who={who}&card_bank=102&near=30,120"
    answer = visitor.get(f"/{language}{asked}")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    lines = answer.text.split("\n")
    assert [line for line in lines if width(line, language) > WIDTH and "://" not in line] == []
    assert max(width(line, language) for line in lines) >= WIDTH - 2
    assert not re.search(r"\n *[\u3002\uff0c\uff1b\uff1a\uff09\u201d]", answer.text)
    assert {line for line in lines if line != line.rstrip()} == set()


def test_plain_text_says_what_the_page_says(visitor):
    text = visitor.get(f"/zh{PLANS}/990000/plan.txt?{COLLECTED}&card_bank=102&near=30,120").text
    flowing = "".join(line.strip() for line in text.split("\n"))
    for said in (
        "示例市社保卡怎么启用",
        "虚构地区",
        "最晚办理日期",
        "2026年12月30日",
        "星期三",
        "当地主管部门已确认",
        "先到卡面所印的银行激活金融应用",
        "[ ] 社会保障卡原件",
        "示例银行第01支行",
        "0999-5550101",
        "12333",
        "https://example.invalid/990000",
        f"{ORIGIN}/zh{PLANS}/990000/plan?card_bank=102",
    ):
        assert said in flowing, said


def test_plain_text_prints_no_live_facts(visitor, language):
    text = visitor.get(f"/{language}{PLANS}/990000/plan.txt?near=30,120").text
    assert "示例银行第01支行" in text
    assert not any(said in text for said in ("营业中", "已打烊", "17:00", "Hours not confirmed"))


def test_reference_practice_in_plain_text_says_that_it_is_none_of_the_region(visitor):
    text = visitor.get(f"/zh{PLANS}/440300/plan.txt?{COLLECTED}").text
    assert re.search("参考日期.不是当地规定..2026年12月30日", text)
    assert "最晚办理日期" not in text


@pytest.mark.parametrize("file", ["plan.txt", "plan.ics", "feed.ics"])
@pytest.mark.parametrize("region", ["%E6%9C%9D%E9%98%B3", "810000", "990000?year=20"])
def test_where_there_is_no_plan_the_page_that_says_so_is_shown(visitor, language, file, region):
    place, _, query = region.partition("?")
    answer = visitor.get(f"/{language}{PLANS}/{place}/{file}?{query}")
    assert answer.status_code == 303
    assert f"/{language}{PLANS}/{place}/plan" in answer.headers["location"]


# -- calendar -------------------------------------------------------------------------------------


def events(answer) -> list[icalendar.Event]:
    """Read a calendar with two parsers, and give the events of one."""
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    assert b"\n" not in answer.content.replace(b"\r\n", b"")
    one = icalendar.Calendar.from_ical(answer.content)
    other = vobject.readOne(answer.content.decode())
    found = one.walk("VEVENT")
    theirs = other.contents.get("vevent", [])
    assert [str(mine["SUMMARY"]) for mine in found] == [its.summary.value for its in theirs]
    assert [mine.decoded("DTSTART") for mine in found] == [its.dtstart.value for its in theirs]
    assert [str(mine["DESCRIPTION"]) for mine in found] == [its.description.value for its in theirs]
    assert [str(mine["UID"]) for mine in found] == [its.uid.value for its in theirs]
    return found


def test_the_last_day_is_one_event_of_the_whole_day_with_alarms_before(visitor, language):
    (event,) = events(visitor.get(f"/{language}{PLANS}/990000/plan.ics?{COLLECTED}"))
    assert event.decoded("DTSTART") == LAST_DAY
    assert event.decoded("DTEND") == LAST_DAY + timedelta(days=1)
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert str(event["STATUS"]) == "CONFIRMED"
    alarms = [one.decoded("TRIGGER") for one in event.walk("VALARM")]
    assert alarms == [timedelta(days=-n, hours=9) for n in (30, 7, 1)]
    words = {"zh": "到银行激活金融应用", "en": "activate the financial application"}
    assert words[language] in str(event["SUMMARY"])
    assert {"zh": "还有 7 天", "en": "7 days left"}[language] in str(
        event.walk("VALARM")[1]["DESCRIPTION"]
    )


def test_a_long_chinese_line_is_folded_between_characters_and_read_back_whole(visitor):
    answer = visitor.get(f"/zh{PLANS}/990000/plan.ics?{COLLECTED}")
    assert b"\r\n " in answer.content
    (event,) = events(answer)
    assert "顺延到下一个工作日" in str(event["DESCRIPTION"])


def test_an_event_tells_nothing_of_a_person_but_the_day(visitor):
    asked = f"{COLLECTED}&who=homebound&near=30.123,120.456&card_bank=102"
    for file in ("plan.ics", "feed.ics"):
        text = visitor.get(f"/zh{PLANS}/990000/{file}?{asked}").text.replace("\r\n ", "")
        assert not any(said in text for said in ("2026-03", "20260305", "30.123", "homebound"))
        assert "card_bank=102" in text


def test_reminders_that_would_have_come_already_are_left_out(visitor):
    (event,) = events(visitor.get(f"/zh{PLANS}/990000/plan.ics?collected_on=2026-01-28"))
    last = event.decoded("DTSTART")
    assert last == date(2026, 11, 24)
    assert [one.decoded("TRIGGER").days for one in event.walk("VALARM")] == [-1]
    (over,) = events(visitor.get(f"/zh{PLANS}/990000/feed.ics?collected_on=2025-01-28"))
    assert over.walk("VALARM") == []


def test_a_date_of_reference_is_tentative_and_says_so(visitor, language):
    (event,) = events(visitor.get(f"/{language}{PLANS}/440300/feed.ics?{COLLECTED}"))
    assert str(event["STATUS"]) == "TENTATIVE"
    said = {"zh": "不是当地规定", "en": "not this region's rule"}[language]
    assert said in str(event["SUMMARY"])
    assert said in str(event["DESCRIPTION"])


def test_without_a_last_day_the_file_leads_to_the_plan_and_the_feed_is_empty(visitor, language):
    answer = visitor.get(f"/{language}{PLANS}/990000/plan.ics?who=agent")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/{language}{PLANS}/990000/plan?who=agent"
    feed = visitor.get(f"/{language}{PLANS}/990000/feed.ics?who=agent")
    assert events(feed) == []
    name = {"zh": "还算不出最后一天", "en": "cannot be worked out yet"}[language]
    assert name in feed.text.replace("\r\n ", "")


def test_a_feed_is_fetched_daily_and_named_in_the_readers_language(visitor, language):
    text = visitor.get(f"/{language}{PLANS}/990000/feed.ics?{COLLECTED}").text
    assert "REFRESH-INTERVAL;VALUE=DURATION:P1D" in text
    name = {"zh": "\r\nNAME:社保卡启用", "en": "\r\nNAME:Social security card (Example City)"}
    assert name[language] in text.replace("\r\n ", "")


class MovedHolidays(PlainCalendar):
    """A later notice: the last day is off, and so are the two after it."""

    def is_working_day(self, day):
        off = {LAST_DAY, date(2026, 12, 31)}
        return day not in off and super().is_working_day(day)


def at(site, **changes):
    """The same site with another calendar, at another day."""
    office = site.office
    office = replace(office, **{k: v for k, v in changes.items() if hasattr(office, k)})
    rest = {name: value for name, value in changes.items() if not hasattr(office, name)}
    return Visitor(build_app(replace(site, office=office, **rest)))


def test_a_feed_keeps_its_event_and_counts_up_when_the_holidays_move(site):
    path = f"/zh{PLANS}/990000/feed.ics?{COLLECTED}"
    (before,) = events(at(site, holidays_number=1_110).get(path))
    moved = at(site, holidays_number=1_120, calendar=MovedHolidays())
    (after,) = events(moved.get(path))
    assert after.decoded("DTSTART") > before.decoded("DTSTART") == LAST_DAY
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.decoded("LAST-MODIFIED") > before.decoded("LAST-MODIFIED")


def test_a_feed_counts_up_when_an_edition_with_another_rule_comes_into_force(site, example_texts):
    path = f"/zh{PLANS}/990000/feed.ics?{COLLECTED}"
    (before,) = events(at(site).get(path))
    texts = {name: text.replace("days = 300", "days = 310") for name, text in example_texts.items()}
    rulings = type(site.office.rulings)(parse_rulebook(texts, BANKS), site.office.rulings.chain_of)
    later = NOW + timedelta(minutes=2)
    changed = at(
        site, rulings=rulings, clock=lambda: NOW + timedelta(days=1), edition_since=lambda: later
    )
    (after,) = events(changed.get(path))
    assert after.decoded("DTSTART") > before.decoded("DTSTART")
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.decoded("LAST-MODIFIED") > before.decoded("LAST-MODIFIED")


def test_a_feed_is_the_same_for_the_same_question_and_another_for_another(visitor):
    path = f"/zh{PLANS}/990000/feed.ics?{COLLECTED}"
    first, again = (visitor.get(path).content for _ in range(2))
    assert first == again
    (mine,), (other,) = (
        events(visitor.get(f"/zh{PLANS}/990000/feed.ics?collected_on={day}"))
        for day in ("2026-03-05", "2026-03-06")
    )
    assert mine["UID"] != other["UID"]
    (asked_on,) = events(visitor.get(f"{path}&on=2020-01-01"))
    assert asked_on["UID"] == mine["UID"]
    assert asked_on.decoded("DTSTART") == LAST_DAY


# -- sharing --------------------------------------------------------------------------------------


def test_the_link_to_share_holds_region_and_bank_and_nothing_of_a_person(visitor, language):
    asked = f"{COLLECTED}&who=agent&near=30,120"
    page = visitor.get(f"/{language}{PLANS}/990000/plan/share?{asked}").text
    (field,) = re.findall(r'<input class="input" type="text" id="share"[^>]*>', page)
    assert "readonly" in field
    assert f'value="{ORIGIN}/{language}{PLANS}/990000/plan"' in field
    named = visitor.get(f"/{language}{PLANS}/990000/plan/share?{asked}&card_bank=ICBC").text
    assert f'value="{ORIGIN}/{language}{PLANS}/990000/plan?card_bank=102"' in named


def test_copying_and_printing_are_enhancements_from_a_file_of_our_own_beside_the_plan(visitor):
    plan = visitor.get(f"/zh{PLANS}/990000/plan?{COLLECTED}").text
    assert "<script src" not in plan  # a phone on a slow network would wait for it
    (link,) = re.findall(r'href="([^"]*/plan/share[^"]*)"', plan)
    page = visitor.get(unescape(link)).text
    (opened,) = re.findall(r'<button [^>]*data-print="([^"]*)" hidden>', page)
    assert unescape(opened) == f"/zh{PLANS}/990000/plan?{COLLECTED}"
    assert re.search(r'<button [^>]*data-copy="share"[^>]* hidden>', page)
    assert f'<script src="{asset("js/take.js")}" defer></script>' in page
    assert visitor.get(asset("js/take.js")).headers["content-type"].startswith("text/javascript")


def drawn(svg: str, scale: int = 6) -> np.ndarray:
    """Draw the path of a code: absolute and relative moves, and lines to the right."""
    side = int(re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)[1])
    field = np.full((side, side), 255, np.uint8)
    x = y = 0.0
    for kind, numbers in re.findall(r"([Mmh])([-\d. ]+)", re.search(r' d="([^"]+)"', svg)[1]):
        parts = [float(part) for part in numbers.split()]
        if kind == "M":
            x, y = parts
        elif kind == "m":
            x, y = x + parts[0], y + parts[1]
        else:
            field[int(y), int(x) : int(x + parts[0])] = 0
            x += parts[0]
    return np.kron(field, np.ones((scale, scale), np.uint8))


def test_the_code_leads_to_the_shared_address_by_an_independent_reader(visitor, language):
    page = visitor.get(f"/{language}{PLANS}/990000/plan?{COLLECTED}&card_bank=102").text
    (place,) = re.findall(r'<figure class="qr"><img src="([^"]*)"', page)
    answer = visitor.get(unescape(place))
    assert answer.headers["content-type"] == "image/svg+xml"
    svg = answer.text
    (read,) = zxingcpp.read_barcodes(drawn(svg))
    assert read.text == f"{ORIGIN}/{language}{PLANS}/990000/plan?card_bank=102"
    assert "style" not in svg


def test_a_damaged_code_is_not_read_as_something_else():
    field = drawn(code_of(f"{ORIGIN}/zh").decode())
    field[:, field.shape[1] // 3 :] = 255
    assert zxingcpp.read_barcodes(field) == []


def test_without_an_origin_there_is_no_code_that_leads_nowhere(example_book):
    visitor = Visitor(build_app(example_site(example_book)))
    assert 'class="qr"' not in visitor.get(f"/zh{PLANS}/990000/plan?{COLLECTED}").text
    assert visitor.get(f"/zh{PLANS}/990000/code.svg").status_code == 404


def test_the_code_of_no_region_is_not_found(visitor):
    assert visitor.get(f"/zh{PLANS}/Atlantis/code.svg").status_code == 404
