"""The API as a caller meets it: whole answers, refusals, problems, both languages."""

import dataclasses
import json
import re
from datetime import timedelta

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qika.activation.status import Status
from qika.operations.activate import StoreBusyError, StoreUnavailableError
from qika.operations.batch import OverloadedError
from qika.operations.office import Office
from qika.terms.names import Application
from qika.web.api.card_status import TRIES_MAX
from qika.web.api.endpoints import ENDPOINTS
from qika.web.api.requests import ActivationBody, CardStatusRequest, EventBody
from qika.web.app import build_app
from qika.web.lane import BODY_MAX
from qika.web.pages.assets import asset
from qika.web.problems import HTTP_STATUS, ProblemCode

from tests.journeys.example_site import (
    GOOD_PROOF,
    NOW,
    TODAY,
    Visitor,
    activation,
    example_site,
)

PLACE = {"lat": 30.0, "lon": 120.0}
PLAN_NAMES = {
    "region", "rule_version", "as_of", "notices", "authority", "sources", "deadlines", "options",
    "rules", "notes",
}  # fmt: skip
DEADLINE_NAMES = {
    "application", "affects", "basis", "due_on", "reference_due_on", "days_left", "counted_from",
    "counting", "provisional", "consequence", "way_back", "source_ids",
}  # fmt: skip
OPTION_NAMES = {
    "channel", "applications", "offered", "reason", "documents", "steps", "usable_from", "points",
    "source_ids",
}  # fmt: skip
POINT_NAMES = {
    "id", "name", "kind", "distance_m", "open", "next_seven_days", "address", "landmark", "phone",
    "coordinates", "capabilities", "example",
}  # fmt: skip


@pytest.fixture
def site(example_book):
    return example_site(example_book)


@pytest.fixture
def visitor(site):
    return Visitor(build_app(site))


def wrong_fields(answer) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "wrong_fields"
    assert problem["detail"]
    assert problem["next_step"]
    assert all(one["message"] for one in problem["errors"])
    return {one["field"]: one["code"] for one in problem["errors"]}


def problem_code(answer) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code == HTTP_STATUS[ProblemCode(problem["code"])]
    return problem["code"]


def option(plan, channel):
    return next(one for one in plan["options"] if one["channel"] == channel)


def only(answer):
    assert answer.status_code == 200, answer.text
    (outcome,) = answer.json()["outcomes"]
    return outcome


# -- plans ----------------------------------------------------------------------------------------


def test_a_plan_says_where_how_by_when_and_on_what_grounds(visitor):
    answer = visitor.post(
        "/v1/plans",
        {"region": "990000", "collected_on": "2026-03-05", "card_bank": "ICBC", "near": PLACE},
    )
    plan = answer.json()
    assert answer.status_code == 200
    assert set(plan) >= PLAN_NAMES
    assert plan["region"] == {
        "code": "990000",
        "name": "示例市",
        "path": [{"code": "990000", "name": "示例市"}],
    }
    assert plan["as_of"] == TODAY.isoformat()
    assert plan["fictitious"] is True
    assert plan["notices"][0]["code"] == "fictitious"
    assert plan["authority"]["hotline"] == "12333"
    activation_due = plan["deadlines"][0]
    assert set(activation_due) >= DEADLINE_NAMES
    assert activation_due["basis"] == "adopted"
    assert activation_due["due_on"] == "2026-12-30"
    assert activation_due["days_left"] == 40
    assert activation_due["counted_from"] == "2026-03-05"
    assert [one["code"] for one in activation_due["way_back"]] == [
        "activate_financial_at_bank",
        "release_social_at_bureau",
    ]
    cited = {one["id"] for one in plan["sources"]}
    used = [*plan["deadlines"], *plan["options"], *plan["rules"], *plan["notes"]]
    assert all(set(one["source_ids"]) <= cited for one in used)


def test_an_option_names_its_documents_steps_and_the_nearest_points_of_the_card_bank(visitor):
    asked = {"region": "990000", "card_bank": "102", "near": PLACE}
    bank = option(visitor.post("/v1/plans", asked).json(), "bank_counter")
    assert set(bank) >= OPTION_NAMES
    assert bank["offered"] is True
    assert bank["applications"] == ["social", "financial"]
    assert [one["code"] for one in bank["documents"]] == ["card", "identity_document"]
    assert bank["documents"][0]["for"] == "holder"
    assert "id_card" in bank["documents"][1]["any_of"]
    assert len(bank["steps"]) == 3
    assert bank["usable_from"] == TODAY.isoformat()
    assert [one["id"] for one in bank["points"]] == [
        "example:bank-01",
        "example:bank-03",
        "example:bank-05",
    ]
    assert set(bank["points"][0]) >= POINT_NAMES


