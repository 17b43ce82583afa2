"""The driver's string is read whole or refused with one of a closed list of reasons."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qika_terminal.card import CardName, card_of
from qika_terminal.driver_string import FIELDS, parse_bytes, parse_text
from qika_terminal.faults import Fault, RefusedError

from tests.terminal.counters import card_number, driver_string, identifier

RARE = "䶮㭎𬱖龴\U00031350"
"""In GB 18030 but not in GBK; the last is younger than the tables of Python 3.11."""


def refusal(said: bytes | str) -> Fault:
    with pytest.raises(RefusedError) as refused:
        parse_bytes(said) if isinstance(said, bytes) else parse_text(said)
    return refused.value.fault


def test_a_whole_string_names_the_card_and_its_holder():
    card = parse_text(driver_string(7))
    assert (card.division, card.number) == ("990000", card_number(7))
    assert (card.identifier, card.name) == (identifier(7), "张示例")
    assert card.named(CardName.IDENTIFIER) == {"card_identifier": identifier(7)}
    assert card.named(CardName.NUMBER) == {"issuer": "990000", "card_number": card_number(7)}


def test_nothing_of_the_social_security_number_is_kept():
    assert "199001011234" not in repr(parse_text(driver_string()))


@pytest.mark.parametrize(
    ("masked", "named"),
    [
        (("card_identifier",), {"issuer": "990000", "card_number": card_number(1)}),
        (("card_number", "division"), {"card_identifier": identifier(1)}),
        (("division", "name", "social_security_number"), {"card_identifier": identifier(1)}),
        (FIELDS[5:], {"card_identifier": identifier(1)}),
    ],
)
def test_a_region_may_mask_fields_as_long_as_the_card_can_be_named(masked, named):
    card = parse_text(driver_string(**dict.fromkeys(masked, "")))
    assert card.named(CardName.IDENTIFIER) == named


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("", Fault.STRING_EMPTY),
        ("|" * 11, Fault.STRING_EMPTY),
        (" | " * 11, Fault.STRING_EMPTY),
        (driver_string()[:40], Fault.STRING_TORN),
        (driver_string() + "x|", Fault.STRING_TORN),
        (driver_string(name="a|b"), Fault.STRING_TORN),
        (driver_string(name="a\tb"), Fault.STRING_TORN),
        (driver_string(name="x" * 1024), Fault.STRING_TORN),
        (driver_string(division="99000"), Fault.DIVISION_WRONG),
        (driver_string(division="\u0669" * 6), Fault.DIVISION_WRONG),
        (driver_string(card_number="T 1"), Fault.CARD_NUMBER_WRONG),
        (driver_string(card_identifier="D1"), Fault.CARD_IDENTIFIER_WRONG),
        (driver_string(card_identifier="G" * 32), Fault.CARD_IDENTIFIER_WRONG),
        (driver_string(card_identifier="A" * 32, division=""), Fault.CARD_IDENTIFIER_WRONG),
        (driver_string(division="310000"), Fault.DIVISION_CONTRADICTS),
        (driver_string(card_identifier="", card_number=""), Fault.CARD_NOT_NAMED),
        (driver_string(card_identifier="", division=""), Fault.CARD_NOT_NAMED),
    ],
)
def test_a_wrong_string_is_refused_with_its_reason(said, fault):
    assert refusal(said) is fault


@pytest.mark.parametrize("character", RARE)
def test_names_outside_gbk_are_read(character):
    assert parse_bytes(driver_string(name=f"王{character}").encode("gb18030")).name == (
        f"王{character}"
    )


def test_a_character_of_private_use_is_read_as_what_it_became():
    said = driver_string(name="\ue81e").encode("gb18030")
    assert b"\xfe\x59" in said
    assert parse_bytes(said).name == "\u9fb4"


def test_a_character_whose_second_byte_is_a_bar_does_not_end_its_field():
    said = driver_string(name="倈").encode("gb18030")
    assert said.count(b"|") == len(FIELDS) + 1
    assert parse_bytes(said).name == "倈"


def test_what_a_driver_left_behind_its_string_is_not_read():
    assert parse_bytes(driver_string().encode("gb18030") + b"\0old|text|").name == "张示例"


@pytest.mark.parametrize("torn", [b"\xd5", b"\xff\xfe", b"\x81\x30\x81"])
def test_text_that_is_no_gb18030_is_refused(torn):
    head, tail = driver_string(name="!").encode().split(b"!")
    assert refusal(head + torn) is Fault.STRING_ENCODING
    assert refusal(head + torn + tail) in {Fault.STRING_ENCODING, Fault.STRING_TORN}


def test_another_encoding_is_a_setting():
    assert parse_bytes(driver_string(name=RARE).encode(), "utf-8").name == RARE


@given(st.one_of(st.binary(max_size=1_200), st.text(max_size=1_200)))
def test_whatever_comes_is_a_card_or_a_refusal(said):
    try:
        card = parse_bytes(said) if isinstance(said, bytes) else parse_text(said)
    except RefusedError:
        return
    assert card.named(CardName.IDENTIFIER)


@given(st.integers(0, len(driver_string()) - 2))
def test_a_string_torn_anywhere_before_its_last_field_is_refused(end):
    torn = driver_string()[:end]
    if torn.count("|") < len(FIELDS) - 1:
        assert refusal(torn) in {Fault.STRING_TORN, Fault.STRING_EMPTY}


def test_a_card_without_any_name_cannot_be_made():
    with pytest.raises(RefusedError):
        card_of(name="")
