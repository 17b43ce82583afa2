"""A process that sends one batch of activations to a server and prints a line for each answer.

Run by test_bad_days, which kills it in the middle. Usage: killed_child.py ADDRESS KEYS AMOUNT
"""

import asyncio
import sys
from pathlib import Path

from qika.operations.activate import perform
from qika.storage.postgres import open_postgres
from qika.storage.vault import Vault

from tests.stores.conftest import World, bank_request, example_office


async def work(address: str, vault: Vault, amount: int) -> None:
    store = await open_postgres(address, vault)
    world = World(store, vault)
    keys = [world.new_card(number).card.key for number in range(amount)]
    office = example_office(store, vault)
    for start in range(0, amount, 20):
        batch = [bank_request(key, "same") for key in keys[start : start + 20]]
        answers = await perform(office, batch)
        lines = [
            f"{answer.outcome.status} {request.identity.card_key.hex()}\n"
            for answer, request in zip(answers, batch, strict=True)
        ]
        sys.stdout.write("".join(lines))
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Vault.open(Path(sys.argv[2])), int(sys.argv[3])))
