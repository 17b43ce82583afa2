"""Banks: every name a file or an outlet may give them leads to one code."""

import re
from importlib.resources import files

import pytest

from qika.terms.banks import parse_banks
from qika.terms.names import Language

TABLE = (files("qika.terms") / "banks.toml").read_text(encoding="utf-8")
BANKS = parse_banks(TABLE)

NAMED_BY_REGIONS = """
    上海银行|浦发银行|上海农商银行|工商银行|农业银行|中国银行|建设银行|交通银行|邮储银行|招商银行|光大银行
    江阴农商银行|苏州银行|农商行|杭州联合银行|永康农商银行|舟山定海海洋农商银行(联合体)|徽商银行|铜陵农商银行
    皖江农商银行|枞阳农商银行|海峡银行|兴业银行|平安银行|厦门银行|厦门农商银行|厦门国际银行|莆田农商银行(含仙游)
    农商银行(农信社)|泉州银行|中信银行|农信社(农商银行)|江西银行|广州银行|广发银行|广州农商银行|华润银行
    农信社|东莞银行|东莞农商银行|农商银行|海口农商银行|海口农信社|汉口银行|武汉农村商业银行|湖北银行
    邮政储蓄银行|湖南农信|湖南银行|长沙银行|桂林银行|柳州银行|漓江农村合作银行(农信社)|广西北部湾银行
    重庆农村商业银行|重庆银行|民生银行|重庆三峡银行|农信社(农商行)|贵阳银行|贵州银行|兰州银行|乌鲁木齐银行
    天山农商银行|河北银行|衡水银行|青岛银行|青岛农商银行|天津银行|天津农商银行|北京银行|北京农商银行
    农行|建行|中行|工行|广发|东莞农商|邮储|光大|浦发|海峡|兴业|徽行|市农商行
    ICBC|ABC|BOC|CCB|BoCom|PSBC|CMB|SPDB|CGB|CITIC|Minsheng|Everbright|Industrial|Huaxia|Bohai|Jinshang
    Bank of Beijing|Bank of Tianjin|Bank of Hebei|Bank of Hengshui|Bank of Shanxi|Bank of Qingdao
    Beijing Rural Commercial|Tianjin Rural Commercial|Qingdao Rural Commercial|Rural Commercial
"""


@pytest.mark.parametrize(
    "name", [n.strip() for line in NAMED_BY_REGIONS.strip().splitlines() for n in line.split("|")]
)
def test_every_bank_that_a_regional_list_names_is_known(name):
    assert BANKS.code_of(name)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("中国工商银行股份有限公司", "102"),
        ("工 行", "102"),
        ("icbc", "102"),
        ("\uff29\uff23\uff22\uff23", "102"),
        ("102", "102"),
        ("102100099996", "102"),
        ("102100000021", "102"),  # an outlet's code
        ("中国邮政储蓄银行有限责任公司", "403"),
        ("313100000013", "313100000013"),
        ("北京银行股份有限公司", "313100000013"),
        ("325290000012", "325"),
        ("Bank of Communications", "301"),
    ],
)
def test_a_bank_is_known_by_any_of_its_names_and_codes(name, code):
    assert BANKS.code_of(name) == code


@pytest.mark.parametrize("name", ["", "银行", "Bank", "313100099999", "999", "某某银行"])
def test_an_unknown_name_has_no_code(name):
    assert BANKS.code_of(name) is None


@pytest.mark.parametrize(
    ("outlet", "code"),
    [
        ("中国农业银行股份有限公司深圳南山支行", "103"),
        ("中国农业发展银行临沂市分行", "203"),
        ("中国银行兰山支行", "104"),
        ("临沂农行兰山支行", "103"),
        ("农行网点", "103"),
        ("交行", "301"),
        ("江苏昆山农村商业银行城北支行", "314305206650"),
        ("沂水农村商业银行城关支行", "农商银行"),
        ("上海农村商业银行张江支行", "322"),
        ("上海银行张江支行", "325"),
        ("浦发银行北京银行大厦支行", "310"),
        ("工商银行平安路支行", "102"),
        ("ICBC Chaoyang branch", "102"),
        ("Bank of Beijing, Chaoyang", "313100000013"),
        ("建设银行储蓄所", "105"),
    ],
)
def test_the_bank_is_found_inside_an_outlets_name(outlet, code):
    assert BANKS.find_in(outlet) == code


@pytest.mark.parametrize(
    "text",
    [
        "第一人民医院平安分院",
        "集中行政服务中心",
        "民生路药店",
        "Suzhou Industrial Park",
        "abcde",
        "",
    ],
)
def test_a_place_that_is_no_bank_has_none(text):
    assert BANKS.find_in(text) is None


def test_codes_are_three_digits_twelve_digits_or_an_unverified_name():
    for bank in BANKS.by_code.values():
        if bank.verified:
            assert re.fullmatch(r"\d{3}|\d{12}", bank.code)
            assert any(head.startswith(bank.code) for head in bank.head_offices)
        else:
            assert not re.search(r"\d", bank.code)
            assert BANKS.code_of(bank.zh) == bank.code


def test_every_code_and_name_leads_back_to_its_bank():
    for code, bank in BANKS.by_code.items():
        for name in (code, bank.zh, bank.en, *bank.aliases, *bank.head_offices):
            assert BANKS.code_of(name) == code


def test_names_hold_every_accepted_form():
    assert BANKS.names["工行"] == BANKS.names["icbc"] == BANKS.names["102100099996"] == "102"


def test_a_bank_is_named_in_the_readers_language():
    assert BANKS.name(BANKS.names["工行"], Language.ZH) == "中国工商银行"
    assert BANKS.name(BANKS.names["工行"], Language.EN) == "Industrial and Commercial Bank of China"


def test_an_unlisted_code_is_shown_as_it_is():
    assert BANKS.name("999999999999", Language.EN) == "999999999999"


def test_a_bank_without_an_english_name_is_named_in_chinese():
    banks = parse_banks('[[bank]]\ncode = "900"\nzh = "示例银行"\n')
    assert banks.name(banks.names["900"], Language.EN) == "示例银行"
    assert banks.find_in("农行支行") is None


def test_one_name_for_two_banks_is_refused():
    with pytest.raises(ValueError, match="工行"):
        parse_banks(TABLE + '\n[[bank]]\ncode = "999"\nzh = "示例银行"\naliases = ["工行"]\n')