def test_an_option_that_is_not_offered_says_why(visitor):
    plan = visitor.get("/v1/plans", params={"region": "990000", "who": "agent"}).json()
    bank = option(plan, "bank_counter")
    assert bank["offered"] is False
    assert bank["reason"] == "channel_not_offered"
    assert bank["reason_text"]
    assert bank["documents"] == bank["points"] == bank["steps"] == []
    assert option(plan, "bank_entrusted")["offered"] is True


def test_a_month_of_collection_means_its_first_day(visitor):
    said = {"region": "990000", "collected_on": "2026-03"}
    by_post = visitor.post("/v1/plans", said).json()
    by_get = visitor.get("/v1/plans", params=said).json()
    assert by_post == by_get
    assert by_post["deadlines"][0]["counted_from"] == "2026-03-01"


def test_reference_practice_gives_no_due_day_of_its_own(visitor):
    plan = visitor.post("/v1/plans", {"region": "440305", "collected_on": "2026-03-05"}).json()
    (due,) = plan["deadlines"]
    assert due["basis"] == "reference"
    assert due["due_on"] is None
    assert due["reference_due_on"] == "2026-12-30"
    assert "no_rule_published" in {one["code"] for one in plan["notices"]}
    assert plan["authority"]["name"] == "深圳市人力资源社会保障部门"


def test_a_name_that_fits_several_regions_gives_candidates_and_no_plan(visitor):
    answer = visitor.post("/v1/plans", {"region": "朝阳"})
    assert answer.status_code == 200
    assert set(answer.json()) == {"candidates"}
    assert [one["code"] for one in answer.json()["candidates"]] == ["110105", "211300"]
    assert answer.json()["candidates"][0]["path"][0]["name"] == "北京市"


def test_an_old_name_says_what_became_of_it(visitor):
    plan = visitor.post("/v1/plans", {"region": "宝安县"}).json()
    assert plan["region"]["code"] == "440300"
    assert plan["renamed_from"] == "宝安县"


@pytest.mark.parametrize("region", ["710000", "香港特别行政区"])
def test_a_region_without_mainland_cards_is_not_covered(visitor, region):
    answer = visitor.post("/v1/plans", {"region": region}).json()
    assert answer["not_covered"] is True
    assert answer["region"]["code"] in {"710000", "810000"}
    assert answer["authority"]["hotline"]
    assert "deadlines" not in answer
    assert "options" not in answer


def test_a_place_is_understood_as_text_object_and_region(visitor):
    by_text = visitor.get("/v1/plans", params={"region": "990000", "near": "30.0,120.0"}).json()
    by_object = visitor.post("/v1/plans", {"region": "990000", "near": PLACE}).json()
    by_region = visitor.post("/v1/plans", {"region": "990000", "near": "东湖区"}).json()
    assert by_text == by_object
    assert option(by_region, "bank_counter")["points"][0]["distance_m"] is None


def test_a_place_in_another_coordinate_system_is_converted_first(visitor):
    said = {"region": "990000", "near": {**PLACE, "crs": "GCJ02"}}
    plain = visitor.post("/v1/plans", {"region": "990000", "near": PLACE}).json()
    moved = visitor.post("/v1/plans", said).json()
    far = [option(one, "bank_counter")["points"][0]["distance_m"] for one in (plain, moved)]
    assert far[0] < far[1]


def test_a_district_name_near_the_issuer_is_taken_where_it_fits_one(visitor):
    answer = visitor.post("/v1/plans", {"region": "110000", "near": "朝阳"})
    assert answer.status_code == 200
    lost = visitor.post("/v1/plans", {"region": "990000", "near": "朝阳"})
    assert wrong_fields(lost) == {"near": "ambiguous_region"}
    assert "211300" in lost.json()["errors"][0]["message"]


