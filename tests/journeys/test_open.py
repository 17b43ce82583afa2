"""The open exports, held against the published schemas and shapes of those who named the words."""

import csv
import dataclasses
import io
import json
import re
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pyshacl import validate
from rdflib import RDF, RDFS, Graph, Namespace
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from qika.points.hours import Schedule, Span
from qika.terms.names import Language
from qika.web.api.plans import answer_plan
from qika.web.api.points import answer_points
from qika.web.api.requests import PlanQuery, PointsQuery
from qika.web.app import build_app
from qika.web.open.blocks import points_block, region_block
from qika.web.open.names import of_point

from tests.journeys.example_site import NOW, WEEK, PointsInMemory, Visitor, example_points
from tests.journeys.example_site import example_site as small_site
from tests.journeys.test_pages import Reader
from tests.people import PlainCalendar

DATA = Path(__file__).parents[1] / "data"
ORIGIN = "https://card.example"
pytestmark = pytest.mark.filterwarnings(  # rdflib warns of itself
    "ignore:ConjunctiveGraph is deprecated:DeprecationWarning"
)
HOLIDAY, MAKE_UP = date(2026, 11, 23), date(2026, 11, 28)


class FeastCalendar(PlainCalendar):
    """A holiday on a Monday, made up for on the Saturday after."""

    def day_kind(self, day):
        return {HOLIDAY: "holiday", MAKE_UP: "make_up_working"}.get(day, super().day_kind(day))


def some_points():
    """The example points; one with a real list's origin, one without hours, two with odd ones."""
    first, second, third, *rest = example_points()
    return (dataclasses.replace(first, example=False), second, third, *rest)


def hours(points):
    told = {one.id: Schedule(WEEK) for one in points[:-1]}
    lunch = (Span(9 * 60, 12 * 60), Span(13 * 60 + 30, 17 * 60))
    told[points[1].id] = Schedule((*[lunch] * 5, (), ()), holiday=())
    night = (Span(22 * 60, 26 * 60),)
    told[points[2].id] = Schedule((night,) * 7, exceptions=((date(2026, 12, 1), ()),))
    return told


@pytest.fixture(scope="module")
def site(example_book):
    site = small_site(example_book, origin=ORIGIN, points_version=lambda: 1)
    points = some_points()
    directory = PointsInMemory(points, hours(points))
    office = dataclasses.replace(site.office, directory=directory, calendar=FeastCalendar())
    return dataclasses.replace(site, office=office)


@pytest.fixture(scope="module")
def visitor(site):
    return Visitor(build_app(site))


def got(visitor, path):
    answer = visitor.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


LANGUAGES = ["zh", "en"]


# -- HSDS -----------------------------------------------------------------------------------------


@cache
def schema(name):
    return json.loads((DATA / "hsds" / f"{name}.json").read_text("utf-8"))


@cache
def validator(name):
    files = {path.name: json.loads(path.read_text("utf-8")) for path in (DATA / "hsds").iterdir()}
    registry = Registry().with_resources(
        (file, Resource.from_contents(content, default_specification=DRAFT202012))
        for file, content in files.items()
    )
    return Draft202012Validator(
        {"$ref": f"{name}.json"}, registry=registry, format_checker=FormatChecker()
    )


def unknown_names(node, shape, path=""):
    """Give every name in a record that its schema does not know, and would let pass."""
    if "$ref" in shape:
        shape = schema(shape["$ref"].removesuffix(".json"))
    known = shape.get("properties", {})
    for name, value in node.items():
        if name not in known:
            yield f"{path}.{name}"
        elif isinstance(value, dict):
            yield from unknown_names(value, known[name], f"{path}.{name}")
        elif isinstance(value, list):
            for one in value:
                yield from unknown_names(one, known[name]["items"], f"{path}.{name}[]")


def faults(name, record):
    return [one.message for one in validator(name).iter_errors(record)]


