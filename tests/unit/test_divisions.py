"""The gazetteer: codes, names old and new, and texts that mean several places."""

import csv
import gzip
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qika.terms.coordinates import Position, distance_m
from qika.terms.divisions import Level, covered, parse_gazetteer, within

DATA = files("qika.terms") / "data"


def text_of(name: str) -> str:
    content = (DATA / name).read_bytes()
    return (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8")


RETIRED = list(csv.DictReader(text_of("regions_retired.csv").splitlines()))
AMENDED = list(csv.DictReader(text_of("regions_amended.csv").splitlines()))
GAZETTEER = parse_gazetteer(
    text_of("regions.csv.gz"), text_of("regions_retired.csv"), text_of("regions_amended.csv")
)
HEADER = text_of("regions.csv.gz").partition("\n")[0] + "\n"
NO_RETIRED = "adcode,last_name,successor_adcodes\n"
CODES = sorted(GAZETTEER.divisions)


def full_name(code: str) -> str:
    return "".join(division.name for division in GAZETTEER.path(code))


@pytest.mark.parametrize("level", Level)
def test_every_divisions_full_name_means_exactly_that_division(level):
    wrong = {}
    for code in CODES:
        if GAZETTEER.divisions[code].level is level:
            found = GAZETTEER.resolve(full_name(code))
            if (found.issuer, found.renamed_from) != (code, None):
                wrong[full_name(code)] = found
    assert wrong == {}


@given(st.sampled_from(CODES))
def test_every_code_means_its_division_in_any_number_of_digits(code):
    assert GAZETTEER.resolve(code).issuer == code
    assert GAZETTEER.resolve(code + "000000").issuer == code


@given(st.sampled_from(CODES))
def test_a_divisions_own_name_always_counts_it_among_the_answers(code):
    found = GAZETTEER.resolve(GAZETTEER.divisions[code].name)
    assert found.issuer == code or code in found.candidates


@given(st.sampled_from(CODES), st.data())
def test_leaving_out_places_in_between_never_leads_elsewhere(code, data):
    path = GAZETTEER.path(code)
    kept = [d.name for d in path[:-1] if data.draw(st.booleans())] + [path[-1].name]
    found = GAZETTEER.resolve("".join(kept))
    assert found.issuer == code or code in found.candidates


def test_every_retired_code_with_one_successor_means_current_divisions():
    rows = [row for row in RETIRED if len(row["successor_adcodes"].split()) == 1]
    assert len(rows) == 3881
    for row in rows:
        found = GAZETTEER.resolve(row["adcode"])
        means = found.candidates or (found.issuer,)
        assert set(means) <= GAZETTEER.divisions.keys(), row


def test_every_amended_name_leads_to_a_current_division():
    for row in AMENDED:
        assert GAZETTEER.normalise(row["adcode"]), row
        assert set(row["current_codes"].split()) <= GAZETTEER.divisions.keys(), row


@given(st.text(max_size=30))
def test_any_text_gets_an_answer(text):
    found = GAZETTEER.resolve(text)
    assert found.issuer is None or not found.candidates
    GAZETTEER.locate(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("440305", "440305"),
        ("和康县", "653228"),
        ("临平区", "330113"),
        ("钱塘区", "330114"),
        ("草湖市", "659013"),
        ("上海闵行", "310112"),
        ("深圳南山", "440305"),
        ("广东省深圳市南山区", "440305"),
        ("广东 · 深圳 / 南山", "440305"),
        ("中国广东深圳", "440300"),
        ("北京朝阳区", "110105"),
        ("北京市北京市朝阳区", "110105"),
        ("重庆市市辖区渝中区", "500103"),
        ("朝阳市", "211300"),
        ("吉林省", "220000"),
        ("吉林市", "220200"),
        ("吉林吉林市", "220200"),
        ("河北", "130000"),
        ("长沙", "430100"),
        ("内蒙古", "150000"),
        ("广西", "450000"),
        ("海南州", "632500"),
        ("延边州", "222400"),
        ("管城区", "410104"),
        ("浦东", "310115"),
        ("神农架", "429021"),
        ("湖北仙桃", "429004"),
        ("万柏林", "140109"),
        ("示例市", "990000"),
        ("示例市示例二区", "990102"),
        ("shenzhen", "440300"),
        ("Shen Zhen Shi", "440300"),
        ("Běijīng", "110000"),
        ("Lüliang", "141100"),
        ("Nanshan District, Shenzhen", "440305"),
        ("Shenzhen Nanshan", "440305"),
        ("Chaoyang, Beijing", "110105"),
        ("Inner Mongolia", "150000"),
        ("Xizang", "540000"),
        ("Tibet", "540000"),
        ("Shaanxi", "610000"),
        ("example city", "990000"),
        ("Hong Kong", "810000"),
    ],
)
def test_a_text_that_can_mean_one_place_means_it(text, code):
    found = GAZETTEER.resolve(text)
    assert (found.issuer, found.candidates, found.renamed_from) == (code, (), None)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("朝阳区", ["110105", "220104"]),
        ("朝阳", ["110105", "211300", "220104"]),
        ("鼓楼区", ["320106", "320302", "350102", "410204"]),
        ("吉林", ["220000", "220200"]),
        ("海南", ["460000", "632500"]),
        ("大理", ["532900", "532901"]),
        ("金门县", ["350527", "719012"]),
        ("东乡县", ["361003", "622926"]),
        ("雄安新区", ["130629", "130632", "130638"]),
        ("shanxi", ["140000", "610000"]),
        ("chaoyang district", ["110105", "220104", "440513"]),
    ],
)
def test_a_text_that_can_mean_several_places_is_never_decided(text, codes):
    found = GAZETTEER.resolve(text)
    assert found.issuer is None
    assert sorted(found.candidates) == codes


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "nonsense",
        "市辖区",
        "市区",
        "12",
        "999999",
        "深圳市南山路",
        "深圳 Shenzhen",
        "四川北京",
        "京" * 300,
    ],
)
def test_a_text_that_names_no_place_means_nothing(text):
    found = GAZETTEER.resolve(text)
    assert (found.issuer, found.candidates) == (None, ())