def test_every_wrong_field_is_named_at_once(visitor):
    said = {
        "region": 7,
        "collected_on": "2026-3",
        "who": "me",
        "near": {"lat": 100, "lonn": 3},
        "on": "tomorrow",
        "zeal": 1,
    }
    assert wrong_fields(visitor.post("/v1/plans", said)) == {
        "region": "type",
        "collected_on": "format",
        "who": "choice",
        "near.lat": "range",
        "near.lon": "missing",
        "near.lonn": "unknown",
        "on": "date",
        "zeal": "unknown",
    }


def test_what_types_cannot_say_is_checked_together_with_what_they_can(visitor):
    said = {
        "region": "Atlantis",
        "collected_on": "2026-02-30",
        "collected": "no",
        "card_bank": "No Such Bank",
        "made_on": "1066-10-14",
        "near": "91,0",
    }
    wrong = {
        "region": "unknown_region",
        "collected_on": "date",
        "collected": "conflict",
        "card_bank": "unknown_bank",
        "made_on": "range",
        "near": "range",
    }
    assert wrong_fields(visitor.post("/v1/plans", said)) == wrong
    both = wrong_fields(visitor.post("/v1/plans", said | {"who": "me"}))
    assert both == wrong | {"who": "choice"}
    assert wrong_fields(visitor.get("/v1/plans", params=said | {"who": "me"})) == both
    del said["region"], wrong["region"]
    assert wrong_fields(visitor.post("/v1/plans", said)) == wrong | {"region": "missing"}


def test_a_query_is_checked_like_a_body(visitor):
    answer = visitor.get("/v1/plans?who=me&zeal=1&on=x&lang=en")
    assert wrong_fields(answer) == {
        "region": "missing",
        "who": "choice",
        "on": "date",
        "zeal": "unknown",
    }
    repeated = visitor.get("/v1/plans?region=990000&region=440300")
    assert wrong_fields(repeated) == {"region": "repeated"}


def test_nothing_that_was_sent_comes_back_in_a_problem(visitor):
    number = "110101199003070000"
    said = {"region": number, number: "张三", "card_bank": number, "near": number}
    assert number not in visitor.post("/v1/plans", said).text
    wrong = activation(card={"issuer": "张三", "card_number": number}, use=number)
    answer = visitor.post("/v1/activations", wrong)
    assert answer.status_code == 422
    assert number not in answer.text
    assert "张三" not in answer.text


# -- languages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "", "zh"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "zh-CN;q=0.5, en;q=0.8", "en"),
        ("", "fr, zh;q=0.1", "zh"),
        ("?lang=zh", "en", "zh"),
        ("?lang=en", "zh", "en"),
    ],
)
def test_the_query_outranks_the_header_and_chinese_is_the_default(visitor, query, header, language):
    headers = {"Accept-Language": header} if header else {}
    answer = visitor.post(f"/v1/plans{query}", {"region": "990000"}, headers=headers)
    assert answer.headers["content-language"] == language
    assert "Accept-Language" in answer.headers["vary"]
    assert answer.json()["region"]["name"] == {"zh": "示例市", "en": "Example City"}[language]


def test_a_problem_speaks_the_language_asked_for_too(visitor):
    answer = visitor.post("/v1/plans?lang=en", {})
    assert answer.headers["content-language"] == "en"
    assert answer.json()["title"] == "Some fields are wrong"


def test_a_language_that_is_not_spoken_is_a_wrong_field(visitor):
    assert wrong_fields(visitor.post("/v1/plans?lang=fr", {"region": "990000"})) == {
        "lang": "choice"
    }


# -- points ---------------------------------------------------------------------------------------


def test_points_come_nearest_first_page_by_page_each_once(visitor):
    seen, cursor = [], None
    while True:
        said = {"lat": 30, "lon": 120, "limit": 4} | ({"cursor": cursor} if cursor else {})
        page = visitor.get("/v1/points", params=said).json()
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert len(page["items"]) == 4
    far = [one["distance_m"] for one in seen]
    assert far == sorted(far)
    assert len({one["id"] for one in seen}) == len(seen) == 15


