"""Every command of the command line, as an operator who knows only its description uses it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import apsw
import openpyxl
import pytest
from rich.cells import cell_len

from qika.activation.status import Status
from qika.cli.folding import folded
from qika.wiring import packaged_texts

from tests.journeys.terminal import (
    CARD_COLUMNS,
    HOLDER_PAPERS,
    Terminal,
    activation,
    card_row,
    cards_csv,
    event,
)

POINT_COLUMNS = (
    "source_id,name,kind,organization,card_bank,address,region,lat,lon,crs,phone,opening_hours,"
    "channels,applications,regions_served,capability_source,confirmed_on"
)
BANK_WAYS = "bank_counter bank_entrusted,social financial"
CONFIRMED = "990000,example,2026-11-01"
POINTS = [
    f"{told},{BANK_WAYS if 'bank' in told else 'hospital_first_use,social'},{CONFIRMED}"
    for told in (
        "b1,示例网点一,bank_outlet,,102,示例路1号,990101,31.001,111.001,WGS84,,Mo-Su 09:00-17:00",
        "b2,示例网点二,bank_outlet,,103,示例路2号,990101,31.002,111.002,WGS84,,Mo-Fr 09:00-17:00",
        "h1,示例医院,hospital,,,示例路3号,990101,31.003,111.003,WGS84,,24/7",
    )
]
AGENT = [
    *HOLDER_PAPERS,
    {"document": "id_card", "of": "agent"},
    {"document": "power_of_attorney", "of": "holder"},
]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> Path:
    """A data folder with twelve cards (the last one not collected) and three points."""
    terminal = Terminal(tmp_path_factory.mktemp("loaded"))
    rows = [card_row(f"T{number:08d}") for number in range(1, 12)]
    rows.append(card_row("T00000012", collected_on=""))
    cards = terminal.file("cards.csv", cards_csv(rows))
    points = terminal.file("points.csv", "\n".join((POINT_COLUMNS, *POINTS)) + "\n")
    assert terminal.type("import", "cards", cards).code == 0
    said = terminal.type("import", "points", points)
    assert said.code == 0, said
    return terminal.folder


@pytest.fixture
def city(loaded, tmp_path) -> Terminal:
    """A copy of that folder for one test."""
    shutil.copytree(loaded, tmp_path / "city")
    return Terminal(tmp_path / "city")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Path:
    """A data folder that a first command has made."""
    terminal = Terminal(tmp_path_factory.mktemp("fresh"))
    assert terminal.type("near", "31.0", "111.0").code == 0
    return terminal.folder


@pytest.fixture
def empty(fresh, tmp_path) -> Terminal:
    """A copy of that folder for one test."""
    shutil.copytree(fresh, tmp_path / "empty")
    return Terminal(tmp_path / "empty")


# plan


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("最晚哪天", "2027年6月28日", "去哪办", "要带的东西", "问谁", "出处")),
        ("en", ("By when", "28 June 2027", "Where and how", "What to bring", "Whom to ask")),
    ],
)
def test_a_plan_says_by_when_first_then_where_then_whom_to_ask(city, lang, words):
    question = ("plan", "--region", "示例市", "--collected-on", "2026-09-01", "--on", "2026-11-20")
    said = city.type(*question, lang=lang)
    places = [said.out.find(word) for word in words]
    assert said.code == 0
    assert -1 not in places
    assert places == sorted(places)


def test_ways_that_are_not_offered_share_one_line_for_each_reason(city):
    said = city.type("plan", "--region", "990000", "--collected-on", "2026-09-01")
    reason = "This way is not offered there, or not to the person named."
    assert said.out.count(reason) == 1


def test_a_plan_as_json_has_the_names_of_the_api(city):
    plan = city.json(
        "plan", "--region", "990000", "--collected-on", "2026-09-01", "--on", "2026-11-20",
        "--card-bank", "工商银行", "--near", "31.0,111.0",
    )  # fmt: skip
    assert plan["region"]["code"] == "990000"
    (term,) = [one for one in plan["deadlines"] if one["clock"] == "activation"]
    assert (term["basis"], term["due_on"], term["days_left"]) == ("adopted", "2027-06-28", 220)
    options = {one["channel"]: one for one in plan["options"]}
    assert [one["id"] for one in options["bank_counter"]["points"]] == ["points:b1"]
    assert options["home_visit"]["offered"] is False
    assert options["home_visit"]["reason"] == "channel_not_offered"


def test_an_old_name_leads_to_the_district_of_today(empty):
    plan = empty.json("plan", "--region", "崇文区", lang="zh")
    assert plan["region"]["code"] == "110101"
    assert "崇文区" in empty.type("plan", "--region", "崇文区", lang="zh").out


def test_a_name_that_fits_several_regions_lists_them_and_exits_0(empty):
    said = empty.type("plan", "--region", "朝阳区", lang="zh")
    codes = [one["code"] for one in empty.json("plan", "--region", "朝阳区")["candidates"]]
    assert said.code == 0
    assert "110105" in codes
    assert len(codes) > 1
    assert all(code in said.out for code in codes)


@pytest.mark.parametrize("region", ["710000", "香港", "820000"])
def test_a_region_without_mainland_cards_is_said_so_and_exits_0(empty, region):
    assert empty.json("plan", "--region", region)["not_covered"] is True
    assert "does not issue" in empty.type("plan", "--region", region).out


@pytest.mark.parametrize("collected", ["no", "unknown"])
def test_without_a_collection_day_no_last_day_is_named(city, collected):
    plan = city.json("plan", "--region", "990000", "--collected-on", collected)
    (term,) = [one for one in plan["deadlines"] if one["clock"] == "activation"]
    assert (term["due_on"], term["days_left"]) == (None, None)
    assert city.type("plan", "--region", "990000", "--collected-on", collected).code == 0


def test_a_month_counts_as_its_first_day(city):
    month, day = (
        city.json("plan", "--region", "990000", "--collected-on", one)["deadlines"][0]["due_on"]
        for one in ("2026-09", "2026-09-01")
    )
    assert month == day


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("holder", "bank_counter"),
        ("agent", "bank_entrusted"),
        ("guardian", "bank_counter"),
        ("homebound", "home_visit"),
    ],
)
def test_each_person_is_offered_the_way_meant_for_them(city, who, offered):
    plan = city.json("plan", "--region", "990000", "--who", who)
    assert offered in [one["channel"] for one in plan["options"] if one["offered"]]


def test_near_a_region_points_are_listed_without_a_distance(city):
    plan = city.json("plan", "--region", "990000", "--near", "990101")
    counter = next(one for one in plan["options"] if one["channel"] == "bank_counter")
    assert {one["distance_m"] for one in counter["points"]} == {None}
    assert len(counter["points"]) == 2


def test_on_a_terminal_lines_fold_below_their_text_and_never_begin_with_a_stop():
    text = "· 有效身份证件原件（持卡人本人的），任带一种：居民身份证、护照、外国人永久居留身份证。"  # noqa: RUF001
    lines = folded(text, 24, 2)
    assert len(lines) > 2
    assert all(cell_len(line) <= 24 for line in lines)
    assert lines[0].startswith("  · 有效")
    assert all(line.startswith("    ") for line in lines[1:])
    assert not any(line.strip()[0] in "，。、）：" for line in lines)  # noqa: RUF001
    assert "".join(line.strip() for line in lines) == text
    assert folded("1) Go to an outlet of the bank", 18, 0) == [
        "1) Go to an outlet", "   of the bank",
    ]  # fmt: skip


# near


def test_points_come_nearest_first_and_page_by_page(city):
    first = city.json("near", "31.0", "111.0", "--limit", "2")
    cursor = ("--cursor", first["next_cursor"])
    rest = city.json("near", "31.0", "111.0", "--limit", "2", *cursor)
    ids = [one["id"] for one in (*first["items"], *rest["items"])]
    assert ids == ["points:b1", "points:b2", "points:h1"]
    assert rest["next_cursor"] is None
    assert first["next_cursor"] in city.type("near", "31.0", "111.0", "--limit", "2").out


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (("--channel", "hospital_first_use"), ["points:h1"]),
        (("--card-bank", "农业银行"), ["points:b2", "points:h1"]),
        (("--kind", "hospital"), ["points:h1"]),
        (("--application", "financial"), ["points:b1", "points:b2"]),
        (("--open", "2026-11-21T10:00:00+08:00"), ["points:b1", "points:h1"]),
        (("--open", "2026-11-21T03:00:00+08:00"), ["points:h1"]),
    ],
)
def test_filters_leave_the_points_that_fit(city, filters, found):
    assert [one["id"] for one in city.json("near", "31.0", "111.0", *filters)["items"]] == found


@pytest.mark.parametrize(("lang", "said"), [("zh", "没有符合条件的网点"), ("en", "No place fits")])
def test_no_point_at_all_is_an_answer_with_exit_code_0(empty, lang, said):
    answered = empty.type("near", "31.0", "111.0", lang=lang)
    assert answered.code == 0
    assert said in answered.out
    assert empty.json("near", "31.0", "111.0") == {
        "items": [], "next_cursor": None, "candidates": [],
    }  # fmt: skip


# import


def test_a_dry_run_writes_nothing_and_the_same_file_again_changes_nothing(empty):
    path = empty.file("cards.csv", cards_csv([card_row("A00000001"), card_row("A00000002")]))
    assert empty.json("import", "cards", path, "--dry-run")["verdicts"] == {"acceptable": 2}
    assert empty.json("status", "990000", "A00000001")["found"] is False
    assert empty.json("import", "cards", path)["verdicts"] == {"added": 2}
    assert empty.json("import", "cards", path)["verdicts"] == {"unchanged": 2}


def test_rows_held_back_exit_1_and_stand_in_the_report_with_their_reason(empty):
    rows = [card_row("A00000001"), card_row("A00000002").replace("Li Shi", "李**")]
    path, report = empty.file("cards.csv", cards_csv(rows)), empty.folder / "report.csv"
    said = empty.type("import", "cards", path, "--report", str(report))
    text = report.read_text("utf-8-sig")
    assert said.code == 1
    assert "added" in said.out
    assert len(text.splitlines()) == 3
    assert "name_masked" in text
    assert empty.states("A00000001") == ("sealed", "sealed")


def test_cards_and_points_load_from_xlsx_too(empty):
    for name, header, rows in (
        ("cards", CARD_COLUMNS, [card_row("X00000001")]),
        ("points", POINT_COLUMNS, POINTS),
    ):
        book = openpyxl.Workbook()
        for line in (header, *rows):
            book.active.append(line.split(","))
        path = empty.folder / f"{name}.xlsx"
        book.save(path)
        report = empty.json("import", name, str(path))
        assert report["verdicts"] == {"added": len(rows)}
    assert empty.states("X00000001") == ("sealed", "sealed")
    assert len(empty.json("near", "31.0", "111.0")["items"]) == 3


def test_a_file_that_is_no_table_is_wrong_use(empty):
    path = empty.file("cards.csv", "a,b\n1,2\n")
    assert empty.type("import", "cards", path).code == 2


# activate, record, status


def test_an_activation_is_done_once_and_its_repeat_gets_the_same_answer(city):
    body = activation("T00000001", "k1")
    first, again = city.activate(body), city.activate(body)
    assert first["status"] == again["status"] == "activated"
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert {**again, "replayed": False} == first
    assert len(city.json("status", "990000", "T00000001")["history"]) == 1
    assert "nothing was done again" in city.type("activate", city.file("a.json", body)).out


def test_a_body_is_read_from_standard_input_by_the_real_program(city):
    command = [sys.executable, "-c", "from qika.cli import main; main()", "activate", "-"]
    bodies = [activation("T00000001", "a"), activation("T00000002", "b")]
    done = subprocess.run(
        [*command, "--data", str(city.folder / "data"), "--json"],
        input=json.dumps({"requests": bodies}),
        env={**os.environ, "QIKA_LANG": "en"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    outcomes = json.loads(done.stdout)["outcomes"]
    assert [one["status"] for one in outcomes] == ["activated", "activated"]


def test_a_batch_with_one_refusal_exits_1_and_still_does_the_rest(city):
    requests = [activation("T00000001", "a"), activation("T99999999", "b")]
    answered = city.json("activate", city.file("a.json", {"requests": requests}), code=1)
    assert [one["status"] for one in answered["outcomes"]] == ["activated", "card_not_found"]


@pytest.mark.parametrize(
    ("steps", "states"),
    [
        ([("loss_reported", {"loss": "temporary"})], ("temporary_loss", "temporary_loss")),
        ([("loss_reported", {"loss": "formal"})], ("formal_loss", "formal_loss")),
        ([("loss_reported", {}), ("loss_released", {})], ("sealed", "sealed")),
        ([("locked", {"applications": ["social"]})], ("locked", "sealed")),
        ([("locked", {}), ("unlocked", {})], ("sealed", "sealed")),
        ([("cancelled", {})], ("cancelled", "cancelled")),
        ([("reissued", {})], ("cancelled", "cancelled")),
        ([("exchanged", {})], ("cancelled", "cancelled")),
    ],
)
def test_what_happens_to_a_card_is_recorded_and_shown(city, steps, states):
    for number, (kind, changes) in enumerate(steps):
        said = city.record(event("T00000001", f"e{number}", kind, **changes))
        assert said["status"] == "recorded"
    assert city.states("T00000001") == states
    history = city.json("status", "990000", "T00000001")["history"]
    assert [one["type"] for one in history] == [kind for kind, _ in steps]


def test_a_collected_card_starts_its_clock_and_a_reversed_activation_seals_it_again(city):
    assert city.states("T00000012") == ("not_collected", "not_collected")
    city.record(event("T00000012", "c", "collected", occurred_at="2026-03-01T09:00:00+08:00"))
    held = city.json("status", "990000", "T00000012")
    assert held["deadlines"][0]["counted_from"] == "2026-03-01"
    city.activate(activation("T00000012", "a"))
    city.record(event("T00000012", "r", "activation_reversed"))
    assert city.states("T00000012") == ("sealed", "sealed")
    assert city.activate(activation("T00000012", "a2"))["status"] == "activated"


def test_a_card_nobody_knows_is_an_answer_with_exit_code_0(city):
    assert city.json("status", "990000", "NOSUCH")["found"] is False
    assert city.type("status", "示例市", "NOSUCH").code == 0


ENTRUSTED = {
    "channel": "bank_entrusted",
    "presented": AGENT,
    "letter": {"number": "L-1", "signed_on": "2026-03-01"},
    "agent": {"name": "Wang Wu", "social_security_number": "P00000099"},
}


def test_every_status_of_the_closed_list_is_reached_from_the_command_line(city):
    reached = {}

    def act(number, key, *, code=1, **changes):
        outcome = city.activate(activation(number, key, **changes), code=code)
        reached[outcome["status"]] = outcome

    def note(number, key, kind, *, code=0, **changes):
        outcome = city.record(event(number, key, kind, **changes), code=code)
        reached[outcome["status"]] = outcome

    act("T00000001", "k", code=0)
    act("T00000001", "k", use="outpatient")
    act("T00000001", "k2")
    act("NOSUCH", "k")
    act("T00000002", "k", occurred_at="2099-01-01T10:00:00+08:00")
    act("T00000012", "k")
    note("T00000003", "e", "loss_reported")
    act("T00000003", "k")
    note("T00000004", "e", "locked")
    act("T00000004", "k")
    note("T00000005", "e", "cancelled")
    act("T00000005", "k")
    note("T00000006", "e", "loss_released", code=1)
    act("T00000006", "k", channel="sms")
    act("T00000006", "k", channel="online_alipay")
    act("T00000006", "k", point_id="points:b2")
    act("T00000006", "k", point_id="points:nowhere")
    act("T00000006", "k", presented=[])
    act("T00000006", "k", presented=[{**one, "valid_until": "2026-03-01"} for one in HOLDER_PAPERS])
    act("T00000007", "k", code=0, applications=["social"], **ENTRUSTED)
    act("T00000007", "k2", applications=["financial"], **ENTRUSTED)
    city.json("sweep", "--on", "2026-12-01")
    act("T00000008", "k", channel="hospital_first_use", use="registration")
    late = {"occurred_at": "2026-12-01T12:00:00+08:00", "channel": "hospital_first_use"}
    body = activation("T00000008", "k", **late)
    swept = city.activate(body, "--on", "2026-12-02", code=1)
    reached[swept["status"]] = swept
    assert set(reached) == set(Status), set(Status) - set(reached)
    assert all(one["message"] and one["next_step"] for one in reached.values())


# the persons


def test_a_guardian_comes_to_the_bank_counter_with_the_papers_of_the_plan(city):
    plan = city.json("plan", "--region", "990000", "--who", "guardian")
    counter = next(one for one in plan["options"] if one["channel"] == "bank_counter")
    presented = [
        {"document": (one["any_of"] or [one["code"]])[0], "of": one["for"]}
        for one in counter["documents"]
    ]
    body = activation("T00000001", "g", who="guardian", presented=presented)
    assert city.activate(body)["status"] == "activated"
    fewer = activation("T00000002", "g", who="guardian", presented=HOLDER_PAPERS)
    assert city.activate(fewer, code=1)["status"] == "documents_missing"


@pytest.mark.parametrize("channel", ["home_visit", "bank_counter"])
def test_the_homebound_are_visited_at_home(city, channel):
    body = activation("T00000001", "h", who="homebound", channel=channel)
    assert city.activate(body)["status"] == "activated"


def test_a_letter_serves_one_visit_only(city):
    entrusted = {
        "channel": "bank_entrusted",
        "presented": AGENT,
        "agent": {"name": "Wang Wu", "social_security_number": "P00000099"},
        "letter": {"signed_on": "2026-03-01"},
    }
    first = activation("T00000001", "a", applications=["social"], **entrusted)
    assert city.activate(first)["status"] == "activated"
    again = activation("T00000001", "b", applications=["social"], **entrusted)
    assert city.activate(again, code=1)["status"] == "already_active"
    city.record(event("T00000001", "r", "activation_reversed", applications=["social"]))
    assert city.activate({**again, "request_key": "c"}, code=1)["status"] == "letter_used"


def test_online_the_identity_must_be_proved_by_the_provider(tmp_path, loaded):
    shutil.copytree(loaded, tmp_path / "city")
    city = Terminal(tmp_path / "city")
    beside = city.folder / "data" / "qika.sqlite.d"
    assert city.type("demo-proof", "990000", "T00000001").code == 2
    (beside / "demo-identity.key").write_bytes(b"k" * 32)
    card = [{"document": "card", "of": "holder"}]
    online = {"channel": "online_alipay", "presented": card}
    body = activation("T00000001", "o", **online)
    assert city.activate(body, code=1)["status"] == "identity_not_proved"
    claimed = {**body, "identity_proof": {"provider": "demo", "assertion": "I am"}}
    assert city.activate(claimed, code=1)["status"] == "identity_not_proved"
    proof = city.json("demo-proof", "990000", "T00000001")
    other = activation("T00000002", "o", **online, identity_proof=proof)
    assert city.activate(other, code=1)["status"] == "identity_not_proved"
    done = city.activate({**body, "identity_proof": proof})
    assert done["status"] == "activated"
    assert city.states("T00000001") == ("normal", "sealed")


# sweep and the way back


def test_a_sweep_suspends_once_and_its_tally_adds_up(city):
    before = city.json("sweep", "--on", "2026-12-01", "--dry-run")
    assert city.states("T00000001") == ("sealed", "sealed")
    first = city.json("sweep", "--on", "2026-12-01")
    again = city.json("sweep", "--on", "2026-12-01")
    for tally in (before, first, again):
        parts = ("suspended", "done", "left", "lost")
        assert tally["looked_at"] == sum(tally[part] for part in parts)
    assert before["suspended"] == first["suspended"] == 11
    assert city.states("T00000001") == ("formal_loss", "sealed")
    assert len(city.json("status", "990000", "T00000001")["history"]) == 1
    assert city.type("sweep", "--on", "2026-12-01", lang="zh").code == 0


def test_a_sweep_closes_the_clock_of_a_card_that_was_activated_in_time(city):
    city.activate(activation("T00000001", "k1"))
    tallies = [city.json("sweep", "--on", "2026-12-01") for _ in range(2)]
    assert [(tally["done"], tally["suspended"]) for tally in tallies] == [(1, 10), (0, 0)]
    assert tallies[1]["looked_at"] == tallies[0]["looked_at"] - 11
    assert city.states("T00000001") == ("normal", "normal")


def test_a_reversal_leaves_one_clock_to_the_sweep(city):
    city.activate(activation("T00000001", "k1"))
    city.record(event("T00000001", "r", "activation_reversed"))
    tally = city.json("sweep", "--on", "2026-12-01")
    assert (tally["suspended"], tally["done"], tally["lost"]) == (11, 0, 0)
    assert city.states("T00000001") == ("formal_loss", "sealed")


def test_the_way_back_goes_first_to_the_bank_and_then_to_the_release(city):
    city.json("sweep", "--on", "2026-12-01")
    held = city.json("status", "990000", "T00000001")["applications"]["social"]
    assert (held["state"], held["reason"]) == ("formal_loss", "deadline")
    assert "because the deadline passed" in city.type("status", "990000", "T00000001").out
    later = {"occurred_at": "2026-12-02T10:00:00+08:00"}
    on = ("--on", "2026-12-02")
    hospital = activation("T00000001", "h", channel="hospital_first_use", **later)
    assert city.activate(hospital, *on, code=1)["status"] == "suspended"
    release = event("T00000001", "r", "loss_released", **later)
    assert city.record(release, *on, code=1)["status"] == "transition_not_allowed"
    bank = city.activate(activation("T00000001", "b", **later), *on)
    assert bank["applications"]["financial"]["status"] == "activated"
    assert bank["applications"]["social"]["status"] == "suspended"
    assert city.record(release, *on)["status"] == "recorded"
    assert city.states("T00000001") == ("sealed", "normal")
    assert city.activate({**hospital, "request_key": "h2"}, *on)["status"] == "activated"
    assert city.states("T00000001") == ("normal", "normal")
    verified = city.json("audit", "verify")
    assert (verified["cards"], verified["broken"]) == (12, 0)


def test_an_act_in_time_that_is_heard_of_late_undoes_the_sweep(city):
    city.json("sweep", "--on", "2026-12-01")
    body = activation("T00000001", "late", occurred_at="2026-10-20T10:00:00+08:00")
    assert city.activate(body, "--on", "2026-12-05")["status"] == "activated"
    assert city.states("T00000001") == ("normal", "normal")
    last = city.json("status", "990000", "T00000001")["history"][-1]
    assert (last["type"], last["undoes"]) == ("activated", 1)
    assert last["received_at"].startswith("2026-12-05T23:59:59+08:00")


# rules


def test_packaged_rules_are_sound_and_shown_with_source_day_and_basis(empty):
    assert empty.json("rules", "check")["issuers"] > 100
    rules = empty.json("rules", "show", "110000", "--on", "2026-11-22")["rules"]
    assert all(one["source_ids"] and one["basis"] and one["grade"] for one in rules)
    said = empty.type("rules", "show", "110000", lang="zh")
    assert "北京市" in said.out
    assert "官方来源" in said.out


def test_a_folder_with_a_fault_is_refused_with_file_key_and_remedy(empty):
    text = packaged_texts()["regions/990000.toml"].replace('cite = ["example"]', "", 1)
    empty.file("rules/regions/990000.toml", text)
    said = empty.type("rules", "check", str(empty.folder / "rules"))
    assert said.code == 1
    assert "regions/990000.toml" in said.err
    assert "cite" in said.err


def test_two_editions_differ_by_the_rules_that_differ(empty):
    text = packaged_texts()["regions/990000.toml"].replace("days = 300", "days = 200")
    for name, content in packaged_texts().items():
        empty.file(f"rules/{name}", text if name == "regions/990000.toml" else content)
    found = empty.json("rules", "diff", "packaged", str(empty.folder / "rules"))
    assert (len(found["removed"]), len(found["added"])) == (1, 1)
    assert "200" in found["added"][0]
    assert empty.json("rules", "diff", "packaged", "current")["added"] == []


OWN_DEADLINE = """
[[source]]
id = "own"
title = "本市规程"
url = "https://example.invalid/own"
dated = "2025-01-01"
grade = "A"