@pytest.mark.parametrize(
    ("text", "code", "former"),
    [
        ("崇文区", "110101", "崇文区"),
        ("崇文", "110101", "崇文区"),
        ("北京市宣武区", "110102", "宣武区"),
        ("襄樊市", "420600", "襄樊市"),
        ("襄樊", "420600", "襄樊市"),
        ("襄樊市樊城区", "420606", "襄樊市"),
        ("襄阳区", "420607", "襄阳区"),
        ("通县", "110112", "通县"),
        ("唐山市新区", "130208", "新区"),
        ("110103", "110101", "崇文区"),
        ("132435", "130629", "容城县"),
    ],
)
def test_a_former_name_leads_to_the_present_one_and_says_so(text, code, former):
    found = GAZETTEER.resolve(text)
    assert (found.issuer, found.renamed_from) == (code, former)


def test_what_says_nothing_without_the_place_above_it_is_not_taken_from_the_past():
    assert GAZETTEER.resolve("新区") == GAZETTEER.resolve("nonsense")


@pytest.mark.parametrize(
    ("old", "now"),
    [("110100", "110000"), ("120200", "120000"), ("500200", "500000"), ("310100", "310000"),
     ("830000", "710000"), ("710000", "710000"), ("830101", "710101"), ("440300", "440300")],
)  # fmt: skip
def test_pseudo_codes_and_the_two_codes_of_taiwan_are_evened_out(old, now):
    assert GAZETTEER.normalise(old) == (now,)
    assert GAZETTEER.resolve(old).renamed_from is None


def test_a_split_division_has_several_successors_and_an_unknown_code_none():
    assert len(GAZETTEER.normalise("130504")) == 2
    assert GAZETTEER.normalise("999999") == ()


def test_more_than_twenty_candidates_are_cut_and_counted():
    rows = "".join(f"11{n:04d},同名县,tong ming,x,county,,,,,\n" for n in range(101, 126))
    found = parse_gazetteer(HEADER + rows, NO_RETIRED).resolve("同名县")
    assert (len(found.candidates), found.left_out) == (20, 5)


@pytest.mark.parametrize("name", ["xpcc", "XPCC", "兵团", "新疆生产建设兵团", "660000"])
def test_the_corps_is_an_issuer_without_a_region_code(name):
    assert GAZETTEER.resolve(name).issuer == "xpcc"
    assert GAZETTEER.chain("xpcc") == ("xpcc",)
    assert covered("xpcc")
    assert GAZETTEER.name_of("xpcc").zh == "新疆生产建设兵团"


def test_the_chain_runs_from_the_county_to_the_province():
    assert GAZETTEER.chain("440305") == ("440305", "440300", "440000")
    assert GAZETTEER.chain("110105") == ("110105", "110000")
    assert GAZETTEER.chain("429004") == ("429004", "420000")
    assert GAZETTEER.chain("990101") == ("990101", "990000")