BRIEF = {
    "services": "service_list",
    "organizations": "organization_list",
    "locations": "location",
    "service_at_locations": "service_at_location_list",
    "taxonomies": "taxonomy",
    "taxonomy_terms": "taxonomy_term",
}
FULL = {
    "services": "service",
    "organizations": "organization",
    "locations": "location",
    "service_at_locations": "service_at_location",
    "taxonomies": "taxonomy",
    "taxonomy_terms": "taxonomy_term",
}
BEYOND = {
    "service_at_locations": {".service"},  # the compiled schema has it, the written one does not
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BRIEF)
def test_every_listing_and_record_is_valid_by_the_schema_of_hsds_and_adds_nothing(
    visitor, name, language
):
    page = got(visitor, f"/open/hsds/{name}?lang={language}")
    assert page["contents"]
    for brief in page["contents"]:
        assert faults(BRIEF[name], brief) == []
        assert set(unknown_names(brief, schema(BRIEF[name]))) <= LISTED_TOO.get(name, set())
        full = got(visitor, f"/open/hsds/{name}/{brief['id']}?lang={language}")
        assert faults(FULL[name], full) == []
        assert {
            one for one in unknown_names(full, schema(FULL[name])) if "service." not in one
        } <= (BEYOND.get(name, set()))
        assert full["id"] == brief["id"]


LISTED_TOO = {"organizations": {".phones"}}


def test_the_check_itself_finds_what_is_wrong():
    good = {"id": str(UUID(int=5)), "location_type": "physical", "schedules": []}
    assert faults("location", good) == []
    assert faults("location", good | {"location_type": "moon"})
    assert faults("location", good | {"id": "5"})
    assert faults("location", good | {"schedules": [{"freq": "WEEKLY"}]})
    assert list(unknown_names(good | {"open": 1}, schema("location"))) == [".open"]