[[rule]]
parameter = "deadline"
clock = "activation"
value = { days = 300, start = "collected", duty = "financial", affects = "social", \
consequence = "loss_report_social", way_back = ["activate_financial_at_bank", \
"release_social_at_bureau"] }
since = "2025-01-01"
cite = ["own"]
grade = "A"
"""


def test_a_region_is_swept_only_after_it_has_adopted_its_own_deadline(empty):
    row = card_row("S00000001").replace("990000", "320500")
    assert empty.type("import", "cards", empty.file("cards.csv", cards_csv([row]))).code == 0
    assert empty.json("sweep", "--on", "2026-12-01")["suspended"] == 0
    text = packaged_texts()["regions/320500.toml"] + OWN_DEADLINE
    empty.file("rules/regions/320500.toml", text)
    adopted = empty.json("rules", "adopt", "苏州市", "--rules", str(empty.folder / "rules"))
    assert adopted["issuer"] == "320500"
    assert adopted["rule_version"] != adopted["before"]
    plan = empty.json("plan", "--region", "320500", "--collected-on", "2026-01-05")
    assert plan["deadlines"][0]["basis"] == "adopted"
    assert empty.json("sweep", "--on", "2026-12-02")["suspended"] == 1
    assert empty.states("S00000001", "320500") == ("formal_loss", "sealed")


def test_adopting_a_shorter_term_moves_the_clocks_of_the_cards_that_are_there(empty):
    row = card_row("S00000001").replace("990000", "320500")
    assert empty.type("import", "cards", empty.file("cards.csv", cards_csv([row]))).code == 0
    text = packaged_texts()["regions/320500.toml"] + OWN_DEADLINE.replace("300", "60")
    empty.file("rules/regions/320500.toml", text)
    empty.json("rules", "adopt", "苏州市", "--rules", str(empty.folder / "rules"))
    assert empty.json("sweep", "--on", "2026-03-06")["suspended"] == 0
    assert empty.json("sweep", "--on", "2026-04-01")["suspended"] == 1


def test_adopting_a_region_without_a_file_of_its_own_is_wrong_use(empty):
    assert empty.type("rules", "adopt", "110101").code == 2


# whose answer it is


def test_two_cities_without_rules_of_their_own_share_rules_but_not_their_authority(empty):
    names = {}
    for region in ("420600", "421000"):
        plan = empty.json("plan", "--region", region)
        names[plan["region"]["name"]] = plan["authority"]["name"]
    assert len(names) == 2
    assert all(city in authority for city, authority in names.items())


def test_a_region_that_is_not_covered_is_sent_to_the_hotline_of_the_rulebook(empty):
    assert empty.json("plan", "--region", "香港")["authority"]["hotline"] == "12333"


# audit, deliver


def test_events_wait_for_the_insurer_and_its_word_shows_in_the_status(city):
    city.activate(activation("T00000001", "k"))
    before = city.json("status", "990000", "T00000001")["history"][0]["acknowledged_at"]
    assert city.json("deliver")["acknowledged"] == 1
    after = city.json("status", "990000", "T00000001")["history"][0]["acknowledged_at"]
    assert before is None
    assert after is not None
    assert "medical insurance confirmed" in city.type("status", "990000", "T00000001").out


# exit codes


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("plan",),
        ("plan", "--region", "乌有市"),
        ("plan", "--region", "990000", "--on", "2026-13-01"),
        ("plan", "--region", "990000", "--who", "nobody"),
        ("near", "95", "111"),
        ("near", "a", "b"),
        ("near", "31", "111", "--cursor", "torn"),
        ("activate", "no-such-file.json"),
        ("status", "乌有市", "1"),
        ("sweep", "--on", "tomorrow"),
        ("sweep", "--on", ""),
        ("import", "cards", "no-such-file.csv"),
        ("rules", "show", "朝阳区"),
        ("rules", "diff", "packaged", "no-such-folder"),
        ("serve", "--doors", "back"),
        ("plan", "--region", "990000", "--database", "mysql://here"),
    ],
)
def test_wrong_use_exits_2_and_says_what_to_write(empty, words):
    said = empty.type(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.strip()


def test_with_json_what_is_wrong_is_the_problem_that_the_api_gives(empty):
    problem = empty.json("plan", "--region", "乌有市", code=2)
    assert problem["code"] == "wrong_fields"
    assert [one["field"] for one in problem["errors"]] == ["region"]


def test_a_body_with_wrong_fields_exits_2_and_names_each(empty):
    body = {"request_key": "", "card": {"issuer": "990000"}, "channel": "X", "occurred_at": "1"}
    said = empty.type("activate", empty.file("a.json", body))
    assert said.code == 2
    assert all(name in said.err for name in ("request_key", "channel", "occurred_at"))
    assert empty.type("activate", empty.file("a.json", "{")).code == 2


def test_broken_infrastructure_exits_3(city):
    missing = ("--database", "sqlite:////proc/nowhere/qika.sqlite")
    assert city.type("plan", "--region", "990000", *missing).code == 3
    keys = city.folder / "data" / "qika.sqlite.d" / "vault.keys"
    keys.chmod(0o644)
    assert city.type("plan", "--region", "990000").code == 3
    keys.chmod(0o600)
    assert city.type("plan", "--region", "990000").code == 0
    (city.folder / "data" / "qika.sqlite").write_bytes(b"no database" * 1000)
    assert city.type("plan", "--region", "990000").code == 3


def test_a_database_of_another_program_is_left_alone_and_said(city):
    database = apsw.Connection(str(city.folder / "data" / "qika.sqlite"))
    database.execute("update schema_version set sha256 = 'other'")
    database.close()
    said = city.type("plan", "--region", "990000")
    assert said.code == 3
    assert "0001_cards.sql" in said.err
    assert "Traceback" not in said.err


def test_a_lost_key_file_is_never_replaced_behind_the_operators_back(city):
    keys = city.folder / "data" / "qika.sqlite.d" / "vault.keys"
    kept = keys.read_bytes()
    keys.unlink()
    said = city.type("status", "990000", "T00000001")
    assert said.code == 3
    assert not keys.exists()
    keys.touch(mode=0o600)
    keys.write_bytes(kept)
    assert city.json("status", "990000", "T00000001")["found"] is True