def test_the_path_runs_the_other_way_with_names():
    assert [d.name for d in GAZETTEER.path("440305")] == ["广东省", "深圳市", "南山区"]
    with pytest.raises(KeyError):
        GAZETTEER.path("999999")


def test_the_children_of_a_place_are_one_level_below():
    assert {d.code for d in GAZETTEER.children("990000")} == {"990101", "990102"}
    assert len(GAZETTEER.children(None)) == 34 + 1


@pytest.mark.parametrize(
    ("region", "area", "inside"),
    [
        ("440305", "440000", True), ("440305", "440300", True), ("440305", "440305", True),
        ("440300", "440000", True), ("440000", "440300", False), ("440304", "440305", False),
        ("450300", "440000", False), ("990101", "990000", True), ("110105", "110000", True),
        ("429004", "420000", True), ("xpcc", "xpcc", True), ("xpcc", "650000", False),
    ],
)  # fmt: skip
def test_a_region_lies_in_an_area_by_its_code(region, area, inside):
    assert within(region, area) is inside


@given(st.sampled_from(CODES))
def test_a_region_lies_in_every_area_of_its_path(code):
    assert all(within(code, above) for above in GAZETTEER.chain(code))


@pytest.mark.parametrize(
    ("code", "inside"),
    [("710000", False), ("830101", False), ("810101", False), ("820000", False), ("440305", True)],
)
def test_hong_kong_macao_and_taiwan_are_not_covered(code, inside):
    assert covered(code) is inside


def test_the_seat_is_given_in_wgs84_and_falls_back_to_the_place_above():
    shenzhen = GAZETTEER.seat("440300")
    assert shenzhen is not None
    assert distance_m(shenzhen, Position(22.5463, 114.0528)) < 50
    assert GAZETTEER.seat("330113") == GAZETTEER.seat("330100")
    assert GAZETTEER.seat("990000") == (31.0, 111.0)
    assert GAZETTEER.seat("999999") is None
    assert GAZETTEER.seat("710101") == GAZETTEER.seat("710100")


def test_a_place_without_any_known_seat_has_none():
    rows = "120000,甲省,jia,x,province,,,,,\n"
    assert parse_gazetteer(HEADER + rows, NO_RETIRED).seat("120000") is None


def test_every_seat_of_a_county_lies_within_550_kilometres_of_its_citys():
    for division in GAZETTEER.divisions.values():
        above = GAZETTEER.divisions.get(division.parent)
        if above and above.level is Level.PREFECTURE and division.lat and above.lat:
            apart = distance_m(GAZETTEER.seat(division.code), GAZETTEER.seat(above.code))
            assert apart < 550_000, division


def test_successors_that_run_in_a_circle_or_into_nothing_lead_nowhere():
    retired = NO_RETIRED + "110301,甲县,110302\n110302,乙县,110301\n110303,丙县,110999\n"
    gazetteer = parse_gazetteer(HEADER, retired)
    assert [gazetteer.normalise(code) for code in ("110301", "110302", "110303")] == [(), (), ()]
    assert "110301" in gazetteer.known_prefixes


def test_names_come_in_both_languages():
    assert GAZETTEER.name_of("440300").en == "Shenzhen"
    assert GAZETTEER.name_of("610000").en == "Shaanxi"
    assert GAZETTEER.name_of("990000").en == "Example City"
    assert GAZETTEER.name_of("999999").zh == "999999"


@pytest.mark.parametrize(
    "prefix", ["440305", "110103", "653228", "830000", "710000", "990000", "132435"]
)
def test_identity_numbers_may_begin_with_every_code_there_ever_was(prefix):
    assert prefix in GAZETTEER.known_prefixes


@pytest.mark.parametrize(
    ("address", "codes"),
    [
        ("深圳市南山区粤海街道科苑路1号", ["440305"]),
        ("长春市朝阳区人民大街", ["220104"]),
        ("济南市中区经四路", ["370103"]),
        ("北京海淀中关村", ["110108"]),
        ("崇文区永定门外大街", ["110101"]),
        ("朝阳区建国路", ["110105", "220104"]),
        ("南山路1号", []),
        ("", []),
    ],
)
def test_an_address_gives_the_divisions_it_begins_with(address, codes):
    found = GAZETTEER.locate(address)
    assert [found.issuer] * bool(found.issuer) + list(found.candidates) == codes


def test_the_tables_hold_what_their_provenance_says():
    assert len(GAZETTEER.divisions) == 3433 + 3
    assert len(RETIRED) == 4015
