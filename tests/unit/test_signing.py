"""Signatures are read strictly, and checked as an independent library checks them."""

import base64
import contextlib
import datetime as dt
import hashlib
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, algorithms
from http_message_signatures.resolvers import MappingKeyResolver
from hypothesis import given
from hypothesis import strategies as st

from qika.authority.partner import Algorithm, PartnerKey
from qika.web.problems import FaultCode
from qika.web.signing.profile import SignatureError, SignatureFault, check_digest, read
from qika.web.signing.verifying import UnusableKeyError, checker, is_right

from tests.signers import Signer, public_pem

URL = "https://card.example/v1/activations?lang=zh"
BODY = b'{"request_key": "1"}'
COVERED = ("@method", "@target-uri", "content-type", "content-digest", "idempotency-key")
KEYS = {
    Algorithm.ED25519: (algorithms.ED25519, ed25519.Ed25519PrivateKey.generate()),
    Algorithm.ECDSA_P256: (algorithms.ECDSA_P256_SHA256, ec.generate_private_key(ec.SECP256R1())),
    Algorithm.RSA: (algorithms.RSA_V1_5_SHA256, rsa.generate_private_key(65537, 2048)),
}
NOW = dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC)


def lower(headers) -> dict[bytes, bytes]:
    return {name.lower().encode(): value.encode("latin-1") for name, value in headers.items()}


def signed_by_the_library(algorithm: Algorithm, covered=COVERED) -> dict[bytes, bytes]:
    kind, private = KEYS[algorithm]
    digest = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
    message = SimpleNamespace(
        method="POST",
        url=URL,
        headers={
            "Content-Type": "application/json",
            "Content-Digest": f"sha-256=:{digest}:",
            "Idempotency-Key": "k-1",
        },
        body=BODY,
    )
    resolver = MappingKeyResolver(private_keys={"k": private}, public_keys={})
    HTTPMessageSigner(signature_algorithm=kind, key_resolver=resolver).sign(
        message, key_id="k", label="qika", tag="qika-partner", created=NOW,
        nonce="0123456789abcdef", covered_component_ids=covered, include_alg=False, body=BODY,
        use_existing_digest=True,
    )  # fmt: skip
    return lower(message.headers)


def key_of(algorithm: Algorithm, private=None) -> PartnerKey:
    pem = public_pem(private or KEYS[algorithm][1])
    return PartnerKey("k", "bank", algorithm, pem, NOW)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_what_the_library_signs_is_right_under_its_key_and_under_no_other(algorithm):
    headers = signed_by_the_library(algorithm)
    signed = read("POST", URL, headers)
    check_digest(headers, BODY)
    assert (signed.key_id, signed.nonce, signed.idempotency_key) == ("k", "0123456789abcdef", "k-1")
    assert signed.created == int(NOW.timestamp())
    assert is_right(key_of(algorithm), signed.signature, signed.base)
    assert not is_right(key_of(algorithm), signed.signature, signed.base + b" ")
    assert not is_right(
        key_of(algorithm), signed.signature[:-1] + bytes([signed.signature[-1] ^ 1]), signed.base
    )
    assert not is_right(key_of(algorithm), b"", signed.base)


def test_any_order_of_the_components_is_read():
    headers = signed_by_the_library(Algorithm.ED25519, COVERED[::-1])
    signed = read("POST", URL, headers)
    assert is_right(key_of(Algorithm.ED25519), signed.signature, signed.base)


def test_what_the_documented_signer_signs_the_library_accepts():
    signer = Signer.new("mine")
    headers = signer.headers(URL, BODY, created=int(NOW.timestamp()))
    resolver = MappingKeyResolver(
        private_keys={}, public_keys={"mine": signer.private.public_key()}
    )
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=resolver)
    message = SimpleNamespace(method="POST", url=URL, headers=headers, body=BODY)
    [found] = verifier.verify(message, max_age=dt.timedelta(days=36_500), expect_tag="qika-partner")
    assert found.parameters["keyid"] == "mine"
    signed = read("POST", URL, lower(headers))
    assert is_right(PartnerKey("mine", "bank", Algorithm.ED25519, signer.public, NOW),
                    signed.signature, signed.base)  # fmt: skip


