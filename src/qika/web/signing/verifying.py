"""Checking a signature against a partner's key; keys are parsed once.

Ed25519 is checked by libsodium, which takes half of OpenSSL's time and refuses keys and signatures
that are not written in the one right way.
"""

from collections.abc import Callable
from functools import lru_cache, partial

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from qika.authority.partner import Algorithm, PartnerKey

RSA_BITS_MIN = 2_048
P256_SIGNATURE_LENGTH = 64
"""Bytes: r and s, 32 each (RFC 9421, section 3.3.4)."""

KEYS_KEPT = 4_096

Check = Callable[[bytes, bytes], None]
"""Takes a signature and what was signed; raises InvalidSignature."""


class UnusableKeyError(ValueError):
    """A public key cannot be used: not PEM, of another kind than its algorithm, or too short."""


def is_right(key: PartnerKey, signature: bytes, base: bytes) -> bool:
    """Tell whether the holder of a key signed these bytes."""
    try:
        checker(key.algorithm, key.public_key)(signature, base)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=KEYS_KEPT)
def checker(algorithm: Algorithm, pem: str) -> Check:
    """Give what checks signatures of a key; raises UnusableKeyError."""
    try:
        public = load_pem_public_key(pem.encode())
    except ValueError as error:
        raise UnusableKeyError("not a public key in PEM") from error
    match algorithm, public:
        case Algorithm.ED25519, ed25519.Ed25519PublicKey():
            return partial(_check_ed25519, VerifyKey(public.public_bytes_raw()))
        case Algorithm.ECDSA_P256, ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            return partial(_check_p256, public)
        case Algorithm.RSA, rsa.RSAPublicKey() if public.key_size >= RSA_BITS_MIN:
            return partial(_check_rsa, public)
        case _:
            raise UnusableKeyError(f"no key for {algorithm}, or shorter than {RSA_BITS_MIN} bits")


def _check_ed25519(public: VerifyKey, signature: bytes, base: bytes) -> None:
    try:
        public.verify(base, signature)
    except (CryptoError, ValueError) as error:
        raise InvalidSignature from error


def _check_p256(public: ec.EllipticCurvePublicKey, signature: bytes, base: bytes) -> None:
    if len(signature) != P256_SIGNATURE_LENGTH:
        raise InvalidSignature
    half = P256_SIGNATURE_LENGTH // 2
    r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    public.verify(encode_dss_signature(r, s), base, ec.ECDSA(SHA256()))


def _check_rsa(public: rsa.RSAPublicKey, signature: bytes, base: bytes) -> None:
    public.verify(signature, base, padding.PKCS1v15(), SHA256())
