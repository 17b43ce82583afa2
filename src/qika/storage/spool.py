"""Where a body lies while it arrives: a file without a name, which is gone with its process."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

LENGTH = 4
"""Bytes that tell the length of the part behind them."""


class FileSpool:
    """Sealed parts in a file that only this process can open, wherever it may end."""

    def __init__(self, folder: Path) -> None:
        """Open a file below the data folder."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by ``close``

    def add(self, content: bytes) -> None:
        """Add a part."""
        self._file.write(len(content).to_bytes(LENGTH, "big") + content)

    def parts(self) -> Iterator[bytes]:
        """Give the parts in order."""
        self._file.seek(0)
        while head := self._file.read(LENGTH):
            yield self._file.read(int.from_bytes(head, "big"))

    def close(self) -> None:
        """Forget everything."""
        self._file.close()
