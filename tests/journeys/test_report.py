"""A reader says what is wrong; the authority reads it; nobody learns who the reader is."""

import asyncio
import re
from dataclasses import replace
from urllib.parse import quote

import httpx
import pytest

from qika.cli.main import run
from qika.operations.activate import StoreUnavailableError
from qika.operations.reports import BOUNDS, TEXT_MAX
from qika.storage.memory_reports import MemoryReports
from qika.terms.names import Language
from qika.web.app import build_app
from qika.web.pages.report import FORM_MAX, REPORTED_PAGES
from qika.wiring.house import house_of
from qika.wiring.serving import site_of
from qika.wiring.settings import Settings

from tests.journeys.example_site import Visitor, example_site
from tests.journeys.test_pages import PAGE_MAX, Reader

RULE = "/report?region=990000&parameter=deadline"
POINT = f"/report?point={quote('example:bank-01')}"
SAID = {"wrong": "The outlet has moved.", "right": "Road 9", "seen": "a notice on the door"}


@pytest.fixture
def site(example_book):
    return example_site(example_book)


@pytest.fixture
def visitor(site):
    return Visitor(build_app(site))


def kept(site) -> list:
    return asyncio.run(site.reports.reports(closed=True, after="", limit=100))


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("path", [RULE, POINT, "/report", "/report?region=990000"])
def test_the_form_is_small_well_formed_and_asks_nothing_about_the_reader(visitor, language, path):
    answer = visitor.get(f"/{language}{path}")
    page = Reader(answer.text)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.content) < PAGE_MAX
    assert page.faults == []
    fields = [one["name"] for one in page.all("textarea")]
    assert fields == ["wrong", "right", "seen"]
    assert page.all("input") == page.all("script") == []
    assert {one["for"] for one in page.all("label")} == set(fields)


def test_the_form_shows_what_is_said_now(visitor):
    assert "300 天" in visitor.get(f"/zh{RULE}").text
    assert "示例银行第01支行" in visitor.get(f"/zh{POINT}").text
    assert "周一至周五" in visitor.get(f"/zh{POINT}").text


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    ("path", "subject"),
    [
        (RULE, "rule:990000/deadline"),
        (POINT, "point:example:bank-01"),
        ("/report?region=990000", "rule:990000"),
        *[(f"/report?page={one}", f"page:{one}") for one in REPORTED_PAGES],
        ("/report", "page:site"),
    ],
)
def test_what_is_said_is_kept_and_thanked_for_with_its_reference(
    site, visitor, language, path, subject
):
    answer = visitor.call("POST", f"/{language}{path}", data=SAID)
    (one,) = kept(site)
    assert answer.status_code == 200
    assert one.reference in answer.text
    assert {"zh": "谢谢您", "en": "Thank you"}[language] in answer.text
    assert (one.subject, one.language) == (subject, language)
    assert (one.wrong, one.right, one.seen) == tuple(SAID.values())


@pytest.mark.parametrize(
    "path",
    [
        "/report?point=none",
        "/report?region=123456",
        "/report?region=990000&parameter=none",
        "/report?page=none",
    ],
)
def test_what_there_is_not_cannot_be_reported(site, visitor, path):
    assert visitor.get(f"/zh{path}").status_code == 404
    assert visitor.call("POST", f"/zh{path}", data=SAID).status_code == 404
    assert kept(site) == []


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"right": "x"}, "wrong"),
        ({"wrong": " \n "}, "wrong"),
        (SAID | {"wrong": "x" * (TEXT_MAX + 1)}, "wrong"),
        (SAID | {"seen": "x" * (TEXT_MAX + 1)}, "seen"),
        (SAID | {"right": "ask 11010519491231002X"}, "right"),
    ],
)
def test_a_form_that_cannot_be_kept_comes_back_with_what_was_written(site, visitor, said, field):
    answer = visitor.call("POST", f"/en{RULE}", data=said)
    page = Reader(answer.text)
    assert answer.status_code == 422
    assert f"#{field}" in {one.get("href") for one in page.all("a")}
    assert [one["name"] for one in page.all("textarea") if one.get("aria-invalid")] == [field]
    assert said.get("right", "") in answer.text
    assert kept(site) == []


