"""A letter without a printed number is named by what it says, so that it is used once."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from qika.activation.request import letter_name
from qika.terms.names import Application

KEY, AGENT, DAY = b"k" * 16, ("99000019900101001X", "Agent One"), date(2026, 3, 1)
BOTH = frozenset(Application)


def test_the_same_letter_has_the_same_name_in_whatever_order_it_names_applications():
    one, other = (Application.SOCIAL, Application.FINANCIAL), (*reversed((*Application,)),)
    assert set(one) == set(other)
    names = {letter_name(KEY, AGENT, each, DAY) for each in (one, one[::-1], other)}
    assert len(names) == 1


def test_a_letter_that_names_no_application_is_for_all():
    assert letter_name(KEY, AGENT, (), DAY) == letter_name(KEY, AGENT, BOTH, DAY)


@given(
    st.binary(min_size=16, max_size=16),
    st.tuples(st.text("0123456789X", min_size=18, max_size=18), st.text("ab ", min_size=1)),
    st.sampled_from([(Application.SOCIAL,), (Application.FINANCIAL,), (*Application,)]),
    st.dates(),
)
def test_another_card_agent_application_or_day_is_another_letter(key, agent, applications, day):
    ours = (KEY, AGENT, frozenset(BOTH), DAY)
    theirs = (key, agent, frozenset(applications), day)
    same = ours == theirs
    assert (letter_name(*ours) == letter_name(*theirs)) is same
