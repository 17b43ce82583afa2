"""Signs what a simulated partner sends, as docs/partners.md says, and spoils it when told to."""

import base64
import hashlib
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from qika.partners.simulators.plays import Sign

_COVERED = '("@method" "@target-uri" "content-type" "content-digest" "idempotency-key")'


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key, and the id by which the service knows it."""

    key_id: str
    key: Ed25519PrivateKey

    def headers(self, url: str, body: bytes, request_key: str, created: int) -> dict[str, str]:
        """Give the headers of a POST, signed (RFC 9421, RFC 9530); ``created`` in seconds."""
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        said = {
            "content-type": "application/json",
            "content-digest": f"sha-256=:{digest}:",
            "idempotency-key": request_key,
        }
        parameters = (
            f'{_COVERED};created={created};keyid="{self.key_id}"'
            f';nonce="{secrets.token_urlsafe(16)}";tag="qika-partner"'
        )
        values = {"@method": "POST", "@target-uri": url, **said}
        lines = [f'"{name}": {value}' for name, value in values.items()]
        base = "\n".join([*lines, f'"@signature-params": {parameters}'])
        signature = base64.b64encode(self.key.sign(base.encode())).decode()
        return {**said, "signature-input": f"q={parameters}", "signature": f"q=:{signature}:"}

    def sent(
        self, how: Sign, url: str, body: bytes, request_key: str, created: int
    ) -> tuple[dict[str, str], bytes]:
        """Give headers and body as they go out, spoiled as ``how`` says."""
        key = Ed25519PrivateKey.generate() if how is Sign.STRANGE_KEY else self.key
        headers = Signer(self.key_id, key).headers(url, body, request_key, created)
        if how in {Sign.NONE, Sign.HALF}:
            del headers["signature"]
        if how is Sign.NONE:
            del headers["signature-input"]
        return headers, body + b" " if how is Sign.CHANGED_BODY else body
