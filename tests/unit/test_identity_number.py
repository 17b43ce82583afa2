"""Social security numbers: the citizen's form, and the forms of everybody else.

All citizen numbers here begin with the fictitious 990000 or are made up in memory.
"""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qika.terms.identity_number import (
    IdentityFault,
    IdentityWarning,
    check_digit,
    check_digit_fits,
    check_digits_ok,
    check_identity_number,
)

TODAY = date(2026, 11, 22)
PREFIXES = frozenset({"990000", "990101", "810000", "820000", "830000", "653228", "110103"})


def number(born: str = "19900307", prefix: str = "990000", sequence: str = "123") -> str:
    first_17 = prefix + born + sequence
    return first_17 + check_digit(first_17)


def check(text: str):
    return check_identity_number(text, TODAY, PREFIXES)


births = st.dates(date(1900, 1, 1), TODAY)
sequences = st.integers(0, 999).map("{:03d}".format)
prefixes = st.sampled_from(sorted(PREFIXES))
numbers = st.builds(lambda b, p, s: number(b.strftime("%Y%m%d"), p, s), births, prefixes, sequences)


@given(numbers)
def test_every_well_formed_citizen_number_is_accepted_without_a_doubt(text):
    checked = check(text)
    assert checked.accepted
    assert checked == check(text.lower())
    assert (checked.value, checked.warnings) == (text, ())


@given(numbers, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(text, place, step):
    wrong = text[:place] + str((int(text[place]) + step) % 10) + text[place + 1 :]
    assert not check_digit_fits(wrong)


@given(numbers, st.integers(0, 15))
def test_two_swapped_digits_are_always_noticed(text, place):
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    assert check_digit_fits(swapped) == (swapped == text)


def test_the_example_of_the_standard_has_the_check_character_the_standard_gives():
    assert check_digit("11010519491231002") == "X"  # GB 11643-1999, its own example


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", [IdentityFault.BLANK]),
        ("  \u3000", [IdentityFault.BLANK]),
        ("990000********1234", [IdentityFault.MASKED]),
        ("990000\uff0a\uff0a\uff0a\uff0a1234", [IdentityFault.MASKED]),
        ("990000XXXXXXXX1234", [IdentityFault.MASKED]),
        ("王**", [IdentityFault.MASKED]),
        ("990000900307123", [IdentityFault.OLD_FORM]),
        (number("19900231"), [IdentityFault.BIRTH_DATE]),
        (number("20261123"), [IdentityFault.BORN_IN_FUTURE]),
        (number("18991231"), [IdentityFault.BORN_BEFORE_1900]),
        (number()[:17], [IdentityFault.LENGTH]),
        (number() + "0", [IdentityFault.LENGTH]),
        ("99000019900307O238", [IdentityFault.CHARACTERS]),
        ("王小明王小明", [IdentityFault.CHARACTERS]),
        ("A1234", []),
        ("A123", [IdentityFault.LENGTH]),
        ("A" * 21, [IdentityFault.LENGTH]),
        ("G1234-567", [IdentityFault.CHARACTERS]),
    ],
)
def test_what_is_wrong_with_a_number_is_said(text, faults):
    assert list(check(text).faults) == faults


def test_a_wrong_check_digit_is_the_only_fault_of_an_otherwise_right_number():
    right = number()
    wrong = right[:17] + ("1" if right[17] != "1" else "2")
    assert check(wrong).faults == (IdentityFault.CHECK_DIGIT,)


def test_someone_born_today_has_a_number_already():
    assert check(number("20261122")).accepted


def test_an_unknown_prefix_is_a_doubt_and_never_a_refusal():
    checked = check(number(prefix="990909"))
    assert checked.accepted
    assert checked.warnings == (IdentityWarning.UNKNOWN_PREFIX,)


@pytest.mark.parametrize("prefix", ["810000", "820000", "830000"])
def test_residence_permits_of_hong_kong_macao_and_taiwan_are_citizen_numbers(prefix):
    assert check(number(prefix=prefix)) == check_identity_number(
        number(prefix=prefix), TODAY, PREFIXES
    )
    assert not check(number(prefix=prefix)).warnings


@pytest.mark.parametrize("prefix", ["653228", "110103"])
def test_new_counties_and_abolished_ones_are_known(prefix):
    assert not check(number(prefix=prefix)).warnings


@pytest.mark.parametrize(
    "text",
    [
        "ABC000000000001",  # permanent residence card before 2023
        "E00000001",  # passport
        "H0000000001",  # Hong Kong travel permit with its version digits
        "M00000001",
        "00000001",  # Taiwan travel permit
        "USA0E0000000000001",  # foreigner's social security number: country and document
        "GBR0000000001",
    ],
)
def test_numbers_of_other_documents_are_taken_as_they_are(text):
    assert check(text).accepted
    assert check(text).value == text


def test_the_new_residence_card_of_foreigners_is_accepted_and_only_doubted():
    first_17 = "91100000000000000"
    assert not check(first_17 + check_digit(first_17)).warnings
    odd = "2" if check_digit(first_17) != "2" else "3"
    assert check(first_17 + odd).accepted
    assert check(first_17 + odd).warnings == (IdentityWarning.CHECK_DIGIT,)


def test_spaces_full_width_digits_and_small_letters_are_evened_out():
    plain = next(n for n in (number(sequence=f"{i:03d}") for i in range(99)) if n.endswith("X"))
    wide = "".join(chr(ord(c) + 0xFEE0) for c in plain[:6]) + " " + plain[6:14] + " " + plain[14:]
    assert check(wide.lower()).value == plain
    assert check(wide.lower()).accepted


@given(st.text(max_size=40))
def test_any_text_gets_an_answer(text):
    checked = check(text)
    assert checked.accepted == (not checked.faults)


def matrix_of(texts: list[str]) -> np.ndarray:
    return np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8).reshape(-1, 18)


near_numbers = st.one_of(
    numbers,
    numbers.map(str.lower),
    st.text("0123456789Xx/:A*", min_size=18, max_size=18),
    st.builds(lambda n, i, c: n[:i] + c + n[i + 1 :], numbers, st.integers(0, 17),
              st.sampled_from("0123456789Xx/:")),
)  # fmt: skip


@given(st.lists(near_numbers, min_size=1, max_size=20))
def test_checking_a_matrix_is_checking_every_row(texts):
    together = check_digits_ok(matrix_of(texts))
    assert together.tolist() == [check_digit_fits(text) for text in texts]


def test_an_empty_matrix_has_no_answers():
    assert check_digits_ok(np.empty((0, 18), dtype=np.uint8)).shape == (0,)


def test_bytes_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="18"):
        check_digits_ok(np.zeros((3, 15), dtype=np.uint8))


def test_a_century_of_birthdays_is_read_without_a_gap():
    day = date(1996, 2, 27)
    for _ in range(800):
        assert check(number(day.strftime("%Y%m%d"))).accepted
        day += timedelta(days=1)
