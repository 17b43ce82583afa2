"""A social security card that is not there: it answers commands as a chip would; nobody real.

Files and tags as chip.py says where they come from; the class speaks of nothing but bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

OK, NO_FILE, NO_RECORD, CLOSED, NO_SUCH_COMMAND = 0x9000, 0x6A82, 0x6A83, 0x6982, 0x6D00
APPLICATION = b"sx1.sh." + "社会保障".encode("gbk")


def record(tag: int, value: bytes) -> bytes:
    return bytes((tag, len(value))) + value


@dataclass
class VirtualCard:
    """One card; its quirks are those that real ones are said to have."""

    identifier: str
    number: str
    name: str = "张示例"
    second_generation: bool = True
    """Has the name's rest between name and sex."""
    short_identifiers: bool = True
    """Reads a file that was not selected before."""
    says_length: bool = True
    """Answers 6Cxx to a length that is not right."""
    waits: bool = True
    """Lets answers to SELECT wait to be fetched (61xx)."""
    holder_closed: bool = False
    """Shows the holder's file to nobody without a key."""
    foreign: bool = False
    """Is a card of something else."""
    on_command: Callable[[bytes], None] | None = None
    """Called before each command, e.g. to pull the card out."""
    commands: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.waiting, self.open, self.file = b"", False, 0

    @property
    def files(self) -> dict[int, list[bytes]]:
        whole = self.name.encode("gb18030")
        name, rest = whole[:30].ljust(30, b"\0"), whole[30:].ljust(20, b"\0")
        holder = [record(0x08, b"990000199001011234"), record(0x09, name)]
        if self.second_generation:
            holder.append(record(0x4E, rest))
        holder += [record(0x0A, b"1"), record(0x0D, bytes.fromhex("19900101"))]
        chip = bytes.fromhex(self.identifier)
        card = [
            record(0x01, chip), record(0x02, b"3"), record(0x03, b"3.00"),
            record(0x04, chip[:3].ljust(12, b"\0")), record(0x05, bytes.fromhex("20260105")),
            record(0x06, bytes.fromhex("20360105")), record(0x07, self.number.encode()),
        ]  # fmt: skip
        return {5: card, 6: holder}

    def answer(self, command: bytes) -> bytes:
        """Answer a command: data and status."""
        self.commands.append(command)
        if self.on_command is not None:
            self.on_command(command)
        data, status = self._done(command)
        return data + status.to_bytes(2, "big")

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        said = self.answer(command)
        return said[:-2], int.from_bytes(said[-2:], "big")

    def _done(self, command: bytes) -> tuple[bytes, int]:
        match command[1]:
            case 0xA4:
                return self._select(command)
            case 0xB2:
                return self._read(command)
            case 0xC0:
                fetched, self.waiting = self.waiting, b""
                return fetched, OK if fetched else 0x6985
            case _:
                return b"", NO_SUCH_COMMAND

    def _select(self, command: bytes) -> tuple[bytes, int]:
        named = command[5 : 5 + command[4]]
        if command[2] == 4:
            self.open = named == APPLICATION and not self.foreign
            if not self.open:
                return b"", NO_FILE
            told = b"\x6f" + record(0x84, named)
            if not self.waits:
                return told, OK
            self.waiting = told
            return b"", 0x6100 | len(told)
        self.file = named[1] if self.open and named[0] == 0xEF else 0
        return b"", OK if self.file in self.files else NO_FILE

    def _read(self, command: bytes) -> tuple[bytes, int]:
        number, place, length = command[2], command[3], command[4]
        file = place >> 3 or self.file
        if place >> 3 and not self.short_identifiers:
            return b"", 0x6A86
        if not self.open or file not in self.files:
            return b"", NO_FILE
        if file == 6 and self.holder_closed:
            return b"", CLOSED
        records = self.files[file]
        if not 1 <= number <= len(records):
            return b"", NO_RECORD
        found = records[number - 1]
        if self.says_length and length != len(found):
            return b"", 0x6C00 | len(found)
        return found, OK
