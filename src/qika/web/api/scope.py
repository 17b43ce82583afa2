"""What a partner's key allows: every request of a call is looked at before any is carried out."""

from collections.abc import Sequence
from typing import TypeAlias

from qika.authority.partner import Act, Partner, Refusal, refusal
from qika.terms.names import IssuerCode, PointId
from qika.web.api.asking import resolve
from qika.web.api.requests import ActivationBody, EventBody
from qika.web.problems import Fault, FaultCode, ProblemCode, ProblemError
from qika.web.signing.door import Sender
from qika.web.site import Site

Body: TypeAlias = ActivationBody | EventBody

_FIELD = {
    Refusal.SUSPENDED: "signature",
    Refusal.REGION: "card.issuer",
    Refusal.CHANNEL: "channel",
    Refusal.EVENT: "type",
    Refusal.POINT: "point_id",
    Refusal.BANK: "point_id",
}
"""The field that a refusal is about."""


async def check_scope(
    site: Site, rows: Sequence[tuple[Body, bytes | None]], sender: Sender | None
) -> None:
    """Raise ProblemError with everything that the partner may not do; nothing is done then.

    ``rows`` are requests with the keys of their cards.
    """
    if sender is None:
        return
    faults: list[Fault] = []
    for number, (one, key) in enumerate(rows):
        fault = await scope_fault(site, one, key, sender.partner)
        if fault is not None:
            path = f"requests[{number}]." if len(rows) > 1 else ""
            faults.append(Fault(path + fault.field, fault.code))
    if faults:
        raise ProblemError(ProblemCode.NOT_ALLOWED, tuple(faults))


async def scope_fault(site: Site, one: Body, key: bytes | None, partner: Partner) -> Fault | None:
    """Say why a partner may not send a request; None if it may.

    The issuer of a card that is named by its chip is read from the card.
    """
    issuer = await _issuer(site, one, key)
    why = refusal(partner, _act(site, one, issuer)) if issuer else None
    return Fault(_FIELD[why], FaultCode(why.value)) if why else None


def check_one(site: Site, one: Body, sender: Sender | None) -> None:
    """Do the same, at once, for a request whose card is named by its issuer and number."""
    issuer = resolve(site.regions, one.card.issuer or "").code
    assert issuer is not None, "check_card has resolved the issuer"
    why = refusal(sender.partner, _act(site, one, issuer)) if sender else None
    if why is not None:
        fault = Fault(_FIELD[why], FaultCode(why.value))
        raise ProblemError(ProblemCode.NOT_ALLOWED, (fault,))


def _act(site: Site, one: Body, issuer: IssuerCode) -> Act:
    point = site.office.directory.point(PointId(one.point_id)) if one.point_id else None
    return Act(
        chain=site.office.rulings.chain_of(issuer),
        channel=one.channel if isinstance(one, ActivationBody) else None,
        event=one.type if isinstance(one, EventBody) else None,
        point=one.point_id,
        bank=point.card_bank if point else None,
    )


async def _issuer(site: Site, one: Body, key: bytes | None) -> IssuerCode | None:
    """Give the issuer of a card; None if there is no such card."""
    if one.card.issuer is not None:
        return resolve(site.regions, one.card.issuer).code
    file = await site.office.store.card_file(key) if key else None
    return file.card.issuer if file else None
