"""A busy process: nobody waits while there is room, then the dearest and the greediest first."""

import dataclasses
from dataclasses import dataclass, field

import httpx
import pytest

from qika.web.app import build_app
from qika.web.callers import caller_of, networks_of
from qika.web.gate import CALLERS_WATCHED, SHARE_S, SPARE_RATE, SPARE_S, WAIT_MAX_S, Cost, Gate
from qika.web.problems import ProblemError
from qika.wiring import SettingError, checked_proxies

from tests.journeys.example_site import PointsInMemory, Visitor, example_points, example_site

HOSPITAL, CRAWLER = "203.0.113.7", "198.51.100.9"
PLAN = "/v1/plans?region=990000&near=30.0,120.0"


@dataclass
class Ticks:
    """A clock that work and waiting push forward."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class SlowPoints:
    """A directory whose every search takes time of the clock."""

    points: PointsInMemory
    ticks: Ticks
    takes_s: float = 0.01
    searches: list[str] = field(default_factory=list)

    def __getattr__(self, name):
        return getattr(self.points, name)

    def nearest(self, *asked, **more):
        self.ticks.now += self.takes_s
        self.searches.append("nearest")
        return self.points.nearest(*asked, **more)

    def listed(self, *asked, **more):
        self.ticks.now += self.takes_s
        return self.points.listed(*asked, **more)


@pytest.fixture
def ticks():
    return Ticks()


@pytest.fixture
def gate(ticks):
    return Gate(ticks)


def do(gate, ticks, caller, seconds=0.01, cost=Cost.PLAN):
    """Do a piece of work; give None, or the problem with the seconds to wait."""
    try:
        with gate.admitted(caller, cost):
            ticks.now += seconds
    except ProblemError as error:
        return str(error.code), int(dict(error.headers)["Retry-After"])
    return None


# -- the gate -------------------------------------------------------------------------------------


def test_while_there_is_time_to_spare_nobody_is_refused_whatever_they_ask(gate, ticks):
    for _ in range(20_000):
        assert do(gate, ticks, CRAWLER, 0.000_6) is None
        ticks.now += 0.000_4


def exhausted(gate, ticks, caller=CRAWLER):
    """Let one caller ask without a pause until he is told to wait."""
    began = ticks()
    for _ in range(10_000):
        told = do(gate, ticks, caller)
        if told:
            return ticks() - began, told
    raise AssertionError("nobody was told to wait")


def test_when_it_is_busy_who_took_most_waits_and_everybody_else_does_not(gate, ticks):
    worked, (code, after) = exhausted(gate, ticks)
    assert worked > SPARE_S
    assert (code, after) == ("too_many_requests", WAIT_MAX_S)
    assert do(gate, ticks, HOSPITAL) is None
    assert do(gate, ticks, "192.0.2.1") is None


def test_hundreds_of_people_behind_one_address_do_not_notice_a_greedy_one(gate, ticks):
    """A plan takes a fraction of a millisecond; the crawler goes on whatever it is told."""
    exhausted(gate, ticks)
    for _ in range(3_000):
        do(gate, ticks, CRAWLER)
        assert do(gate, ticks, HOSPITAL, 0.000_4) is None


def test_who_waits_as_told_is_let_in(gate, ticks):
    _, (_, after) = exhausted(gate, ticks)
    ticks.now += after
    assert do(gate, ticks, CRAWLER) is None


def test_documents_wait_before_plans_do(gate, ticks):
    while do(gate, ticks, CRAWLER, 0.1, Cost.PAPER) is None:
        pass
    assert 0 < gate._spare.held(ticks()) < SPARE_S / 2
    assert do(gate, ticks, CRAWLER, 0.1, Cost.PAPER)[0] == "too_many_requests"
    assert do(gate, ticks, CRAWLER) is None
    assert do(gate, ticks, HOSPITAL, 0.1, Cost.PAPER) is None


def test_one_caller_alone_cannot_use_up_what_everybody_shares(gate, ticks):
    for seconds in (0.000_3, 0.01, 0.3):
        for _ in range(20_000):
            told = do(gate, ticks, CRAWLER, seconds)
            assert told is None or told[0] == "too_many_requests"
    assert SHARE_S < SPARE_S


def test_two_documents_at_most_are_made_at_once(gate, ticks):
    with gate.admitted(HOSPITAL, Cost.PAPER), gate.admitted(CRAWLER, Cost.PAPER):
        assert do(gate, ticks, "192.0.2.1", cost=Cost.PAPER)[0] == "overloaded"
        assert do(gate, ticks, "192.0.2.1") is None
    assert do(gate, ticks, "192.0.2.1", cost=Cost.PAPER) is None


def test_a_piece_of_work_that_fails_is_counted_and_leaves_its_place(gate, ticks):
    def fail():
        with gate.admitted(HOSPITAL, Cost.PAPER):
            ticks.now += 0.1
            raise KeyError

    for _ in range(5):
        with pytest.raises(KeyError):
            fail()
    spared = SPARE_S - 0.1 - 4 * 0.1 * (1 - SPARE_RATE)  # a full bucket takes nothing back
    assert gate._spare.held(ticks()) == pytest.approx(spared)


def test_far_in_arrears_everybody_waits(gate, ticks):
    caller = 0
    while True:
        caller += 1
        told = do(gate, ticks, str(caller), 0.5)
        if told:
            break
    assert told[0] == "overloaded"
    ticks.now += told[1]
    assert do(gate, ticks, HOSPITAL) is None


def test_callers_are_forgotten_when_there_are_too_many(gate, ticks):
    for number in range(CALLERS_WATCHED + 10):
        assert do(gate, ticks, str(number), 0.0) is None
    assert len(gate._callers) == CALLERS_WATCHED
    assert "0" not in gate._callers


# -- who is calling -------------------------------------------------------------------------------

PROXIES = networks_of("127.0.0.1, 10.0.0.0/8 2001:db8::/32")


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("203.0.113.7", b"", "203.0.113.7"),
        ("203.0.113.7", b"192.0.2.1", "203.0.113.7"),  # a stranger's word
        ("127.0.0.1", b"192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", b"6.6.6.6, 192.0.2.1", "192.0.2.1"),  # only the last is the proxy's word
        ("127.0.0.1", b"192.0.2.1, 10.1.2.3", "192.0.2.1"),
        ("127.0.0.1", b"10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", b"unknown", "127.0.0.1"),
        ("127.0.0.1", b"", "127.0.0.1"),
        ("::ffff:192.0.2.1", b"", "192.0.2.1"),
        ("2400:1:2:3:4:5:6:7", b"", "2400:1:2::/56"),
        ("2001:db8::1", b"2400:1:2:3f::9", "2400:1:2::/56"),
        ("", b"", ""),
    ],
)
def test_a_caller_is_who_is_connected_unless_a_trusted_proxy_says_otherwise(
    peer, forwarded, caller
):
    assert caller_of(peer, forwarded, PROXIES) == caller


def test_what_is_no_network_is_refused():
    assert len(checked_proxies("127.0.0.1 10.0.0.0/8")) == 2
    for wrong in ("localhost", "10.0.0.1/8", "300.1.1.1"):
        with pytest.raises(SettingError, match=wrong):
            checked_proxies(wrong)


# -- over HTTP ------------------------------------------------------------------------------------


class Caller(Visitor):
    """A visitor with an address."""

    def __init__(self, app, address):
        super().__init__(app)
        self.address = address

    def transport(self):
        return httpx.ASGITransport(self.app, client=(self.address, 1))


@pytest.fixture
def points(ticks):
    return SlowPoints(PointsInMemory(example_points(), {}), ticks)


@pytest.fixture
def site(example_book, ticks, points):
    site = example_site(example_book, points_version=lambda: 1, ticks=ticks)
    office = dataclasses.replace(site.office, directory=points)
    return dataclasses.replace(site, office=office, trusted_proxies=networks_of("127.0.0.1"))


def greedy(app, path=PLAN):
    crawler = Caller(app, CRAWLER)
    for _ in range(2_000):
        answer = crawler.get(path)
        if answer.status_code != 200:
            return answer
    raise AssertionError("nobody was told to wait")


def test_the_api_says_when_to_come_again_and_in_which_words(site):
    app = build_app(site)
    answer = greedy(app)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["cache-control"] == "no-store"
    assert "12333" in answer.json()["next_step"]
    assert Caller(app, HOSPITAL).get(PLAN).status_code == 200
    refused = Caller(app, CRAWLER).post("/v1/plans", {"region": "990000"})
    assert refused.status_code == 429
    assert Caller(app, CRAWLER).get("/healthz").status_code == 200


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_says_the_same_to_people(site, language):
    app = build_app(site)
    greedy(app)
    page = f"/{language}/points?place=30,120"
    answer = Caller(app, CRAWLER).get(page)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert {"zh": "现在忙，请稍等", "en": "Busy, please wait a moment"}[language] in answer.text  # noqa: RUF001
    assert Caller(app, HOSPITAL).get(page).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/v1/plans?region=990000", "/zh/points?region=990000", "/open/hsds/services", "/zh", "/embed"],
)
def test_what_is_kept_is_never_refused(site, path):
    app = build_app(site)
    assert Caller(app, HOSPITAL).get(path).status_code == 200
    greedy(app)
    for _ in range(3):
        assert Caller(app, CRAWLER).get(path).status_code == 200


def test_behind_a_trusted_proxy_each_caller_has_his_own_share(site):
    app = build_app(site)
    proxy = Caller(app, "127.0.0.1")
    for _ in range(2_000):
        answer = proxy.get(PLAN, headers={"X-Forwarded-For": f"6.6.6.6, {CRAWLER}"})
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    other = proxy.get(PLAN, headers={"X-Forwarded-For": HOSPITAL})
    assert other.status_code == 200


def test_without_a_clock_nobody_waits(site):
    app = build_app(dataclasses.replace(site, ticks=None))
    crawler = Caller(app, CRAWLER)
    assert {crawler.get(PLAN).status_code for _ in range(500)} == {200}
