"""Counting: what was acknowledged against what is stored."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from qika.activation.request import ActivationRequest
from qika.activation.status import Status
from qika.operations.activate import StoreBusyError, perform
from qika.operations.office import Office
from qika.operations.ports import MEDICAL_INSURANCE
from qika.storage.chain import verify_chain


@dataclass
class Tally:
    """Cards whose activation was answered, by whether it was a repeat; and refused batches."""

    new: set[bytes] = field(default_factory=set)
    repeated: set[bytes] = field(default_factory=set)
    refusals: list[str] = field(default_factory=list)

    @property
    def acknowledged(self) -> set[bytes]:
        return self.new | self.repeated


async def send(
    office: Office,
    requests: Sequence[ActivationRequest],
    tally: Tally,
    *,
    size: int = 20,
    until: Callable[[], object] = lambda: False,
) -> None:
    """Send batches one after another, ``until`` it is enough; who is refused is only counted."""
    for start in range(0, len(requests), size):
        if until():
            return
        batch = requests[start : start + size]
        try:
            answers = await perform(office, batch)
        except StoreBusyError as error:
            tally.refusals.append(f"{type(error).__name__}: {error}")
            continue
        for request, answer in zip(batch, answers, strict=True):
            assert answer.outcome.status is Status.ACTIVATED, answer
            place = tally.repeated if answer.replayed else tally.new
            place.add(request.identity.card_key)


async def each_is_stored_once(office: Office, keys: Collection[bytes]) -> None:
    """Look at every card, history and row of the outbox of the store."""
    events = {}
    async for page in office.store.histories(500):  # type: ignore[attr-defined]
        for card, history in page:
            assert verify_chain(card, history)
            events[card.key] = len(history)
    done = {key for key, count in events.items() if count}
    assert done == set(keys)
    assert set(events.values()) <= {0, 1}
    far = office.clock().replace(year=2030)
    told = [row.card_key for row in await office.store.pending(MEDICAL_INSURANCE, 100_000, far)]
    assert len(told) == len(set(told))
    assert set(told) == set(keys)