def test_a_point_tells_its_hours_its_place_and_what_it_serves(visitor):
    said = {"lat": 30, "lon": 120, "kind": "hospital"}
    (item,) = visitor.get("/v1/points", params=said).json()["items"]
    assert set(item) >= POINT_NAMES
    assert item["open"] == {
        "state": "open",
        "until": "2026-11-20T17:00:00+08:00",
        "next_opening": "2026-11-23T09:00:00+08:00",
    }
    days = item["next_seven_days"]
    assert days[0] == {"date": "2026-11-20", "spans": [{"opens": "09:00", "closes": "17:00"}]}
    assert days[1]["spans"] == []
    assert item["coordinates"] == {
        "lat": 30.0,
        "lon": 120.015,
        "crs": "WGS84",
        "given_crs": "GCJ02",
    }
    assert item["capabilities"][0]["channel"] == "hospital_first_use"
    assert item["example"] is True


def test_unknown_hours_are_said_to_be_unknown(visitor):
    said = {"lat": 30, "lon": 120, "kind": "pharmacy"}
    (item,) = visitor.get("/v1/points", params=said).json()["items"]
    assert item["open"] == {"state": "unknown", "until": None, "next_opening": None}
    assert item["next_seven_days"][0]["spans"] is None


def test_points_are_filtered_by_region_channel_bank_and_opening(visitor):
    said = {"region": "990000", "channel": "bank_counter", "card_bank": "工商"}
    assert wrong_fields(visitor.get("/v1/points", params=said)) == {"card_bank": "unknown_bank"}
    said["card_bank"] = "中国工商银行"
    found = visitor.get("/v1/points", params=said).json()["items"]
    assert len(found) == 7
    assert {one["kind"] for one in found} == {"bank_outlet"}
    at_night = visitor.get(
        "/v1/points", params={"region": "990000", "open": "2026-11-20T23:00:00+08:00"}
    )
    assert at_night.json() == {"items": [], "next_cursor": None, "candidates": []}
    now = visitor.get("/v1/points", params={"region": "990000", "open": "now"}).json()
    assert len(now["items"]) == 14


def test_points_of_an_ambiguous_region_give_candidates(visitor):
    answer = visitor.get("/v1/points", params={"region": "朝阳"}).json()
    assert answer["items"] == []
    assert [one["code"] for one in answer["candidates"]] == ["110105", "211300"]


def test_wrong_point_searches_name_their_fields(visitor):
    said = {"lat": "30", "kind": "bakery", "limit": "0", "open": "noon", "region": "Atlantis"}
    assert wrong_fields(visitor.get("/v1/points", params=said)) == {
        "kind": "choice",
        "limit": "range",
        "lon": "missing",
        "open": "time",
        "region": "unknown_region",
    }
    strange = {"region": "990000", "cursor": "nobody gave this"}
    assert wrong_fields(visitor.get("/v1/points", params=strange)) == {"cursor": "format"}


# -- activations ----------------------------------------------------------------------------------


def test_an_activation_is_carried_out_and_its_repeat_replayed(visitor):
    outcome = only(visitor.post("/v1/activations", activation()))
    assert outcome["status"] == "activated"
    assert outcome["message"]
    assert outcome["next_step"]
    assert outcome["replayed"] is False
    assert outcome["applications"]["social"] == {
        "status": "activated",
        "state": "normal",
        "since": "2026-11-20T10:00:00+08:00",
        "usable_from": "2026-11-20",
    }
    again = only(visitor.post("/v1/activations", activation()))
    assert again == outcome | {"replayed": True}


def test_the_order_of_names_does_not_make_another_request(visitor):
    only(visitor.post("/v1/activations", activation()))
    turned = dict(reversed(activation().items()))
    assert only(visitor.post("/v1/activations", turned))["replayed"] is True
    other = activation(point_id="example:bank-03")
    assert only(visitor.post("/v1/activations", other))["status"] == "key_reused"


def test_a_refusal_is_a_decision_and_names_what_is_missing(visitor):
    answer = visitor.post("/v1/activations?lang=en", activation(presented=[]))
    outcome = only(answer)
    assert outcome["status"] == "documents_missing"
    assert [one["code"] for one in outcome["missing"]] == ["card", "identity_document"]
    assert outcome["missing"][0]["name"] == "the social security card"
    assert outcome["source_ids"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"card": {"issuer": "990000", "card_number": "nobody's"}}, "card_not_found"),
        ({"card": {"card_identifier": "f" * 32}}, "card_not_found"),
        ({"occurred_at": (NOW + timedelta(hours=1)).isoformat()}, "in_future"),
        ({"card": {"issuer": "990000", "card_number": "A4"}}, "not_collected"),
        ({"card": {"issuer": "990000", "card_number": "A3"}}, "already_active"),
        ({"channel": "no_such_channel"}, "channel_not_offered"),
        ({"point_id": "example:bank-02"}, "wrong_bank"),
        ({"point_id": "example:nowhere"}, "outside_scope"),
    ],
)
def test_each_refusal_has_its_status(visitor, changes, status):
    outcome = only(visitor.post("/v1/activations", activation(**changes)))
    assert outcome["status"] == status
    assert outcome["replayed"] is False


