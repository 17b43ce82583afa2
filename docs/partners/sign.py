"""Signs requests to Qika: copy this into your program. Needs the package cryptography alone."""

import base64
import hashlib
import secrets
import time

from cryptography.hazmat.primitives.serialization import load_pem_private_key

COVERED = '("@method" "@target-uri" "content-type" "content-digest" "idempotency-key")'
COVERED_OF_GET = '("@method" "@target-uri")'


def signed_headers(
    private_key_pem: bytes,
    key_id: str,
    url: str,
    body: bytes,
    idempotency_key: str,
    *,
    created: int | None = None,
    content_type: str = "application/json",
) -> dict[str, str]:
    """Give the headers of a POST of ``body`` to ``url``, signed with Ed25519.

    Keep the idempotency key when you send the same request again; sign it anew each time.
    """
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    values = {
        "@method": "POST",
        "@target-uri": url,
        "content-type": content_type,
        "content-digest": f"sha-256=:{digest}:",
        "idempotency-key": idempotency_key,
    }
    signature = _signature(private_key_pem, key_id, COVERED, values, created)
    return {
        "Content-Type": values["content-type"],
        "Content-Digest": values["content-digest"],
        "Idempotency-Key": idempotency_key,
        **signature,
    }


def signed_get_headers(
    private_key_pem: bytes, key_id: str, url: str, *, created: int | None = None
) -> dict[str, str]:
    """Give the headers of a GET of ``url``: how a stream stands, or its results."""
    values = {"@method": "GET", "@target-uri": url}
    return _signature(private_key_pem, key_id, COVERED_OF_GET, values, created)


def _signature(
    private_key_pem: bytes, key_id: str, covered: str, values: dict[str, str], created: int | None
) -> dict[str, str]:
    created = int(time.time()) if created is None else created
    nonce = secrets.token_urlsafe(16)
    parameters = f'{covered};created={created};keyid="{key_id}";nonce="{nonce}";tag="qika-partner"'
    base = "".join(f'"{name}": {value}\n' for name, value in values.items())
    base += f'"@signature-params": {parameters}'
    key = load_pem_private_key(private_key_pem, password=None)
    signature = base64.b64encode(key.sign(base.encode())).decode()
    return {"Signature-Input": f"qika={parameters}", "Signature": f"qika=:{signature}:"}
