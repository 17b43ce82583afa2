"""What a partner may do is what is named for it, and nothing else."""

from dataclasses import replace

import pytest

from qika.authority.partner import ANY, Act, Partner, Refusal, Scope, refusal
from qika.web.problems import FaultCode

SCOPE = Scope(
    regions=frozenset({"310000"}),
    channels=frozenset({"bank_counter"}),
    events=frozenset({"collected"}),
    banks=frozenset({"102"}),
    points=frozenset({"icbc:*", "hall-1"}),
)
BANK = Partner("icbc-shanghai", "ICBC Shanghai", SCOPE)
ACT = Act(("310101", "310000"), channel="bank_counter", point="icbc:7", bank="102")


def act(**changes) -> Act:
    return replace(ACT, **changes)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (ACT, None),
        (act(channel=None, event="collected"), None),
        (act(point="hall-1", bank=None), None),
        (act(point=None, bank=None), None),
        (act(chain=("320100", "320000")), Refusal.REGION),
        (act(chain=()), Refusal.REGION),
        (act(channel="hospital_first_use"), Refusal.CHANNEL),
        (act(channel=None, event="cancelled"), Refusal.EVENT),
        (act(point="abc:7"), Refusal.POINT),
        (act(point="hall-10", bank=None), Refusal.POINT),
        (act(bank="103"), Refusal.BANK),
        (act(chain=("320100",), channel="x", bank="103"), Refusal.REGION),
    ],
)
def test_a_partner_may_do_what_its_scope_names(asked, why):
    assert refusal(BANK, asked) is why


def test_a_star_names_everything_and_nothing_named_allows_nothing():
    every, none = frozenset({ANY}), frozenset()
    assert refusal(replace(BANK, scope=Scope(*[every] * 5)), ACT) is None
    assert refusal(replace(BANK, scope=Scope(*[none] * 5)), ACT) is Refusal.REGION


def test_a_suspended_partner_may_do_nothing():
    assert refusal(replace(BANK, suspended=True), ACT) is Refusal.SUSPENDED


def test_every_refusal_is_a_fault_of_a_field():
    assert {one.value for one in Refusal} <= {one.value for one in FaultCode}