def test_a_batch_is_answered_in_the_order_asked(visitor):
    said = [activation("A3"), activation("A1"), activation("Z9"), activation("A2", presented=[])]
    answer = visitor.post("/v1/activations", {"requests": said}).json()
    assert [one["status"] for one in answer["outcomes"]] == [
        "already_active",
        "activated",
        "card_not_found",
        "documents_missing",
    ]
    assert [one["request_key"] for one in answer["outcomes"]] == [
        "key-A3",
        "key-A1",
        "key-Z9",
        "key-A2",
    ]


def test_a_card_is_found_by_the_identifier_of_its_chip(visitor):
    said = activation(card={"card_identifier": "A1".rjust(32, "0")})
    assert only(visitor.post("/v1/activations", said))["status"] == "activated"


def test_only_the_providers_assertion_proves_an_identity_online(visitor):
    said = activation(
        channel="online_alipay", point_id=None, presented=[{"document": "card", "of": "holder"}]
    )
    for proof in (None, {"assertion": "I am"}):
        outcome = only(visitor.post("/v1/activations", said | {"identity_proof": proof}))
        assert outcome["status"] == "identity_not_proved"
    outcome = only(visitor.post("/v1/activations", said | {"identity_proof": GOOD_PROOF}))
    assert outcome["status"] == "activated"


def entrusted(**changes):
    papers = [("card", "holder"), ("id_card", "holder"), ("id_card", "agent")]
    papers.append(("power_of_attorney", "holder"))
    said = {
        "channel": "bank_entrusted",
        "agent": {"name": "李四", "social_security_number": "990000198001010000"},
        "letter": {"signed_on": "2026-11-01"},
        "presented": [{"document": code, "of": of} for code, of in papers],
    }
    return activation(**(said | changes))


def test_a_letter_serves_once_by_what_it_says(visitor):
    social = entrusted(applications=["social"])
    assert only(visitor.post("/v1/activations", social))["status"] == "activated"
    visitor.post(
        "/v1/events",
        {
            "request_key": "back",
            "card": social["card"],
            "type": "activation_reversed",
            "applications": ["social"],
            "occurred_at": "2026-11-20T11:00:00+08:00",
        },
    )
    again = social | {"request_key": "second", "occurred_at": "2026-11-20T11:30:00+08:00"}
    assert only(visitor.post("/v1/activations", again))["status"] == "letter_used"
    fresh = again | {"letter": {"signed_on": "2026-11-19"}}
    assert only(visitor.post("/v1/activations", fresh))["status"] == "activated"


def test_a_letter_whose_day_is_not_told_is_missing(visitor):
    outcome = only(visitor.post("/v1/activations", entrusted(letter=None)))
    assert outcome["status"] == "documents_missing"
    assert [one["code"] for one in outcome["missing"]] == ["power_of_attorney"]


def test_wrong_requests_name_every_field_with_its_place_in_the_batch(visitor):
    said = {
        "requests": [
            activation(),
            {"card": {"issuer": "990000"}, "channel": "Bank Counter", "occurred_at": "now"},
            activation(card={"issuer": "Atlantis"}, point_id=None),
            activation(
                presented=[{"document": "library_card", "of": "holder"}],
                occurred_at="1890-01-01T00:00:00+08:00",
                use="tea",
            ),
        ]
    }
    assert wrong_fields(visitor.post("/v1/activations", said)) == {
        "requests[1].request_key": "missing",
        "requests[1].card.card_number": "missing",
        "requests[1].channel": "format",
        "requests[1].occurred_at": "time",
        "requests[2].card.issuer": "unknown_region",
        "requests[2].card.card_number": "missing",
        "requests[2].point_id": "missing",
        "requests[3].use": "choice",
        "requests[3].presented[0].document": "choice",
        "requests[3].occurred_at": "range",
    }
    alone = said["requests"][3]
    assert wrong_fields(visitor.post("/v1/activations", alone)) == {
        "use": "choice",
        "presented[0].document": "choice",
        "occurred_at": "range",
    }


