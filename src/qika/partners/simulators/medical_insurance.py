"""A stand-in for the medical insurance side: takes each event once, and can be told to fail."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from qika.operations.deliver import HEARD, Reply
from qika.operations.ports import Pending


@dataclass(slots=True)
class MedicalInsuranceDouble:
    """Acknowledges events; knows a repeat by card and sequence."""

    unreachable: bool = False
    refuse: frozenset[int] = frozenset()
    """Sequences of events that are not acknowledged, to show the retry."""
    heard: dict[tuple[bytes, int], int] = field(default_factory=dict[tuple[bytes, int], int])
    """How often each event arrived."""

    async def receive(self, rows: Sequence[Pending]) -> Sequence[Reply]:
        """Take events; a repeat is acknowledged again and changes nothing."""
        if self.unreachable:
            raise ConnectionError("the medical insurance double was told to be unreachable")
        for row in rows:
            place = (row.card_key, row.sequence)
            self.heard[place] = self.heard.get(place, 0) + 1
        return [Reply("refused") if row.sequence in self.refuse else HEARD for row in rows]
