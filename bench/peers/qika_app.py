"""The service by Qika's endpoint layer: one row of a table like that of ``qika.web.api.endpoints``.

Language, media type, size, every wrong field, problems and security headers are as everywhere.
"""

import asyncio
import gc
import sys
from dataclasses import fields
from datetime import date
from enum import StrEnum
from typing import Annotated

import uvicorn
import uvloop
from msgspec import Meta, Struct
from starlette.types import Receive, Scope, Send

from qika.web.api.card_status import Tries
from qika.web.api.endpoints import Call, Endpoint, Reply
from qika.web.api.fields import of_json
from qika.web.connection import Connection
from qika.web.lane import Lane
from qika.web.problems import Fault, FaultCode, ProblemCode, ProblemError
from qika.web.shelf import Shelf
from qika.web.site import Door, Site

from bench.peers.business import CHANNELS, decided

Channel = StrEnum("Channel", [(one.upper(), one) for one in CHANNELS])


class Question(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    card_number: Annotated[str, Meta(pattern=r"^[A-Z0-9]{9}$")]
    request_key: Annotated[str, Meta(min_length=1, max_length=64)]
    region: Annotated[str, Meta(pattern=r"^[0-9]{6}$")]
    channel: Channel
    collected_on: date
    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    bank: Annotated[str, Meta(min_length=3, max_length=12)]
    holder: bool = True


class Answer(Struct, frozen=True, kw_only=True):
    card: str
    region: str
    name: str
    channel: str
    offered: bool
    due_on: str
    days_left: int
    overdue: bool
    documents: list[str]
    bank: str
    hotline: str
    holder: bool
    near: str


def check(call: Call) -> Reply:
    asked = of_json(call.body, Question)
    answer = decided(
        asked.card_number, asked.region, asked.channel, asked.collected_on, lat=asked.lat,
        lon=asked.lon, bank=asked.bank, holder=asked.holder,
    )  # fmt: skip
    if answer is None:
        fault = Fault("region", FaultCode.UNKNOWN_REGION)
        raise ProblemError(ProblemCode.WRONG_FIELDS, (fault,))
    return Answer(**answer)


ENDPOINT = Endpoint(
    "POST", "/check", "check", Door.PUBLIC, (Question,), (Answer,),
    (ProblemCode.WRONG_FIELDS,), check,
)  # fmt: skip


def site() -> Site:
    """Give a site of which this endpoint uses nothing but its settings."""
    unused = {field.name: None for field in fields(Site) if field.name != "points_version"}
    return Site(**unused | {"unsigned_writes": False, "doors": frozenset(), "version": "0"})


class App:
    """An application of one endpoint."""

    def __init__(self) -> None:
        here = site()
        self.lane = Lane(here, (ENDPOINT,), Tries(), Shelf(here))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.lane.serve(scope, receive, send)


async def serve(port: int, protocol: "type[Connection] | str") -> None:
    config = uvicorn.Config(
        App(), host="127.0.0.1", port=port, http=protocol, lifespan="off",
        log_level="warning", access_log=False, server_header=False,
        proxy_headers=False,
    )  # fmt: skip
    gc.freeze()
    gc.set_threshold(50_000)  # as qika serves
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1]), "httptools" if "--asgi" in sys.argv else Connection))
