"""Fills the fictitious example city of the demo, once."""

from collections.abc import Callable, Sequence
from importlib.resources import files

from qika.activation.offer import offer
from qika.operations.activate import perform
from qika.operations.clocks import clocks_of
from qika.partners.simulators import example_city
from qika.terms.names import ChannelCode, DocumentCode, Language, Who
from qika.wiring.house import House
from qika.wiring.packaged import banks

_SEALED = 6
"""A card that was collected, and that no first act has touched."""


async def fill_example_city(house: House, on_progress: Callable[[str], None]) -> bool:
    """Fill the fictitious city once; False if its points are there already."""
    if await house.store.points_version():
        return False
    office, today = house.office, house.office.clock().date()
    city = parsed_city()
    on_progress("points")
    points = list(city.points(lambda code: banks().name(code, Language.ZH), today))
    on_progress("cards")
    cards = list(
        example_city.example_cards(
            city,
            lambda number: house.vault.card_key(example_city.ISSUER, number),
            lambda card: clocks_of(office, card, office.clock()),
            today,
        )
    )
    await house.store.add_cards(cards, received_at=office.clock())
    on_progress("activations")
    acts = list(example_city.first_acts(cards, lambda channel: _listed(house, channel)))
    await perform(office, acts)
    await house.store.put_points(points)
    await house.refresh()
    return True


def example_holder() -> tuple[str, str, str]:
    """Give number, name and identity number of a made-up card that nobody has activated yet."""
    return example_city.holder_of(parsed_city(), _SEALED)


def parsed_city() -> example_city.ExampleCity:
    """Read what the package says of the fictitious city."""
    text = files("qika.partners.simulators").joinpath("example_city.toml").read_text("utf-8")
    return example_city.parse_example_city(text)


def _listed(house: House, channel: ChannelCode) -> Sequence[tuple[DocumentCode, Who]]:
    rules = house.office.rulings.on(example_city.ISSUER, house.office.clock().date())
    papers = offer(rules, channel, Who.HOLDER).documents
    return [(paper.accepted_codes()[0], paper.of) for paper in papers if paper.only_if is None]
