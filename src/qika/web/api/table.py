"""Which endpoint stands at a path; a name in braces stands for any one part of it."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from qika.web.api.endpoints import Endpoint

_NAME = re.compile(r"\\\{([a-z_]+)\\\}")
NAMELESS: Mapping[str, str] = MappingProxyType({})


class Table:
    """The endpoints of one process by path and method."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        """Take the endpoints."""
        self._fixed: dict[str, dict[str, Endpoint]] = {}
        for one in endpoints:
            self._fixed.setdefault(one.path, {})[one.method] = one
        for here in self._fixed.values():
            if "GET" in here:
                here["HEAD"] = here["GET"]
        named = [path for path in self._fixed if "{" in path]
        self._named = [(_pattern(path), self._fixed.pop(path)) for path in named]

    def fixed(self, path: str) -> bool:
        """Tell whether an endpoint stands at exactly this path."""
        return path in self._fixed

    def find(self, path: str) -> tuple[Mapping[str, Endpoint], Mapping[str, str]] | None:
        """Give the endpoints at a path, by method, and what its names stand for."""
        here = self._fixed.get(path)
        if here is not None:
            return here, NAMELESS
        for pattern, endpoints in self._named:
            found = pattern.fullmatch(path)
            if found is not None:
                return endpoints, found.groupdict()
        return None


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(_NAME.sub(r"(?P<\1>[^/]+)", re.escape(path)))