@pytest.mark.parametrize("control", ["\0", "\n", "\t", "\x1b", "\x7f"])
def test_texts_with_control_characters_are_refused_by_name(visitor, control):
    letter = {"signed_on": "2026-11-19", "number": f"L-1{control}"}
    agent = {"name": f"{control}Zhang", "social_security_number": f"11{control}0"}
    card = {"issuer": "990000", "card_number": f"A{control}1"}
    papers = [{"document": "card", "of": "holder", "number": f"7{control}"}]
    said = activation(
        request_key=f"key{control}", card=card, channel=f"bank_counter{control}",
        point_id=f"example:bank{control}-01", presented=papers, agent=agent, letter=letter,
    )  # fmt: skip
    assert wrong_fields(visitor.post("/v1/activations", said)) == dict.fromkeys(
        (
            *("request_key", "card.card_number", "channel", "point_id", "presented[0].number"),
            *("agent.name", "agent.social_security_number", "letter.number"),
        ),
        "format",
    )


@pytest.mark.parametrize("kind", [ActivationBody, EventBody, CardStatusRequest])
def test_every_text_of_a_request_about_a_card_has_a_pattern(kind):
    open_texts, seen = [], []

    def walk(type_, path):
        if isinstance(type_, msgspec.inspect.Metadata):
            type_ = type_.type
        if isinstance(type_, msgspec.inspect.StrType):
            seen.append(path)
            if type_.pattern is None or re.search(type_.pattern, "a1\n"):
                open_texts.append(path)
        for field in getattr(type_, "fields", ()):
            walk(field.type, f"{path}.{field.encode_name}")
        inner = (*getattr(type_, "types", ()), getattr(type_, "item_type", None))
        for one in filter(None, inner):
            walk(one, path)

    walk(msgspec.inspect.type_info(kind), kind.__name__)
    assert len(seen) >= 4
    assert open_texts == []


def test_a_time_without_an_offset_is_refused(visitor):
    said = activation(occurred_at="2026-11-20T10:00:00")
    assert wrong_fields(visitor.post("/v1/activations", said)) == {"occurred_at": "time"}


def test_a_batch_is_bounded(visitor):
    small = {"request_key": "k", "card": {}, "channel": "app", "occurred_at": NOW.isoformat()}
    answer = visitor.post("/v1/activations", {"requests": [small] * 1001})
    assert wrong_fields(answer) == {"requests": "too_many"}
    assert wrong_fields(visitor.post("/v1/activations", {"requests": []})) == {
        "requests": "missing"
    }


# -- events and card status -----------------------------------------------------------------------


def event(kind, number="A1", **changes):
    return {
        "request_key": f"{kind}-{number}",
        "card": {"issuer": "990000", "card_number": number},
        "type": kind,
        "occurred_at": "2026-11-20T11:00:00+08:00",
    } | changes


def test_an_event_is_recorded_and_an_impossible_one_refused(visitor):
    lost = only(visitor.post("/v1/events", event("loss_reported", loss="formal")))
    assert lost["status"] == "recorded"
    assert lost["applications"]["social"]["state"] == "formal_loss"
    unlock = only(visitor.post("/v1/events", event("unlocked")))
    assert unlock["status"] == "transition_not_allowed"
    assert unlock["message"]


def test_an_activation_cannot_be_smuggled_in_as_an_event(visitor):
    answer = visitor.post("/v1/events", event("activated", loss="formal"))
    assert wrong_fields(answer) == {"type": "choice"}
    assert wrong_fields(visitor.post("/v1/events", event("locked", loss="formal"))) == {
        "loss": "conflict"
    }


def test_a_holder_sees_states_deadlines_and_history(visitor):
    visitor.post("/v1/activations", activation())
    card = {"issuer": "示例市", "card_number": "A1"}
    for proof in ({"name": "张A1"}, {"social_security_number": "99000019900101A1"}):
        status = visitor.post("/v1/card-status", {"card": card} | proof).json()
        assert status["found"] is True
        assert status["applications"]["social"]["state"] == "normal"
        assert status["deadlines"][0]["due_on"] == "2027-08-17"
        assert [one["type"] for one in status["history"]] == ["activated"]


