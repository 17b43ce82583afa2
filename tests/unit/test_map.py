"""The sketch map and the route links: places, letters, words, sizes, and no border anywhere."""

import re
from collections.abc import Sequence
from functools import partial
from importlib.resources import files
from math import cos, hypot, radians
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qika.points.hours import Openness
from qika.terms.coordinates import Crs, Position, distance_m, in_mainland_frame, to_wgs84
from qika.terms.names import Language, PointKind
from qika.web.api.answers import OpenAnswer, PlaceAnswer, PointAnswer
from qika.web.pages.dates import distance_in_words
from qika.web.pages.map_names import short_name
from qika.web.pages.map_routes import routes_to
from qika.web.pages.map_sketch import HALF, HEAD, letter, sketch
from qika.web.pages.templates import templates
from qika.web.speech import SPEECH

HERE = (39.908823, 116.397470)
SVG = "{http://www.w3.org/2000/svg}"


def point(
    lat: float = HERE[0],
    lon: float = HERE[1],
    *,
    name: str = "示例银行",
    kind: PointKind = PointKind.BANK_OUTLET,
    state: Openness = Openness.OPEN,
    given_crs: str = "WGS84",
) -> PointAnswer:
    return PointAnswer(
        id="example:one",
        name=name,
        kind=kind,
        region="990101",
        distance_m=distance_m(Position(*HERE), Position(lat, lon)),
        open=OpenAnswer(state, None, None),
        next_seven_days=[],
        address="示例路 1 号",
        landmark="",
        phone="",
        coordinates=PlaceAnswer(lat, lon, "WGS84", given_crs),
        capabilities=[],
        example=True,
    )


def at(north_m: float, east_m: float, **said) -> PointAnswer:
    """A point so many metres north and east of the middle."""
    metre = 1 / 111_195.08
    return point(
        HERE[0] + north_m * metre, HERE[1] + east_m * metre / cos(radians(HERE[0])), **said
    )


TEN = [
    at(
        (-1) ** number * number * 130,
        number * 90 - 400,
        name=f"中国工商银行股份有限公司示例市湖滨北路第{number}支行\uff08营业部\uff09",
        kind=list(PointKind)[number % len(PointKind)],
        state=list(Openness)[number % 3],
    )
    for number in range(1, 11)
]


def drawn_map(points: Sequence[PointAnswer], language: Language = Language.ZH, **said) -> str:
    near = said.pop("near", HERE)
    asked = templates(language).from_string(
        "{% from 'map.html.j2' import sketch_map %}"
        "{{ sketch_map(near, points, t, distance, large) }}"
    )
    return asked.render(
        near=near,
        points=points,
        t=SPEECH[language].t,
        distance=partial(distance_in_words, language=language),
        large=said.pop("large", False),
    )


def links(one: PointAnswer, language: Language = Language.ZH) -> str:
    asked = templates(language).from_string(
        "{% from 'map.html.j2' import route_links %}{{ route_links(one, t) }}"
    )
    return asked.render(one=one, t=SPEECH[language].t)


# -- route links ----------------------------------------------------------------------------------


def test_each_map_service_gets_its_own_order_system_and_fields():
    # the places are those of tests/data/coordinates.csv, shifted by another hand
    amap, tencent, baidu = routes_to(point(39.904211, 116.407394, name="示例银行, 东&西 支行"))
    name, rest, address = "示例银行", "东%26西%20支行", "示例路%201%20号"
    assert amap.service == "amap"
    assert amap.address == (
        f"https://uri.amap.com/navigation?to=116.413636,39.905614,{name}%20%20{rest}"
        "&mode=walk&coordinate=gaode&src=qika&callnative=1"
    )
    assert tencent.service == "tencent"
    assert tencent.address == (
        f"https://apis.map.qq.com/uri/v1/routeplan?type=walk&to={name},%20{rest}"
        "&tocoord=39.905614,116.413636&referer=qika"
    )
    assert baidu.service == "baidu"
    assert baidu.address == (
        f"https://api.map.baidu.com/marker?location=39.911876,116.420040&title={name},%20{rest}"
        f"&content={address}&coord_type=bd09ll&output=html&src=qika"
    )


def test_outside_the_mainland_only_baidu_shifts():
    amap, tencent, baidu = routes_to(point(22.2783, 114.1747))
    assert "to=114.174700,22.278300," in amap.address
    assert "tocoord=22.278300,114.174700&" in tencent.address
    assert "location=22.283967,114.181248&" in baidu.address


def read_back(address: str) -> Position:
    """Read the place of a link as its service would, and bring it to WGS-84."""
    fields = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    if "to" in fields and "tocoord" not in fields:
        lon, lat = fields["to"].split(",")[:2]
        return to_wgs84(float(lat), float(lon), Crs.GCJ02)
    system = Crs.BD09 if fields.get("coord_type") == "bd09ll" else Crs.GCJ02
    lat, lon = (fields.get("tocoord") or fields["location"]).split(",")
    return to_wgs84(float(lat), float(lon), system)