def test_what_was_written_is_escaped_and_control_characters_are_left_out(site, visitor):
    said = {"wrong": "<script>alert(1)</script>\x00\x1b[31m\r\nsecond line"}
    answer = visitor.call("POST", f"/en{RULE}", data=said | {"right": "x" * 501})
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text
    visitor.call("POST", f"/en{RULE}", data=said)
    assert kept(site)[0].wrong == "<script>alert(1)</script>[31m\nsecond line"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://qika.test"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://qika.test"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "http://qika.test.elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_only_a_page_of_this_site_sends_the_form(site, visitor, headers, status):
    answer = visitor.call("POST", f"/zh{RULE}", data=SAID, headers=headers)
    assert answer.status_code == status
    assert bool(kept(site)) == (status == 200)


def test_the_site_is_known_by_its_public_address_too(site):
    visitor = Visitor(build_app(replace(site, origin="https://card.example")))
    headers = {"Origin": "https://card.example"}
    assert visitor.call("POST", f"/zh{RULE}", data=SAID, headers=headers).status_code == 200


def test_a_body_that_is_no_form_or_too_large_is_refused(site, visitor):
    assert visitor.call("POST", f"/zh{RULE}", json=SAID).status_code == 415
    huge = {"wrong": "x" * (FORM_MAX + 1)}
    assert visitor.call("POST", f"/zh{RULE}", data=huge).status_code == 413
    assert kept(site) == []


def test_the_longest_texts_of_chinese_are_taken(site, visitor):
    said = dict.fromkeys(SAID, "\u9f98" * TEXT_MAX)
    assert visitor.call("POST", f"/zh{RULE}", data=said).status_code == 200
    assert kept(site)[0].seen == "\u9f98" * TEXT_MAX


def test_one_subject_that_is_flooded_leaves_the_others_open(site, visitor):
    for _ in range(BOUNDS.of_one_in_an_hour):
        assert visitor.call("POST", f"/zh{RULE}", data=SAID).status_code == 200
    full = visitor.call("POST", f"/zh{RULE}", data=SAID)
    assert full.status_code == 429
    assert full.headers["retry-after"] == "3600"
    assert SAID["wrong"] in full.text
    assert visitor.call("POST", f"/zh{POINT}", data=SAID).status_code == 200


class Broken(MemoryReports):
    """A store whose database is out of reach."""

    async def add_report(self, report, bounds):
        raise StoreUnavailableError("no disk")


def test_a_report_that_cannot_be_kept_is_not_thanked_for(site):
    visitor = Visitor(build_app(replace(site, reports=Broken())))
    answer = visitor.call("POST", f"/zh{RULE}", data=SAID)
    assert answer.status_code == 503
    assert "谢谢" not in answer.text
    assert SAID["wrong"] in answer.text


def test_where_nobody_keeps_reports_there_is_no_page(site):
    visitor = Visitor(build_app(replace(site, reports=None)))
    assert visitor.get("/zh/report").status_code == 404


# -- the authority --------------------------------------------------------------------------------


def test_a_process_without_card_keys_keeps_reports_and_the_command_lists_them(tmp_path, capsys):
    """The public door alone: its vault refuses everything, and no key file is made."""
    settings = Settings(tmp_path)

    async def say() -> str:
        async with house_of(settings, keyless=True) as house:
            app = build_app(site_of(house, doors=frozenset({"public"})))
            return await _posted(app)

    text = asyncio.run(say())
    reference = re.search(r"\d{10}-\d+", text)[0]
    assert not (settings.beside / "vault.keys").exists()
    assert run(["reports", "--json", "--data", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert f'"reference": "{reference}"' in told
    assert "rule:110000/deadline" in told
    assert run(["reports", "--data", str(tmp_path), "--lang", "en"]) == 0
    assert SAID["wrong"] in capsys.readouterr().out
    assert run(["reports", "--close", reference, "--data", str(tmp_path)]) == 0
    assert run(["reports", "--close", reference, "--data", str(tmp_path)]) == 1
    capsys.readouterr()
    assert run(["reports", "--json", "--data", str(tmp_path)]) == 0
    assert reference not in capsys.readouterr().out
    assert run(["reports", "--json", "--all", "--data", str(tmp_path)]) == 0
    assert reference in capsys.readouterr().out


async def _posted(app) -> str:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://qika.test"
    ) as client:
        path = "/en/report?region=110000&parameter=deadline"
        return (await client.post(path, data=SAID)).text
