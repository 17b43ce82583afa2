"""Signatures of Standard Webhooks, version ``v1``: HMAC-SHA256 over id, time and body."""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
KEY_BYTES = 32
"""The standard asks for 24 to 64 bytes."""


def secret_of(key: bytes) -> str:
    """Write a key as operators pass it on."""
    return PREFIX + base64.b64encode(key).decode()


def key_of(secret: str) -> bytes:
    """Read the key of a secret; raises ValueError for anything else."""
    if not secret.startswith(PREFIX):
        raise ValueError("a secret begins with whsec_")
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)


def signed_headers(
    secrets: Sequence[str], message_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """Give the headers of a message sent at a moment, signed with each secret in force."""
    stamp = str(int(at.timestamp()))
    text = f"{message_id}.{stamp}.".encode() + body
    signatures = (hmac.digest(key_of(secret), text, "sha256") for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }
