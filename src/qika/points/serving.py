"""Whether a point serves a channel, an application, a bank's card and an issuer's card.

One meaning for search, index and decision. None means not asked: it admits everything.
"""

from qika.points.point import Capability, ServicePoint
from qika.terms.names import Application, BankCode, ChannelCode, IssuerCode


def serves(
    point: ServicePoint,
    channel: ChannelCode | None,
    application: Application | None,
    bank: BankCode | None,
    chain: tuple[IssuerCode, ...] | None,
) -> bool:
    """Say whether one capability of the point admits everything asked, at once.

    ``chain`` is the card's issuer and what it belongs to, county to province; a capability for
    any of them serves the card. Two capabilities never add up: a point that serves bank A at the
    counter and bank B at the kiosk does not serve bank B at the counter.
    """
    return any(
        capability_serves(capability, channel, application, bank, chain)
        for capability in point.capabilities
    )


def capability_serves(
    capability: Capability,
    channel: ChannelCode | None,
    application: Application | None,
    bank: BankCode | None,
    chain: tuple[IssuerCode, ...] | None,
) -> bool:
    """Say whether one capability admits everything asked."""
    return (
        admits_channel(capability.channel, channel)
        and admits_application(capability.applications, application)
        and admits_bank(capability.banks, bank)
        and admits_issuer(capability.regions, chain)
    )


def admits_channel(offered: ChannelCode, channel: ChannelCode | None) -> bool:
    """A capability is for one channel."""
    return channel is None or offered == channel


def admits_application(
    applications: tuple[Application, ...], application: Application | None
) -> bool:
    """The asked application is among those the capability names."""
    return application is None or application in applications


def admits_bank(banks: tuple[BankCode, ...], bank: BankCode | None) -> bool:
    """No banks named means any bank's card."""
    return bank is None or not banks or bank in banks


def admits_issuer(regions: tuple[IssuerCode, ...], chain: tuple[IssuerCode, ...] | None) -> bool:
    """No regions named means any issuer's card."""
    if chain is None or not regions:
        return True
    for issuer in chain:  # noqa: SIM110  asked for every issuer set of an index: any() is slow
        if issuer in regions:
            return True
    return False
