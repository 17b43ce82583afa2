"""Lets dear work through the gate, in the name of whoever is calling."""

from contextlib import AbstractContextManager, nullcontext

from starlette.types import Scope

from qika.web.callers import FORWARDED, caller_of
from qika.web.gate import Cost, Gate
from qika.web.sent import Headers
from qika.web.site import Site

_FREELY = nullcontext()


class Porter:
    """The porter of one process."""

    def __init__(self, site: Site) -> None:
        """Work for this site; without its clock everything passes."""
        self._gate = Gate(site.ticks) if site.ticks is not None else None
        self._trusted = site.trusted_proxies

    def letting_in(
        self, peer: str, headers: Headers, cost: Cost | None
    ) -> AbstractContextManager[None]:
        """Give what a piece of work is done in; entering raises ProblemError if there is no room.

        ``peer``: the address that is connected. No cost, or mere waiting: it passes freely.
        """
        if cost is None or cost is Cost.WAITING or self._gate is None:
            return _FREELY
        caller = caller_of(peer, headers.get(FORWARDED, b""), self._trusted)
        return self._gate.admitted(caller, cost)


def peer_of(scope: Scope) -> str:
    """Give the address that is connected; empty where the server does not tell."""
    client = scope.get("client")
    return str(client[0]) if client else ""
