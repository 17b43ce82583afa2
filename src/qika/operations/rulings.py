"""The rulebook at work: rules of an issuer on a day, resolved once and kept while they hold."""

from bisect import bisect_right
from collections.abc import Callable
from datetime import date

from qika.rulebook.book import Rulebook, Rules
from qika.terms.names import IssuerCode

KEPT_MAX = 8_192
"""Resolved rules kept at once; each is shared by all requests of an issuer and period."""


class Rulings:
    """Resolves rules by issuer and day."""

    def __init__(
        self, book: Rulebook, chain_of: Callable[[IssuerCode], tuple[IssuerCode, ...]]
    ) -> None:
        """Take an edition and the function from an issuer to its chain, nearest first."""
        self._chain_of = chain_of
        self.put_in_force(book)

    def put_in_force(self, book: Rulebook) -> None:
        """Answer from another edition from now on."""
        self.book = book
        self._days = book.change_days()
        self._kept: dict[tuple[IssuerCode, int], Rules] = {}

    def on(self, issuer: IssuerCode, day: date) -> Rules:
        """Give the rules in force for ``issuer`` on ``day``; the same object while they hold."""
        place = (issuer, bisect_right(self._days, day))
        rules = self._kept.get(place)
        if rules is None:
            if len(self._kept) >= KEPT_MAX:
                self._kept.clear()
            rules = self._kept[place] = self.book.at(self._chain_of(issuer), day)
        return rules
