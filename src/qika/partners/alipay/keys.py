"""Keys as Alipay's own tools write them: PEM, or one line of base64 without a frame."""

import base64
import binascii

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

BITS_MIN = 2_048
"""RSA2 is RSA with SHA-256 and a key of at least so many bits."""

_FRAME = b"-----BEGIN"


class KeyTextError(ValueError):
    """A text that is no RSA key of 2,048 bits or more; never holds the text."""


def private_key_of(text: bytes) -> RSAPrivateKey:
    """Read our key: PKCS#1 or PKCS#8, framed or not; raises KeyTextError."""
    try:
        key = (
            load_pem_private_key(text, None)
            if _FRAME in text
            else load_der_private_key(_unframed(text), None)
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyTextError("no RSA private key without a passphrase") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < BITS_MIN:
        raise KeyTextError(f"no RSA private key of {BITS_MIN} bits or more")
    return key


def public_key_of(text: bytes) -> RSAPublicKey:
    """Read Alipay's public key; raises KeyTextError."""
    try:
        key = load_pem_public_key(text) if _FRAME in text else load_der_public_key(_unframed(text))
    except (ValueError, UnsupportedAlgorithm):
        raise KeyTextError("no RSA public key") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < BITS_MIN:
        raise KeyTextError(f"no RSA public key of {BITS_MIN} bits or more")
    return key


def _unframed(text: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
