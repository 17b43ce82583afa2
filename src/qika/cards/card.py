"""A card: two applications with a life cycle each, its dates, and how often it has changed."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct

from qika.terms.names import Application, BankCode, IssuerCode, LossReason, State

_SOCIAL, _FINANCIAL = Application
"""Names of this module, as the way through the enum takes longer than the rest of a look-up."""
_COVERING = frozenset({State.TEMPORARY_LOSS, State.FORMAL_LOSS, State.LOCKED})


class ApplicationRecord(Struct, frozen=True, gc=False):
    """One application of one card.

    ``before`` is the state to which a release or unlock returns (``locked`` where a locked one was
    lost: what was before the lock shows in ``usable_from``); ``cycle`` counts how often the
    application could be activated (a reversal begins a new one).
    """

    state: State
    since: datetime | None = None
    loss_reason: LossReason | None = None
    before: State | None = None
    usable_from: date | None = None
    cycle: int = 1

    @property
    def beneath(self) -> State:
        """The state without loss and lock: what it was, and will be when both are over."""
        if self.state not in _COVERING or self.before is None:
            return self.state
        if self.before is not State.LOCKED:
            return self.before
        return State.SEALED if self.usable_from is None else State.NORMAL  # as activation left it

    @property
    def suspended(self) -> bool:
        """On formal loss because a deadline passed, not because the card was lost."""
        return self.state is State.FORMAL_LOSS and self.loss_reason is LossReason.DEADLINE


class Card(Struct, frozen=True, gc=False):
    """What a decision needs to know of a card; nothing here names its holder.

    ``key`` is the keyed hash of issuer and card number (16 bytes); ``version`` is the number of
    events so far, hence also the sequence number of the latest one; ``chain`` is its hash.
    """

    key: bytes
    issuer: IssuerCode
    bank: BankCode | None
    made_on: date | None
    applied_on: date | None
    collected_on: date | None
    social: ApplicationRecord
    financial: ApplicationRecord
    version: int = 0
    chain: bytes = b""

    def of(self, application: Application) -> ApplicationRecord:
        """Give the record of one application."""
        return self.social if application is _SOCIAL else self.financial

    def having(
        self, records: Mapping[Application, ApplicationRecord], *, version: int | None = None
    ) -> "Card":
        """Give the card with some application records replaced, and a version if one is given."""
        return Card(
            self.key,
            self.issuer,
            self.bank,
            self.made_on,
            self.applied_on,
            self.collected_on,
            records.get(_SOCIAL, self.social),
            records.get(_FINANCIAL, self.financial),
            self.version if version is None else version,
            self.chain,
        )
