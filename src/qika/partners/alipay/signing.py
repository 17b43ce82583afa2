"""RSA2 as Alipay's gateway speaks it: RSA PKCS#1 v1.5 with SHA-256, in base64.

A request is signed over its parameters in order of name, ``name=value`` joined by ``&``, without
``sign`` and without empty values. An answer is signed over the exact text of its one node.
"""

import base64
from collections.abc import Mapping

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

SIGN = "sign"
ERROR_NODE = "error_response"


def signed_text(parameters: Mapping[str, str]) -> bytes:
    """Give what a request's signature covers, in UTF-8."""
    told = sorted(one for one in parameters.items() if one[0] != SIGN and one[1])
    return "&".join(f"{name}={value}" for name, value in told).encode()


def sign(text: bytes, key: RSAPrivateKey) -> str:
    """Sign a text."""
    return base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()


def is_signed(text: bytes, signature: str, key: RSAPublicKey) -> bool:
    """Tell whether a signature is this key's over this text."""
    try:
        key.verify(
            base64.b64decode(signature, validate=True), text, padding.PKCS1v15(), hashes.SHA256()
        )
    except (InvalidSignature, ValueError):  # no base64 is a ValueError, too
        return False
    return True


_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_text = msgspec.json.Decoder(str)


def signed_node(body: bytes, method: str, key: RSAPublicKey) -> bytes | None:
    """Give the exact text of an answer's node, if its signature is Alipay's; else None.

    The node is named after the method, or ``error_response``. The decoder gives each member as the
    bytes it stands in: no byte that was not signed is ever read.
    """
    try:
        members = _members.decode(body)
        signature = _text.decode(members[SIGN])
        name = f"{method.replace('.', '_')}_response"
        node = bytes(members[name] if name in members else members[ERROR_NODE])
    except (msgspec.DecodeError, KeyError, UnicodeDecodeError):
        return None
    return node if is_signed(node, signature, key) else None
