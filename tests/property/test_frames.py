"""What is sent is what the structs say: an answer put together from frames has the same bytes."""

import dataclasses
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qika.activation.request import ApplicationOutcome, Outcome
from qika.activation.status import Status
from qika.inquiry.question import Collected
from qika.operations.activate import Answered
from qika.rulebook.model import RequiredDocument
from qika.terms.names import Application, DocumentCode, Language, PointKind, State, Who
from qika.web.api.outcomes import Told, encoded_outcomes, outcomes
from qika.web.api.plans import answer_plan, send_plan
from qika.web.api.points import answer_points, send_points
from qika.web.api.requests import Place, PlanRequest, PointsQuery, Wanted
from qika.web.frames import GAP, Frame, encode
from qika.web.problems import ProblemError
from qika.web.sent import Live

from tests.journeys.example_site import NOW, FewBanks, example_site

REGIONS = ("990000", "440300", "440305", "110000", "211300", "朝阳", "宝安县", "710000")
days = st.dates(date(2020, 1, 1), date(2028, 1, 1)) | st.none()
written = days.map(lambda day: day and day.isoformat())
places = st.builds(Place, lat=st.floats(29, 31), lon=st.floats(119, 121)) | st.none()
banks = st.sampled_from([*FewBanks.names, None])
questions = st.builds(
    PlanRequest,
    region=st.sampled_from(REGIONS),
    collected_on=written,
    collected=st.sampled_from([Collected.YES, None]),
    made_on=written,
    applied_on=written,
    card_bank=banks,
    application=st.sampled_from(Wanted),
    who=st.sampled_from(Who),
    near=places,
    on=days,
)
searches = st.builds(
    PointsQuery,
    lat=st.just(30.0),
    lon=st.floats(119, 121),
    region=st.sampled_from(["990000", None]),
    channel=st.sampled_from(["bank_counter", None]),
    application=st.sampled_from([*Application, None]),
    card_bank=banks,
    kind=st.sampled_from([*PointKind, None]),
    open=st.sampled_from(["now", None]),
    limit=st.integers(1, 30),
)
become = st.builds(
    ApplicationOutcome,
    st.sampled_from(Status),
    st.sampled_from(State),
    st.integers(0, 10**12).map(lambda spent: NOW + timedelta(microseconds=spent)) | st.none(),
    days,
)
told = st.builds(
    Told,
    st.text(),
    st.builds(
        Answered,
        st.builds(
            Outcome,
            st.sampled_from(Status),
            st.dictionaries(st.sampled_from(Application), become),
            st.sampled_from([(), (RequiredDocument(DocumentCode("id_card"), Who.AGENT),)]),
            st.sampled_from([(), ("990000/rules", "national/measures")]),
        ),
        st.booleans(),
    ),
)
quickly = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def site(example_book):
    return example_site(example_book)


def said_by(answering, site, asked, language):
    """Give the JSON of an answer, or what was wrong with the question."""
    try:
        answer = answering(site, asked, language)
    except ProblemError as error:
        return error.faults
    return answer.body if isinstance(answer, Live) else encode(answer)


@quickly
@given(asked=questions, language=st.sampled_from(Language))
def test_a_plan_from_its_frame_is_the_plan(site, asked, language):
    said = said_by(answer_plan, site, asked, language)
    assert said_by(send_plan, site, asked, language) == said


@quickly
@given(told=st.lists(told, max_size=3), language=st.sampled_from(Language))
def test_outcomes_from_their_frames_are_the_outcomes(example_book, told, language):
    said = encode(outcomes(example_book, told, language))
    assert encoded_outcomes(example_book, told, language) == said


@quickly
@given(asked=searches, language=st.sampled_from(Language), minutes=st.integers(0, 10_000))
def test_points_from_their_frames_are_the_points(site, asked, language, minutes):
    office = dataclasses.replace(site.office, clock=lambda: NOW + timedelta(minutes=minutes))
    later = dataclasses.replace(site, office=office)
    said = said_by(answer_points, later, asked, language)
    assert said_by(send_points, later, asked, language) == said


def test_a_frame_refuses_more_or_fewer_parts_than_it_has_gaps():
    frame = Frame({"a": GAP, "b": [GAP]})
    assert frame.filled([b"1", b"2"]) == b'{"a":1,"b":[2]}'
    for parts in ([b"1"], [b"1", b"2", b"3"]):
        with pytest.raises(ValueError, match="size"):
            frame.filled(parts)
