"""Exchange files as a bank's program writes them, with keys made here."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qika.operations.exchange.records import added
from qika.partners.exchange.layout import Layout, Record, packaged_layout, parse_layout

LAYOUTS = {name: parse_layout(packaged_layout(name), name) for name in ("fixed", "csv")}
ROW = {
    "issuer": "", "card_number": "T00000001", "channel": "bank_counter", "who": "",
    "occurred_at": "20260302100000", "applications": "", "point_id": "p:b1",
    "presented": "card:holder id_card:holder:20300101", "letter_number": "",
    "letter_signed_on": "", "letter_valid_until": "", "agent_number": "", "agent_name": "",
}  # fmt: skip
HEADER = {
    "layout": "QIKA0001", "kind": "activations", "bank": "102", "region": "990000",
    "day": "20260302", "sequence": "1",
}  # fmt: skip


def row(number: int, **changes: str) -> dict[str, str]:
    """A row of a card by its number."""
    return ROW | {"card_number": f"T{number:08d}"} | changes


def bank_file(layout: Layout, rows: Sequence[dict[str, str]], /, **changes: str) -> bytes:
    """Write a file; ``changes`` replace parts of its header, or ``count`` and ``total``."""
    total = 0
    for one in rows:
        total = added(total, one["card_number"])
    trailer = {"count": str(len(rows)), "total": str(total)}
    trailer |= {name: changes.pop(name) for name in ("count", "total") if name in changes}
    lines = [layout.written(Record.HEADER, HEADER | changes)]
    lines += [layout.written(Record.ROW, one) for one in rows]
    return b"".join((*lines, layout.written(Record.TRAILER, trailer)))


def signature_file(signature: bytes, key_id: str = "bank-1") -> bytes:
    """Write what lies beside a file."""
    return f"keyid: {key_id}\nsignature: {base64.b64encode(signature).decode()}\n".encode()


@dataclass(frozen=True)
class Drop:
    """A drop folder as the bank sees it."""

    root: Path

    def put(self, name: str, content: bytes, signature: bytes | None) -> None:
        """Upload a file, and its signature where there is one."""
        folder = self.root / "in"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        if signature is not None:
            (folder / f"{name}.sig").write_bytes(signature)

    def names(self, folder: str) -> list[str]:
        """List a folder."""
        return sorted(path.name for path in (self.root / folder).iterdir())

    def out(self, name: str) -> bytes:
        """Fetch a file."""
        return (self.root / "out" / name).read_bytes()