def test_lists_are_paged_and_give_every_record_once(visitor):
    seen, number = [], 1
    while True:
        page = got(visitor, f"/open/hsds/service_at_locations?per_page=4&page={number}")
        assert (page["page_number"], page["size"]) == (number, len(page["contents"]))
        assert (page["total_items"], page["total_pages"]) == (15, 4)
        assert page["first_page"] is (number == 1)
        seen += [one["id"] for one in page["contents"]]
        if page["last_page"]:
            break
        number += 1
    assert len(seen) == len(set(seen)) == 15
    beyond = got(visitor, "/open/hsds/service_at_locations?page=99")
    assert (beyond["empty"], beyond["contents"], beyond["last_page"]) == (True, [], True)


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "per_page=101", "per_page=", "full=true"]
)
def test_a_wrong_page_is_a_problem_that_names_the_field(visitor, query):
    answer = visitor.get(f"/open/hsds/locations?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [one["field"] for one in answer.json()["errors"]] == [query.partition("=")[0]]


@pytest.mark.parametrize(
    "path",
    ["/open/hsds/people", "/open/hsds/services/1", f"/open/hsds/locations/{UUID(int=7)}",
     "/open/cpsv-ap/110000", "/open/rules/110000.json", "/open/nothing"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(visitor, path):
    assert visitor.get(path).status_code == 404


def test_a_point_is_found_again_by_an_identifier_that_never_changes(visitor):
    points = some_points()
    assert of_point("location", points[0].id) == "866dddf5-d31a-8083-9420-88aeb71875e3"
    for point in points:
        identifier = of_point("location", point.id)
        assert UUID(identifier).version == 8
        assert got(visitor, f"/open/hsds/locations/{identifier}")["name"] == point.name
        other = of_point("service_at_location", point.id)
        assert visitor.get(f"/open/hsds/locations/{other}").status_code == 404


def location(visitor, number, language="zh"):
    identifier = of_point("location", some_points()[number].id)
    return got(visitor, f"/open/hsds/locations/{identifier}?lang={language}")


def told(schedules):
    names = ("freq", "byday", "valid_from", "valid_to", "opens_at", "closes_at")
    return [tuple(one.get(name) for name in names) for one in schedules]


def test_opening_hours_are_weekly_rules_and_days_that_differ(visitor):
    day = HOLIDAY.isoformat()
    extra = MAKE_UP.isoformat()
    assert told(location(visitor, 1)["schedules"]) == [
        ("WEEKLY", "MO,TU,WE,TH,FR", None, None, "09:00+08:00", "12:00+08:00"),
        ("WEEKLY", "MO,TU,WE,TH,FR", None, None, "13:30+08:00", "17:00+08:00"),
        (None, None, day, day, None, None),
        (None, None, extra, extra, "09:00+08:00", "12:00+08:00"),
        (None, None, extra, extra, "13:30+08:00", "17:00+08:00"),
    ]
    closed, unknown = (location(visitor, number)["schedules"] for number in (1, 0))
    assert [one["notes"] for one in closed if "notes" in one] == ["这一天不开门"]
    (said,) = [one["notes"] for one in unknown if "notes" in one]
    assert "没有公布" in said
    night = told(location(visitor, 2)["schedules"])
    assert night[0][1:] == ("MO,TU,WE,TH,FR,SA,SU", None, None, "22:00+08:00", "02:00+08:00")
    assert night[-1][2:4] == ("2026-12-01",) * 2
    assert location(visitor, -1)["schedules"] == []


def test_each_point_says_whether_it_is_made_up_or_of_a_list_without_a_licence(visitor):
    def licence(number):
        (mark,) = location(visitor, number, "en")["attributes"]
        return mark["taxonomy_term"]["code"], mark["value"]

    assert licence(0) == ("unrecorded", "example")
    assert licence(1) == ("example", "example")


def test_a_service_says_what_to_bring_and_do_through_each_channel(visitor):
    (brief,) = got(visitor, "/open/hsds/services?lang=en")["contents"]
    service = got(visitor, f"/open/hsds/services/{brief['id']}?lang=en")
    plan = got(visitor, "/v1/plans?region=990000&lang=en")
    offered = [one for one in plan["options"] if one["offered"]]
    channels = [one["taxonomy_term"]["code"] for one in service["attributes"]]
    assert channels == [one["channel"] for one in offered]
    for option in offered:
        assert option["name"] in service["application_process"]
        assert all(step in service["application_process"] for step in option["steps"])
    wanted = sum(len(one["documents"]) for one in offered)
    assert len({one["id"] for one in service["required_documents"]}) == wanted
    assert "fictitious" in service["alert"].lower()
    assert service["url"] == f"{ORIGIN}/en/social-security/card-activation/990000"
    assert service["organization"]["name"] == plan["authority"]["name"]


# -- CPSV-AP --------------------------------------------------------------------------------------


@cache
def shapes():
    return Graph().parse(DATA / "cpsv-ap" / "cpsv-ap-SHACL.ttl")


def violations(graph):
    conforms, _, text = validate(graph, shacl_graph=shapes(), advanced=False)
    return [] if conforms else text.splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_service_conforms_to_the_shapes_of_cpsv_ap(visitor, language):
    answer = visitor.get(f"/open/cpsv-ap/990000?lang={language}")
    assert answer.headers["content-type"] == "application/ld+json"
    graph = Graph().parse(data=answer.text, format="json-ld")
    assert violations(graph) == []
    cv, cpsv = Namespace("http://data.europa.eu/m8g/"), Namespace("http://purl.org/vocab/cpsv#")
    eli = Namespace("http://data.europa.eu/eli/ontology#")
    (service,) = graph.subjects(RDF.type, cpsv.PublicService)
    for property_, kind in (
        (cv.hasChannel, cv.Channel),
        (cv.hasInputType, cv.EvidenceType),
        (cpsv.hasInput, cv.Evidence),
        (cpsv.follows, cpsv.Rule),
        (cv.contactPoint, cv.ContactPoint),
        (cv.hasCompetentAuthority, cv.PublicOrganisation),
        (cv.hasLegalResource, eli.LegalResource),
    ):
        found = set(graph.objects(service, property_))
        assert found
        assert found == set(graph.subjects(RDF.type, kind))


@pytest.mark.parametrize("lost", ["dct:title", "dct:description", "cv:hasCompetentAuthority"])
def test_the_shapes_find_a_service_that_lacks_something(visitor, lost):
    document = got(visitor, "/open/cpsv-ap/990000")
    del document["@graph"][0][lost]
    assert violations(Graph().parse(data=json.dumps(document), format="json-ld"))


# -- schema.org -----------------------------------------------------------------------------------

SCHEMA = Namespace("https://schema.org/")


@cache
def terms():
    return Graph().parse(DATA / "schema-org" / "terms.ttl")


def kinds_of(node):
    """Give the types of a node with all above them."""
    named = node["@type"] if isinstance(node["@type"], list) else [node["@type"]]
    for one in named:
        assert (SCHEMA[one], RDF.type, RDFS.Class) in terms(), one
    return {up for one in named for up in terms().transitive_objects(SCHEMA[one], RDFS.subClassOf)}


def misused(node, path=""):
    """Give every property of a node that its type has not, or whose value has another type."""
    kinds, here = kinds_of(node), f"{path}/{node['@type']}"
    for name, value in node.items():
        if name.startswith("@"):
            continue
        if not kinds & set(terms().objects(SCHEMA[name], SCHEMA.domainIncludes)):
            yield f"{here}.{name}"
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                if not kinds_of(one) & set(terms().objects(SCHEMA[name], SCHEMA.rangeIncludes)):
                    yield f"{here}.{name} -> {one['@type']}"
                yield from misused(one, here)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/open/schema.org/990000", "/open/schema.org/points"])
def test_each_property_of_schema_org_stands_where_it_belongs(visitor, path, language):
    document = got(visitor, f"{path}?lang={language}")
    assert document["@context"] == "https://schema.org"
    assert [one for node in document["@graph"] for one in misused(node)] == []


def test_the_check_of_schema_org_finds_what_is_misplaced():
    wrong = {"@type": "Hospital", "opens": "09:00", "geo": {"@type": "HowTo", "name": "x"}}
    assert list(misused(wrong)) == ["/Hospital.opens", "/Hospital.geo -> HowTo"]


def test_places_are_what_they_are_with_holidays_and_make_up_days(visitor):
    (listed,) = got(visitor, "/open/schema.org/points?lang=zh&per_page=100")["@graph"]
    places = {one["item"]["identifier"]: one["item"] for one in listed["itemListElement"]}
    kinds = {str(one["@type"]) for one in places.values()}
    assert kinds == {"BankOrCreditUnion", "Hospital", "['Pharmacy', 'Place']"}
    second = places[some_points()[1].id]
    assert second["openingHoursSpecification"][0] == {
        "@type": "OpeningHoursSpecification",
        "dayOfWeek": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
        "opens": "09:00",
        "closes": "12:00",
    }
    special = second["specialOpeningHoursSpecification"]
    days = [(one["validFrom"], one["opens"], one["closes"]) for one in special]
    assert days == [
        (HOLIDAY.isoformat(), "00:00", "00:00"),
        (MAKE_UP.isoformat(), "09:00", "12:00"),
        (MAKE_UP.isoformat(), "13:30", "17:00"),
    ]
    first = places[some_points()[0].id]  # whose hours on the holiday nobody says
    assert [one["validFrom"] for one in first["specialOpeningHoursSpecification"]] == ["2026-11-28"]
    assert "openingHoursSpecification" not in places[some_points()[-1].id]


# -- rules ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_rules_are_open_as_json_and_as_a_table_each_with_source_and_date(visitor, site, language):
    book = site.office.rulings.book
    whole = got(visitor, f"/open/rules.json?lang={language}")
    assert (whole["edition"], whole["as_of"]) == (book.edition, "2026-11-20")
    assert "apache" in whole["licence"].lower()
    assert len(whole["rules"]) == len(book.rules)
    sources = {one["id"] for one in whole["sources"]}
    assert all(set(row["rule"]["source_ids"]) <= sources for row in whole["rules"])
    answer = visitor.get(f"/open/rules.csv?lang={language}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == len(book.rules)
    for row, one in zip(rows, whole["rules"], strict=True):
        assert row["parameter"] == one["rule"]["parameter"]
        assert row["sources"].split() == one["rule"]["source_ids"]
        assert row["source_titles"]
        assert row["basis"] == one["rule"]["basis"]
        assert row["since"] == (one["rule"]["since"] or "")
    own = got(visitor, "/open/rules/990000.json")
    assert {row["issuer"] for row in own["rules"]} == {"990000"}
    assert visitor.get("/open/rules/990000.csv").status_code == 200


# -- index and headers ----------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_index_leads_to_every_form_and_says_under_which_licence(visitor, language):
    index = got(visitor, f"/open?lang={language}")
    graph = Graph().parse(data=json.dumps(index), format="json-ld")
    dcat = Namespace("http://www.w3.org/ns/dcat#")
    addresses = {str(one) for one in graph.objects(None, dcat.accessURL)}
    assert len(addresses) == 9
    for one in addresses:
        assert visitor.get(one.removeprefix(ORIGIN)).status_code == 200
    sets = {one["@id"].partition("#")[2]: one for one in index["dataset"]}
    assert "license" in sets["rules"]
    assert "license" in sets["services"]
    assert "license" not in sets["points"]
    assert sets["points"]["rights"]
    for form in ("cpsv-ap", "schema.org"):
        for one in got(visitor, f"/open/{form}")["hasPart"]:
            assert visitor.get(one.removeprefix(ORIGIN)).status_code == 200
    assert got(visitor, "/open/hsds")["version"] == "3.0"


@pytest.mark.parametrize("path", ["/open", "/open/hsds/services", "/open/rules.csv"])
def test_what_is_open_may_be_read_by_any_site_and_held_by_any_cache(visitor, path):
    for _ in range(2):
        answer = visitor.get(path)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cache-control"].startswith("public, max-age=300")
    unchanged = visitor.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert unchanged.status_code == 304
    assert unchanged.headers["access-control-allow-origin"] == "*"


def test_days_pass_in_what_is_kept(site):
    now = [NOW]
    office = dataclasses.replace(site.office, clock=lambda: now[0])
    visitor = Visitor(build_app(dataclasses.replace(site, office=office)))
    assert "2026-11-23" in visitor.get("/open/schema.org/points").text
    now[0] += timedelta(days=4)
    assert "2026-11-23" not in visitor.get("/open/schema.org/points").text


# -- blocks in pages ------------------------------------------------------------------------------


def test_a_block_cannot_end_its_element_whatever_a_point_is_called(site):

    evil = "</script><script>alert(1)</script><!--"
    points = [dataclasses.replace(one, name=evil) for one in some_points()]
    office = dataclasses.replace(site.office, directory=PointsInMemory(tuple(points), {}))
    there = dataclasses.replace(site, office=office)
    found = answer_points(there, PointsQuery(region="990000"), Language.ZH)
    block = points_block(there, found, Language.ZH)
    assert re.findall(r"[<>&]", block) == []
    (listed,) = json.loads(block)["@graph"]
    assert listed["itemListElement"][0]["item"]["name"] == evil


def test_the_block_of_a_region_is_small_and_says_what_its_page_says(site):

    for language in Language:
        plan = answer_plan(site, PlanQuery(region="990000"), language)
        path = f"/{language}/social-security/card-activation/990000"
        block = region_block(site, plan, language, path)
        assert len(block.encode()) < 6_000
        service, how_to = json.loads(block)["@graph"]
        assert [*misused(service), *misused(how_to)] == []
        assert service["url"] == ORIGIN + path
        assert [one["text"] for one in how_to["step"]] == plan.options[0].steps


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/social-security/card-activation/990000", "GovernmentService"),
        ("/points?region=990000", "ItemList"),
        ("/points?place=30,120", "ItemList"),
    ],
)
def test_pages_about_a_region_and_lists_of_points_carry_one_block(visitor, path, kind, language):
    text = visitor.get(f"/{language}{path}").text
    page = Reader(text)
    assert [one["type"] for one in page.all("script") if "src" not in one] == [
        "application/ld+json"
    ]
    (block,) = re.findall(r'ld\+json">(.*?)</script>', text)
    nodes = json.loads(block)["@graph"]
    assert nodes[0]["@type"] == kind
    assert [one for node in nodes for one in misused(node)] == []
