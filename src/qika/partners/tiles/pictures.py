"""Pictures as tiles are made of: told by their first bytes, whatever a server calls them."""

from typing import NamedTuple

ENDS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
"""Kinds of tiles, with the ends of their files."""


class Picture(NamedTuple):
    """A tile."""

    kind: str
    body: bytes


def picture_of(body: bytes) -> Picture | None:
    """Read a PNG, JPEG or WebP by its signature; None for anything else."""
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return Picture("image/png", body)
    if body.startswith(b"\xff\xd8\xff"):
        return Picture("image/jpeg", body)
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return Picture("image/webp", body)
    return None
