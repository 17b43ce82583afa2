"""The box for other sites: small, framed only by whom the operator named, opening here."""

import os

import pytest

from qika.web.app import build_app
from qika.wiring import SettingError, checked_hosts

from tests.journeys.example_site import Visitor, example_site
from tests.journeys.test_pages import Reader

ASK = "/social-security/card-activation"
BOX_MAX = 2_000


@pytest.fixture(scope="module")
def visitor(example_book):
    hosts = ("https://jobs.example", "https://*.hr.example")
    return Visitor(
        build_app(example_site(example_book, embed_hosts=hosts, points_version=lambda: 1))
    )


def policy(answer):
    parts = (one.split() for one in answer.headers["content-security-policy"].split(";"))
    return {name: values for name, *values in parts}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_box_is_one_field_and_one_button_that_open_this_site(visitor, language):
    answer = visitor.get(f"/embed?lang={language}")
    page = Reader(answer.text)
    assert len(answer.content) < BOX_MAX
    assert page.faults == []
    assert page.all("script") == page.all("style") == []
    (form,), (field,), (_,) = page.all("form"), page.all("input"), page.all("button")
    assert (form["action"], form["target"]) == (f"/{language}{ASK}", "_top")
    assert field["name"] == "region"
    assert [one["for"] for one in page.all("label")] == [field["id"]]
    assert len(page.all("main")) == len(page.all("h1")) == 1
    assert visitor.get(f"{form['action']}?region=990000").status_code in {200, 303}


def test_the_box_speaks_the_readers_language(visitor):
    for headers, language in (({"Accept-Language": "en"}, "en"), ({}, "zh-CN")):
        page = Reader(visitor.get("/embed", headers=headers).text)
        assert page.all("html")[0]["lang"] == language


def test_a_region_may_be_filled_in_beforehand(visitor):
    def filled(text):
        return Reader(visitor.get(f"/embed?lang=zh&region={text}").text).all("input")[0]["value"]

    assert filled("440300") == "深圳市"
    assert filled("深圳") == "深圳市"
    assert filled("朝阳") == filled("Atlantis") == filled('"><b>') == filled("") == ""


def test_only_hosts_that_the_operator_named_may_frame_the_box(visitor, example_book):
    answer = visitor.get("/embed")
    assert policy(answer)["frame-ancestors"] == [
        "'self'", "https://jobs.example", "https://*.hr.example",
    ]  # fmt: skip
    assert policy(answer)["default-src"] == ["'self'"]
    assert "x-frame-options" not in answer.headers  # it would contradict the list
    assert len(answer.headers.get_list("content-security-policy")) == 1
    alone = Visitor(build_app(example_site(example_book))).get("/embed")
    assert policy(alone)["frame-ancestors"] == ["'self'"]


@pytest.mark.parametrize(
    "path", ["/", "/zh/job-board", f"/zh{ASK}/990000", "/zh/nothing", "/v1/plans?region=990000"]
)
def test_nobody_may_frame_any_other_page(visitor, path):
    for _ in range(2):
        answer = visitor.get(path)
        assert policy(answer)["frame-ancestors"] == ["'none'"]
        assert answer.headers["x-frame-options"] == "DENY"


def test_the_box_may_stand_in_a_cache(visitor):
    for path in ("/embed", "/embed?lang=en&region=440300"):
        for _ in range(2):
            answer = visitor.get(path)
            assert answer.headers["cache-control"].startswith("public, max-age=")
            assert "https://jobs.example" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "wrong",
    ["jobs.example", "https://jobs.example/path", "https://*", "*", "https://a b;x", "'none'"],
)
def test_what_is_no_site_is_refused(wrong):
    with pytest.raises(SettingError):
        checked_hosts(wrong)


def test_sites_are_read_from_the_command_line_or_the_environment(monkeypatch):
    assert checked_hosts("https://a.example, http://127.0.0.1:80") == (
        "https://a.example", "http://127.0.0.1:80",
    )  # fmt: skip
    monkeypatch.setitem(os.environ, "QIKA_EMBED_HOSTS", "https://*.b.example")
    assert checked_hosts("") == ("https://*.b.example",)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_example_of_a_job_board_says_that_it_is_one_and_gives_code_and_link(
    example_book, language
):
    site = example_site(example_book, origin="https://card.example")
    page = Reader(Visitor(build_app(site)).get(f"/{language}/job-board").text)
    assert {"zh": "虚构", "en": "made up"}[language] in page.words
    assert [one["src"] for one in page.all("iframe")] == [f"/embed?lang={language}"]
    assert f'<iframe src="https://card.example/embed?lang={language}"' in page.words
    assert f'<a href="https://card.example/{language}{ASK}">' in page.words
    assert f"/{language}{ASK}" in [one["href"] for one in page.all("a")]
