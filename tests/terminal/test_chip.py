"""A chip is read by the tags of its records, whatever its generation's habits are."""

import itertools

import pytest

from qika_terminal.chip import read_chip
from qika_terminal.faults import Fault, RefusedError

from tests.terminal.counters import card_number, identifier
from tests.terminal.virtual_card import VirtualCard

LONG = "䶮" * 14 + "𬱖" + "示例" * 3
"""More than 30 bytes: the name goes on in the record behind it."""


def made(**changes: object) -> VirtualCard:
    return VirtualCard(identifier(1), card_number(1)[:9], **changes)


def refusal(card: VirtualCard, transmit=None) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        read_chip(transmit or card.transmit)
    return refused.value


@pytest.mark.parametrize("habits", list(itertools.product([False, True], repeat=4)))
def test_every_habit_of_a_chip_gives_the_same_card(habits):
    names = ("second_generation", "short_identifiers", "says_length", "waits")
    card = read_chip(made(**dict(zip(names, habits, strict=True))).transmit)
    assert (card.identifier, card.number) == (identifier(1), "T00000001")
    assert (card.division, card.name) == ("990000", "张示例")


def test_a_long_name_outside_gbk_goes_on_in_the_next_record():
    assert read_chip(made(name=LONG).transmit).name == LONG


def test_a_name_that_ends_within_a_character_is_not_shown_at_all():
    assert read_chip(made(name=LONG, second_generation=False).transmit).name == ""


def test_a_region_that_closes_the_holders_file_still_lets_the_card_be_named():
    card = read_chip(made(holder_closed=True).transmit)
    assert (card.identifier, card.name) == (identifier(1), "")


def test_another_card_is_told_as_such():
    assert refusal(made(foreign=True)).fault is Fault.NOT_A_SOCIAL_SECURITY_CARD


def test_a_chip_that_answers_nonsense_ends_as_a_refusal():
    card = made()

    def babbling(status: int, data: bytes = b""):
        def transmit(command: bytes):
            return card.transmit(command) if command[1] == 0xA4 else (data, status)

        return transmit

    card.waits = False
    for status, data in ((0x6F00, b""), (0x6100, b""), (0x6C05, b""), (0x9000, b"\x01\x10abc")):
        assert refusal(card, babbling(status, data)).fault is Fault.CARD_UNREADABLE
    assert refusal(card, babbling(0x6A83)).fault is Fault.CARD_UNREADABLE
    assert refusal(card, babbling(0x6982)).fault is Fault.CARD_UNREADABLE


def test_a_card_pulled_out_at_any_command_gives_no_card_at_all():
    count = len((card := made()).commands) or len(_commands_of(card))
    for last in range(count):
        left = made()

        def gone(command: bytes, left=left, last=last) -> None:
            if len(left.commands) > last:
                raise ConnectionError

        left.on_command = gone
        with pytest.raises(ConnectionError):
            read_chip(left.transmit)


def _commands_of(card: VirtualCard) -> list[bytes]:
    read_chip(card.transmit)
    return card.commands
