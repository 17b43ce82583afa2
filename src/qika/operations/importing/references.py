"""What imported rows are held against: divisions, banks, channels."""

from collections.abc import Mapping
from dataclasses import dataclass

from qika.rulebook.model import Channel
from qika.terms.banks import Banks
from qika.terms.divisions import Gazetteer
from qika.terms.names import ChannelCode


@dataclass(frozen=True, slots=True)
class References:
    """The closed lists of an installation; ``channels`` are those of the rulebook in force."""

    regions: Gazetteer
    banks: Banks
    channels: Mapping[ChannelCode, Channel]