def good() -> dict[bytes, bytes]:
    return lower(Signer.new("k").headers(URL, BODY, created=int(NOW.timestamp())))


def changed(name: str, old: str, new: str) -> dict[bytes, bytes]:
    headers = good()
    value = headers[name.encode()]
    assert old.encode() in value
    return headers | {name.encode(): value.replace(old.encode(), new.encode())}


@pytest.mark.parametrize(
    ("headers", "fault"),
    [
        ({}, SignatureFault.MISSING),
        (good() | {b"signature": b""}, SignatureFault.UNREADABLE),
        (good() | {b"signature": b"qika=:*:"}, SignatureFault.UNREADABLE),
        (good() | {b"signature": b"qika=:A:"}, SignatureFault.UNREADABLE),
        (changed("signature", "qika=", "other="), SignatureFault.UNREADABLE),
        (good() | {b"signature-input": b"x" * 3_000}, SignatureFault.UNREADABLE),
        (changed("signature-input", "qika=(", "qika=(("), SignatureFault.UNREADABLE),
        (changed("signature-input", ' "idempotency-key"', ""), SignatureFault.COMPONENTS),
        (changed("signature-input", '"@method"', '"date"'), SignatureFault.COMPONENTS),
        (changed("signature-input", '"@method"', '"@method" "@method"'), SignatureFault.COMPONENTS),
        (good() | {b"idempotency-key": b""}, SignatureFault.COMPONENTS),
        (good() | {b"idempotency-key": b"k" * 129}, SignatureFault.COMPONENTS),
        (changed("signature-input", "qika-partner", "other"), SignatureFault.PARAMETERS),
        (changed("signature-input", ";created=", ";made="), SignatureFault.PARAMETERS),
        (changed("signature-input", ";created=", ";created=1;created="), SignatureFault.PARAMETERS),
        (changed("signature-input", ";tag=", ";expires=1;tag="), SignatureFault.PARAMETERS),
        (changed("signature-input", ";tag=", "; tag="), SignatureFault.PARAMETERS),
        (changed("signature-input", ';keyid="k"', ';keyid=""'), SignatureFault.PARAMETERS),
        (changed("signature-input", ';keyid="k"', ";keyid=7"), None),
    ],
)  # fmt: skip
def test_what_is_not_in_the_profile_is_refused_with_its_fault(headers, fault):
    if fault is None:
        assert read("POST", URL, headers).key_id == "7"
        return
    with pytest.raises(SignatureError) as refused:
        read("POST", URL, headers)
    assert refused.value.fault is fault


@pytest.mark.parametrize("digest", [b"", b"sha-512=:AAAA:", b"sha-256=:AAAA:"])
def test_a_body_without_its_own_digest_is_refused(digest):
    with pytest.raises(SignatureError) as refused:
        check_digest(good() | {b"content-digest": digest}, BODY)
    assert refused.value.fault is SignatureFault.DIGEST
    with pytest.raises(SignatureError):
        check_digest(good(), BODY + b" ")


@given(st.dictionaries(
    st.sampled_from([b"signature", b"signature-input", b"idempotency-key", b"content-type"]),
    st.binary(max_size=60),
))  # fmt: skip
def test_no_header_makes_the_reader_stumble(headers):
    with contextlib.suppress(SignatureError):
        read("POST", URL, good() | headers)


@pytest.mark.parametrize(
    ("algorithm", "private"),
    [
        (Algorithm.RSA, rsa.generate_private_key(65537, 1024)),
        (Algorithm.ECDSA_P256, ec.generate_private_key(ec.SECP384R1())),
        (Algorithm.ED25519, KEYS[Algorithm.RSA][1]),
    ],
)
def test_a_key_of_another_kind_or_too_short_cannot_be_used(algorithm, private):
    with pytest.raises(UnusableKeyError):
        checker(algorithm, public_pem(private))


def test_what_is_no_key_cannot_be_used():
    with pytest.raises(UnusableKeyError):
        checker(Algorithm.ED25519, "no key")


def test_every_fault_of_a_signature_is_a_fault_of_a_field():
    assert {one.value for one in SignatureFault} <= {one.value for one in FaultCode}
