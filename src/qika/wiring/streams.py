"""Streams of activations: what they need, and the work on them beside everything else."""

import asyncio
from datetime import timedelta
from functools import partial

from qika.operations.activate import StoreBusyError
from qika.operations.batch import OverloadedError
from qika.operations.streams.desk import StreamDesk
from qika.operations.streams.working import forget, work
from qika.storage.spool import FileSpool
from qika.web.api.streams import answer_lines
from qika.web.defects import report
from qika.web.site import Site
from qika.wiring.house import House

POLL_S = 0.5
"""How long a stream may wait before a process without work looks for it."""

FORGET_EVERY = 7_200
"""Looks for work, without finding any, between two looks for what is to be forgotten: an hour."""

MEGABYTE = 1_000_000


def stream_desk(house: House) -> StreamDesk:
    """Give what streams need."""
    settings = house.settings
    return StreamDesk(
        store=house.store.streams,
        sealing=house.vault,
        open_spool=partial(FileSpool, settings.beside / "spool"),
        clock=house.office.clock,
        bytes_max=settings.stream_max_mb * MEGABYTE,
        kept=timedelta(days=settings.stream_days),
    )


async def work_streams(site: Site) -> None:
    """Work off streams, one after another, as long as this process serves."""
    desk = site.streams
    assert desk is not None, "who opens the partners' door has it"
    idle = 0
    while True:
        worked = False
        try:
            if idle % FORGET_EVERY == 0:
                await forget(desk)
            worked = await work(desk, partial(answer_lines, site))
        except (StoreBusyError, OverloadedError):
            pass  # the stream goes on when its claim has run out
        except Exception as error:  # noqa: BLE001 - one stream must not end the work on others
            report(error)
        if not worked:
            idle += 1
            await asyncio.sleep(POLL_S)
