"""Cutting a body into lines, and lines into parts, by whatever pieces it arrives."""

from collections.abc import Iterator

LINE_MAX = 65_536
"""Bytes of one line; a request takes some hundred. What is longer is not read."""

PART_LINES, PART_BYTES = 1_000, 1 << 20
"""A part ends with the line that reaches either: as many are decided and committed together."""


class LineCutter:
    """Takes pieces of a body and gives parts of whole lines, without their line ends.

    Of a line that is too long only its beginning is held, one byte more than may be.
    """

    def __init__(self, part_lines: int = PART_LINES) -> None:
        """Begin with the first line."""
        self._part_lines = part_lines
        self._line = bytearray()
        self._lines: list[bytes] = []
        self._size = 0

    def take(self, piece: bytes) -> Iterator[list[bytes]]:
        """Take the next piece; gives the parts that it completes."""
        *ended, rest = piece.split(b"\n")
        for end in ended:
            self._add(end)
            self._end_line()
            if len(self._lines) >= self._part_lines or self._size >= PART_BYTES:
                yield self._part()
        self._add(rest)

    def finish(self) -> list[bytes]:
        """Give what is left; the last line may lack its end."""
        if self._line:
            self._end_line()
        return self._part()

    def _add(self, more: bytes) -> None:
        room = LINE_MAX + 1 - len(self._line)
        self._line += more[:room]

    def _end_line(self) -> None:
        self._lines.append(bytes(self._line))
        self._size += len(self._line)
        self._line.clear()

    def _part(self) -> list[bytes]:
        lines, self._lines, self._size = self._lines, [], 0
        return lines
