"""A process that copies a database until it is killed; run by test_copying.

It prints a line for each page that arrived. Usage: copy_child.py FROM TO
"""

import asyncio
import sys

from qika.storage.copying import copy
from qika.storage.databases import Access, database_of
from qika.storage.databases.gate import made_ready


def told(part: str, done: int, total: int) -> None:
    sys.stdout.write(f"{part} {done} {total}\n")
    sys.stdout.flush()


async def main(source: str, target: str) -> None:
    async with (
        database_of(source, Access.READ) as here,
        database_of(target, Access.CREATE) as there,
    ):
        await made_ready(there)
        await copy(here, there, told, page=7)


asyncio.run(main(*sys.argv[1:]))