def test_a_wrong_holder_and_an_unknown_card_get_the_same_answer(visitor):
    known = {"issuer": "990000", "card_number": "A1"}
    unknown = {"issuer": "990000", "card_number": "none"}
    answers = [
        visitor.post("/v1/card-status", {"card": card, "name": "王五"}).json()
        for card in (known, unknown)
    ]
    assert answers[0] == answers[1]
    assert answers[0]["found"] is False


def test_a_card_number_or_an_identity_number_alone_is_not_enough(visitor):
    card = {"issuer": "990000", "card_number": "A1"}
    assert wrong_fields(visitor.post("/v1/card-status", {"card": card})) == {"name": "missing"}
    alone = {"social_security_number": "99000019900101A1"}
    assert wrong_fields(visitor.post("/v1/card-status", alone)) == {"card": "missing"}
    assert wrong_fields(visitor.post("/v1/card-status", {"card": {"issuer": "990000"}})) == {
        "name": "missing",
        "card.card_number": "missing",
    }
    chip = {"card": {"card_identifier": "0" * 32}, "name": "张A1"}
    assert wrong_fields(visitor.post("/v1/card-status", chip)) == {
        "card.card_identifier": "unknown"
    }


def test_names_cannot_be_tried_out_for_a_card(visitor):
    card = {"issuer": "990000", "card_number": "A1"}
    for number in range(TRIES_MAX):
        visitor.post("/v1/card-status", {"card": card, "name": f"guess {number}"})
    refused = visitor.post("/v1/card-status", {"card": card, "name": "张A1"})
    assert problem_code(refused) == "too_many_tries"
    assert int(refused.headers["retry-after"]) > 0
    other = {"issuer": "990000", "card_number": "A2"}
    assert visitor.post("/v1/card-status", {"card": other, "name": "张A2"}).json()["found"]


# -- the call itself ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "endpoint", [one for one in ENDPOINTS if one.writes], ids=lambda one: one.name
)
def test_unsigned_writes_exist_only_in_the_demo(site, endpoint):
    signed_only = Visitor(build_app(dataclasses.replace(site, unsigned_writes=False)))
    answer = signed_only.call(endpoint.method, endpoint.path, json=activation())
    assert problem_code(answer) == "unsigned"
    assert not site.office.store.history


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: one.name)
def test_an_endpoint_stands_only_at_its_door(site, endpoint):
    for door in ("public", "partner", "console"):
        visitor = Visitor(build_app(dataclasses.replace(site, doors=frozenset({door}))))
        answer = visitor.call("DELETE", endpoint.path, json={})
        described = visitor.get("/openapi.json").json()["paths"].get(endpoint.path, {})
        open_here = endpoint.door == door or endpoint.path in {"/healthz", "/readyz"}
        assert answer.status_code == (405 if open_here else 404)
        assert (endpoint.method.lower() in described) is open_here


def test_a_body_that_is_no_json_is_unreadable(visitor):
    headers = {"Content-Type": "application/json"}
    for body in (b"", b"{", b'"\xff"', b'{"region": "\\ud800"}', b"[" * 5000, b'{"a":1e999}'):
        answer = visitor.call("POST", "/v1/plans", content=body, headers=headers)
        assert problem_code(answer) == "unreadable", body
    assert wrong_fields(visitor.post("/v1/plans", ["region"])) == {"(body)": "type"}