@given(st.floats(18, 53.5), st.floats(73.6, 135))
def test_a_place_sent_to_a_map_service_comes_back_within_a_metre(lat, lon):
    place = Position(lat, lon)
    for link in routes_to(point(lat, lon)):
        back = read_back(link.address)
        assert distance_m(place, back) < 1 or not in_mainland_frame(lat, lon)


@given(st.text(min_size=1))
def test_a_link_is_ascii_and_chinese_letters_and_carries_the_name_alone(name):
    for service, address in routes_to(point(name=name)):
        assert re.sub("[\u4e00-\u9fff]", "", address).isascii()
        assert not re.search(r"[\s\"'<>]", address)
        fields = parse_qs(urlsplit(address).query, keep_blank_values=True, errors="strict")
        assert set(fields) <= {
            *("to", "mode", "coordinate", "src", "callnative", "type", "tocoord", "referer"),
            *("location", "title", "content", "coord_type", "output"),
        }
        if service == "tencent":
            assert fields["to"] == [name]


def test_links_open_without_script_and_name_the_point_to_who_listens():
    shown = links(point())
    assert shown.count("<a ") == 3
    assert re.search(
        r"<details.*<summary.*怎么去<span class=\"vh\"> 示例银行</span></summary>", shown
    )
    assert [word for word in ("高德地图", "腾讯地图", "百度地图") if word in shown] == [
        *("高德地图", "腾讯地图", "百度地图")
    ]
    assert "&amp;mode=walk" in shown


def test_a_place_of_unknown_system_says_how_far_off_it_may_be():
    assert "some 100 m off" in links(point(given_crs="unknown"), Language.EN)
    assert "差几百米" in links(point(given_crs="unknown"))
    for crs in Crs:
        assert "差几百米" not in links(point(given_crs=crs))


def test_a_point_without_a_place_has_no_links():
    assert links(msgspec.structs.replace(point(), coordinates=None)).strip() == ""


# -- sketch map -----------------------------------------------------------------------------------


def test_north_is_up_and_east_is_right():
    drawn = sketch(HERE, [at(900, 0), at(0, 900), at(-900, 0), at(0, -900), at(500, 500)])
    assert drawn is not None
    north, east, south, west, north_east = (pin.tip for pin in drawn.pins)
    assert north.x == south.x == east.y == west.y == 0
    assert north.y < 0 < south.y
    assert west.x < 0 < east.x
    assert north_east.x == -north_east.y > 0
    assert [pin.way for pin in drawn.pins] == ["n", "e", "s", "w", "ne"]


def test_distance_is_drawn_by_its_square_root_and_rings_agree_with_pins():
    drawn = sketch(HERE, [at(0, 200), at(0, 800), at(0, 2001)])
    assert drawn is not None
    near, middle, _ = (hypot(*pin.tip) for pin in drawn.pins)
    assert middle == pytest.approx(2 * near, abs=1)
    assert {ring.metres: ring.radius for ring in drawn.rings} == {
        500: 63, 1000: 89, 2000: 126
    }  # fmt: skip


def test_letters_are_those_of_the_list_even_where_a_point_has_no_place():
    placeless = msgspec.structs.replace(at(0, 100), coordinates=None)
    drawn = sketch(HERE, [at(100, 0), placeless, at(0, 300)])
    assert drawn is not None
    assert [pin.letter for pin in drawn.pins] == ["A", "C"]
    assert [letter(number) for number in (1, 26, 27, 52, 53)] == ["A", "Z", "AA", "AZ", "BA"]
    later = sketch(HERE, [at(100, 0)], first=11)
    assert later is not None
    assert later.pins[0].letter == "K"


def test_ten_points_in_one_house_keep_ten_heads_that_can_be_read():
    drawn = sketch(HERE, [at(300, 300)] * 10)
    assert drawn is not None
    heads = [pin.head for pin in drawn.pins]
    for number, one in enumerate(heads):
        for other in heads[:number]:
            assert max(abs(one.x - other.x), abs(one.y - other.y)) >= 2 * HEAD
    assert {pin.tip for pin in drawn.pins} == {drawn.pins[0].tip}


@given(
    st.lists(
        st.tuples(st.floats(-90_000, 90_000), st.floats(-90_000, 90_000)), min_size=1, max_size=20
    )
)
def test_any_points_are_drawn_inside_with_labels_that_do_not_collide(places):
    points = [
        at(north, east, name=f"示例银行湖滨支行{n}") for n, (north, east) in enumerate(places)
    ]
    drawn = sketch(HERE, points, "出发地")
    assert drawn is not None
    assert len(drawn.pins) == len(points)
    for pin in drawn.pins:
        assert max(abs(v) for v in (*pin.tip, *pin.head)) <= HALF - HEAD
    rows = [
        pin.label.at.y - 5 if pin.label.anchor == "middle" else pin.head.y
        for pin in drawn.pins
        if pin.label
    ]
    spans = [span(pin.label) for pin in drawn.pins if pin.label]
    for number, (row, one) in enumerate(zip(rows, spans, strict=True)):
        for other_row, other in zip(rows[:number], spans[:number], strict=True):
            assert abs(row - other_row) >= 12 or one[1] <= other[0] or other[1] <= one[0]
    written = ET.fromstring(svg_of(drawn_map(points)))
    assert len(written.findall(f".//{SVG}g[@class='pins']/{SVG}g")) == len(points)


