"""A process that tells a listener until it is killed; run by test_told_over_http.

Usage: telling_child.py FOLDER TIME
"""

import asyncio
import sys
from datetime import datetime
from pathlib import Path

from qika.operations.deliver import whole
from qika.operations.office import Office
from qika.operations.tell import Teller, tell_all
from qika.partners.webhooks.addresses import Reach
from qika.partners.webhooks.courier import Courier
from qika.partners.webhooks.listening import Desk
from qika.storage.sqlite import open_sqlite
from qika.storage.vault import Vault


async def tell(folder: Path, at: datetime) -> None:
    keys = Vault.open(folder / "keys.json")
    store = open_sqlite(folder / "qika.db", keys)
    office = Office(store, None, None, keys, None, None, lambda: at)  # only its clock is asked
    courier = Courier(Reach(demo=True))
    desk = Desk(store, keys, courier, office.clock, "1")
    await tell_all(Teller(office, store, desk.way_to, "child", whole, "fund"))


if __name__ == "__main__":
    asyncio.run(tell(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])))