def test_a_body_is_bounded_whether_its_length_is_told_or_not(visitor):
    headers = {"Content-Type": "application/json"}
    large = b" " * (BODY_MAX + 1)
    told = visitor.call("POST", "/v1/activations", content=large, headers=headers)

    async def drops():
        for _ in range(BODY_MAX // 65_536 + 1):
            yield b" " * 65_536

    untold = visitor.call("POST", "/v1/activations", content=drops(), headers=headers)
    assert problem_code(told) == problem_code(untold) == "too_large"


def test_only_json_is_taken_so_that_no_foreign_page_can_post(visitor):
    body = json.dumps(activation()).encode()
    for headers in ({}, {"Content-Type": "text/plain"}):
        answer = visitor.call("POST", "/v1/activations", content=body, headers=headers)
        assert problem_code(answer) == "unsupported_media_type"


def test_unknown_addresses_and_methods_are_problems(visitor):
    assert problem_code(visitor.get("/v1/nothing")) == "not_found"
    answer = visitor.call("DELETE", "/v1/plans")
    assert problem_code(answer) == "method_not_allowed"
    assert {"GET", "POST"} <= set(answer.headers["allow"].replace(" ", "").split(","))


@pytest.mark.parametrize(
    ("kind", "code", "logged"),
    [
        (StoreBusyError, "overloaded", False),
        (OverloadedError, "overloaded", False),
        (StoreUnavailableError, "unavailable", True),
    ],
)
def test_a_store_that_cannot_take_more_says_when_to_come_back(site, caplog, kind, code, logged):
    async def busy(_):
        raise kind("why")

    visitor = Visitor(build_app(dataclasses.replace(site, submit=busy)))
    answer = visitor.post("/v1/activations", activation())
    assert problem_code(answer) == code
    assert int(answer.headers["retry-after"]) > 0
    assert (kind.__name__ in caplog.text) is logged, "who runs the database must hear of it"


def test_what_a_text_may_hold_is_said_in_the_callers_language(visitor):
    body = {**activation(), "request_key": "a\u0007b"}
    for language, words in (("zh", "不含控制字符"), ("en", "without control characters")):
        answer = visitor.post("/v1/activations", body, headers={"accept-language": language})
        (error,) = answer.json()["errors"]
        assert (error["field"], error["code"]) == ("request_key", "format")
        assert words in error["message"]


def test_a_defect_is_answered_and_logged_without_the_values_in_play(site, caplog):
    async def broken(_):
        raise ValueError("990000 A1 张三")

    visitor = Visitor(build_app(dataclasses.replace(site, submit=broken)))
    answer = visitor.post("/v1/activations", activation())
    assert problem_code(answer) == "broken"
    assert "ValueError" in caplog.text
    assert "张三" not in caplog.text + answer.text


def test_health_and_readiness_are_told_apart(site):
    async def not_ready():
        return False

    visitor = Visitor(build_app(dataclasses.replace(site, ready=not_ready)))
    assert visitor.get("/healthz").json()["status"] == "ok"
    assert problem_code(visitor.get("/readyz")) == "overloaded"
    assert Visitor(build_app(site)).get("/readyz").json()["status"] == "ready"


def test_every_answer_carries_the_security_headers(visitor):
    for path in ("/", "/v1/plans", "/openapi.json", asset("qika.css"), "/v1/nothing"):
        headers = visitor.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_all_statuses_have_their_words_in_the_openapi_schema(visitor):
    schemas = visitor.get("/openapi.json").json()["components"]["schemas"]
    assert set(schemas["Status"]["enum"]) == set(Status)
    assert set(schemas["Application"]["enum"]) == set(Application)


def test_the_site_is_built_on_a_real_office(site):
    assert isinstance(site.office, Office)


# -- what the description promises ----------------------------------------------------------------


HELD = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def with_known_names(case):
    """Put names of the example region where free text would nearly always be refused."""
    if isinstance(case.query, dict) and "region" in case.query:
        case.query |= {"region": "990000"}
    body = case.body if isinstance(case.body, dict) else {}
    if "region" in body:
        body["region"] = "990000"
    for one in (body, *body.get("requests", ())):
        if "card" in one:
            one["card"] = {"issuer": "990000", "card_number": "A1"}
            one.setdefault("point_id", "example:bank-01")
    for said in (body, case.query or {}):
        for name in ("near", "card_bank", "collected"):
            said.pop(name, None)
    return case


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: one.name)
def test_no_generated_call_breaks_the_service_or_its_description(site, endpoint):
    schemathesis.checks.load_all_checks()
    checks = [schemathesis.checks.CHECKS.get_one(name) for name in HELD]
    schema = schemathesis.openapi.from_asgi("/openapi.json", build_app(site))
    operation = schema[endpoint.path][endpoint.method]
    modes = schemathesis.GenerationMode
    cases = st.one_of(
        operation.as_strategy(generation_mode=modes.POSITIVE).map(with_known_names),
        operation.as_strategy(generation_mode=modes.POSITIVE),
        operation.as_strategy(generation_mode=modes.NEGATIVE),
    )

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def holds(case):
        case.call_and_validate(checks=checks)

    holds()