def span(label) -> tuple[float, float]:
    wide = sum(14 if one > "\u2e80" else 7 for one in label.text)
    left = {"start": 0, "end": wide, "middle": wide / 2}[label.anchor]
    return label.at.x - left, label.at.x - left + wide


def svg_of(page: str) -> str:
    found = re.search(r"<svg.*</svg>", page, re.DOTALL)
    assert found
    return found[0].replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


@pytest.mark.parametrize("language", list(Language))
def test_ten_points_take_less_than_five_kilobytes_and_say_what_they_show(language):
    page = drawn_map(TEN, language)
    svg = svg_of(page)
    assert len(svg.encode()) < 5_000
    root = ET.fromstring(svg)
    named = root.get("aria-labelledby", "").split()
    title, said = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert said is not None
    assert named == [title.get("id"), said.get("id")]
    assert said.text
    for number, one in enumerate(TEN, 1):
        assert f"{letter(number)} {one.name} " in said.text
    assert {"zh": "西南面\uff1b", "en": "south-west; "}[language] in said.text
    assert [text.text for text in root.findall(f".//{SVG}g[@class='pins']//{SVG}text")] == [
        *"JIHGFEDCBA"
    ]


def test_a_closed_or_unconfirmed_point_is_never_drawn_like_an_open_one():
    page = drawn_map(
        [
            at(100, 100),
            at(-200, 100, state=Openness.CLOSED),
            at(50, -250, state=Openness.UNKNOWN, kind=PointKind.HOSPITAL),
        ]
    )
    assert re.findall(r'<g class="(\w+ \w+)">', page) == [
        *("hospital unknown", "bank_outlet closed", "bank_outlet open")
    ]
    assert "空心的现在已关门" in page
    assert "没有确认" in page
    assert "空心" not in drawn_map([at(100, 100)])


def test_paper_does_not_print_what_is_open_now():
    page = drawn_map(TEN)
    live = re.search(r'<span class="no-print">(.*?)</span></figcaption>', page)
    assert live
    assert "已关门" in live[1]
    assert "已关门" not in page.replace(live[0], "")
    print_rules = style().rpartition("@media print{")[2]
    assert ".sketch .pins g path+path{fill:currentColor!important" in print_rules
    assert ".sketch .pins g text{fill:#fff!important" in print_rules


def test_the_ground_is_rings_and_a_cross_and_nothing_else():
    root = ET.fromstring(svg_of(drawn_map(TEN)))
    shapes = [one for one in root if one.tag in {f"{SVG}path", f"{SVG}circle"}]
    assert {one.get("class") for one in shapes} == {None, "cross", "ways"}
    assert all(one.get("r") for one in shapes if one.get("class") is None)
    assert {one.tag.removeprefix(SVG) for one in root.iter()} == {
        *("svg", "title", "desc", "circle", "path", "g", "text")
    }
    assert not re.search(r'style=|url\(|href|fill="', svg_of(drawn_map(TEN)))


def test_nothing_is_drawn_without_a_place_to_start_from_or_to_go_to():
    assert drawn_map(TEN, near=None).strip() == ""
    assert drawn_map([]).strip() == ""
    assert drawn_map([msgspec.structs.replace(TEN[0], coordinates=None)]).strip() == ""


def test_names_are_escaped():
    page = drawn_map([at(100, 100, name='<b>&"x')])
    assert "<b>" not in page
    assert "&lt;b&gt;&amp;" in page
    ET.fromstring(svg_of(page))


def test_larger_text_is_drawn_larger():
    assert 'class="sketch large"' in drawn_map(TEN, large=True)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("中国工商银行股份有限公司示例市湖滨支行", "示例市湖滨支行"),
        ("中国银行景田支行", "景田支行"),
        ("示例市第二人民医院\uff08门诊部\uff09", "示例市第二人民医院"),
        ("示例市示例区湖滨街道社区卫生服务中心", "示例市示例区湖滨…"),
        ("\uff08\uff09", "\uff08\uff09"),
        ("银行", "银行"),
    ],
)
def test_a_short_name_keeps_what_tells_a_point_from_its_neighbours(name, short):
    assert short_name(name) == short


# -- contrast -------------------------------------------------------------------------------------


def style() -> str:
    folder = files("qika.web") / "static" / "css"
    return "\n".join((folder / one).read_text("utf-8") for one in ("10-base.css", "45-map.css"))


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("ink", "least"),
    [
        *(("ink", 4.5), ("ink-2", 4.5), ("brand", 4.5), ("hospital", 4.5), ("ok", 4.5)),
        *(("edge", 3.0), ("stop", 3.0)),
    ],
)
def test_what_is_drawn_stands_out_from_its_ground(ink, least):
    tokens = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})\b", style()))
    used = style().partition("/* sketch map")[2]
    assert f"var(--{ink})" in used
    for ground in (tokens["ground"], "#fff"):
        assert contrast(tokens[ink], ground) >= least
