"""Exchange files: what is whole is read as it was written, what is not names line and remedy."""

import contextlib
import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from qika.activation.request import Presented
from qika.authority.partner import ANY, Algorithm, Partner, PartnerKey, Scope
from qika.operations.exchange.records import FileKind, Header, ResultRow, control
from qika.operations.registry import Roll
from qika.partners.exchange.faults import ExchangeError, ExchangeFault, LayoutError
from qika.partners.exchange.layout import Record, packaged_layout, parse_layout
from qika.partners.exchange.reading import read_file
from qika.partners.exchange.signature import signer_of
from qika.partners.exchange.words import explain, refusal_text, words
from qika.partners.exchange.writing import results_file
from qika.terms.names import Application, DocumentCode, Language, Who
from qika.web.signing.verifying import is_right

from tests.bank_files import LAYOUTS, bank_file, row, signature_file
from tests.signers import public_pem

OUTSIDE_GBK = "\u674e\U0002c029"  # a name with a character that GBK does not have
AGENT = {
    "channel": "bank_entrusted", "agent_number": "P1234567", "agent_name": OUTSIDE_GBK,
    "letter_signed_on": "20260301", "applications": "social financial",
}  # fmt: skip
BOTH = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


def refused(content: bytes, layout) -> tuple[ExchangeFault, int]:
    with pytest.raises(ExchangeError) as error:
        read_file(content, layout)
    return error.value.fault, error.value.line


@BOTH
def test_a_file_is_read_as_it_was_written(layout):
    file = read_file(bank_file(layout, [row(1), row(2, **AGENT)]), layout)
    assert file.header == Header(FileKind.ACTIVATIONS, "102", "990000", dt.date(2026, 3, 2), 1)
    first, second = file.rows
    assert (first.line, first.issuer, first.who) == (2, "990000", Who.HOLDER)
    assert first.occurred_at.isoformat() == "2026-03-02T10:00:00+08:00"
    assert first.presented == (
        Presented(DocumentCode("card"), Who.HOLDER),
        Presented(DocumentCode("id_card"), Who.HOLDER, dt.date(2030, 1, 1)),
    )
    assert (second.who, second.agent) == (Who.AGENT, ("P1234567", OUTSIDE_GBK))
    assert second.applications == (Application.SOCIAL, Application.FINANCIAL)
    assert second.letter.signed_on == dt.date(2026, 3, 1)


@BOTH
def test_line_ends_of_either_kind_are_read(layout):
    content = bank_file(layout, [row(1)])
    assert (
        read_file(content.replace(b"\r\n", b"\n"), layout).rows == read_file(content, layout).rows
    )


@BOTH
def test_an_empty_day_is_a_file_too(layout):
    assert read_file(bank_file(layout, []), layout).rows == []


WRONG = {
    "torn in the middle of a line": (lambda whole: whole[:-30], ExchangeFault.TORN),
    "without a trailer": (
        lambda whole: b"".join(whole.splitlines(keepends=True)[:-1]), ExchangeFault.TORN,
    ),
    "without the end of its last line": (lambda whole: whole.rstrip(), ExchangeFault.TORN),
    "empty": (lambda whole: b"", ExchangeFault.TORN),
}  # fmt: skip


@BOTH
@pytest.mark.parametrize("name", list(WRONG))
def test_a_torn_file_is_refused(layout, name):
    spoil, fault = WRONG[name]
    assert refused(spoil(bank_file(layout, [row(1), row(2)])), layout)[0] is fault


@BOTH
@pytest.mark.parametrize(
    ("changes", "fault", "line"),
    [
        ({"count": "3"}, ExchangeFault.COUNT, 4),
        ({"count": "1"}, ExchangeFault.COUNT, 4),
        ({"total": "7"}, ExchangeFault.TOTAL, 4),
        ({"layout": "OTHER"}, ExchangeFault.FIELD, 1),
        ({"kind": "results"}, ExchangeFault.KIND, 1),
        ({"kind": "other"}, ExchangeFault.FIELD, 1),
        ({"day": "20260230"}, ExchangeFault.FIELD, 1),
        ({"sequence": "0"}, ExchangeFault.FIELD, 1),
        ({"sequence": "x"}, ExchangeFault.FIELD, 1),
        ({"bank": ""}, ExchangeFault.FIELD, 1),
    ],
)
def test_wrong_totals_and_headers_are_refused_with_their_line(layout, changes, fault, line):
    assert refused(bank_file(layout, [row(1), row(2)], **changes), layout) == (fault, line)


@BOTH
@pytest.mark.parametrize(
    "changes",
    [
        {"card_number": ""},
        {"channel": "XX"},
        {"who": "99"},
        {"occurred_at": "20260302"},
        {"occurred_at": ""},
        {"applications": "other"},
        {"point_id": ""},
        {"presented": "card"},
        {"presented": "card:nobody"},
        {"presented": "card:holder:soon"},
        {"letter_number": "7"},
        {"letter_signed_on": "20261301"},
    ],
    ids=str,
)
def test_a_wrong_field_is_refused_with_its_line_and_what_is_allowed(layout, changes):
    changes = {name: value if layout.form == "csv" else value[:2] if name in {"who", "applications"}
               else value for name, value in changes.items()}  # fmt: skip
    content = bank_file(layout, [row(1), row(2, **changes)])
    assert refused(content, layout) == (ExchangeFault.FIELD, 3)


def test_another_encoding_is_refused_with_its_line():
    fixed, plain = LAYOUTS["fixed"], LAYOUTS["csv"]
    as_gb = bank_file(plain, [row(1), row(2, **AGENT)]).decode("utf-8").encode("gb18030")
    assert refused(as_gb, plain) == (ExchangeFault.ENCODING, 3)
    marked = b"\xef\xbb\xbf" + bank_file(fixed, [row(1)])
    assert refused(marked, fixed) == (ExchangeFault.ENCODING, 1)
    assert read_file(b"\xef\xbb\xbf" + bank_file(plain, [row(1)]), plain).rows
    broken = bank_file(fixed, [row(1), row(2)]).replace(b"T00000002", b"T0000000\xff")
    assert refused(broken, fixed) == (ExchangeFault.ENCODING, 3)


@BOTH
def test_a_record_that_does_not_belong_is_refused_with_its_line(layout):
    whole = bank_file(layout, [row(1), row(2)]).splitlines(keepends=True)
    header, first, second, trailer = whole
    for lines, line in (
        ((first, first, second, trailer), 1),
        ((header, first, header, trailer), 3),
        ((header, first, first[:-5] + b"\r\n", trailer), 3),
        ((header, first, b"\r\n", trailer), 3),
    ):
        fault, at = refused(b"".join(lines), layout)
        assert (fault, at) == (ExchangeFault.RECORD, line), lines


@given(st.binary(max_size=400), st.sampled_from(sorted(LAYOUTS)), st.integers(0, 900))
def test_no_bytes_make_the_reader_stumble(noise, name, start):
    layout = LAYOUTS[name]
    whole = bank_file(layout, [row(1), row(2)])
    for content in (noise, whole[:start] + noise + whole[start:]):
        with contextlib.suppress(ExchangeError):
            read_file(content, layout)


# -- totals and results --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "adds"), [("T00000012", 12), ("123456789012", 456_789_012), ("AB", 0), ("\u0661", 0)]
)
def test_a_card_number_adds_its_last_nine_digits(number, adds):
    assert control(number) == adds


@BOTH
def test_results_are_counted_and_added_up(layout):
    header = Header(FileKind.RESULTS, "102", "990000", dt.date(2026, 3, 2), 7)
    rows = [
        ResultRow(2, "990000", "T00000001", "activated", False, "normal", "normal"),  # noqa: FBT003
        ResultRow(3, "990000", "T00000002", "wrong_bank", False, "", ""),  # noqa: FBT003
    ]
    lines = results_file(layout, header, rows).splitlines()
    told = layout.read(lines[1], 2, Record.RESULT)
    assert (told["of_line"], told["status"], told["social"]) == ("2", "activated", "normal")
    assert layout.read(lines[-1], 4, Record.TRAILER) == {"type": "T", "count": "2", "total": "3"}
    assert layout.read(lines[0], 1, Record.HEADER)["kind"] == "results"


# -- signatures ----------------------------------------------------------------------------------

KEYS = {
    Algorithm.ED25519: ed25519.Ed25519PrivateKey.generate(),
    Algorithm.ECDSA_P256: ec.generate_private_key(ec.SECP256R1()),
    Algorithm.RSA: rsa.generate_private_key(65_537, 2_048),
}
NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
EVERY = frozenset({ANY})
BANK = Partner("bank", "Bank", Scope(EVERY, EVERY, EVERY, EVERY, EVERY))


def roll(algorithm: Algorithm, **changes) -> Roll:
    pem = public_pem(KEYS[algorithm])
    key = PartnerKey("bank-1", "bank", algorithm, pem, NOW, **changes)
    return Roll({"bank": BANK}, {"bank-1": key})


def signed(algorithm: Algorithm, content: bytes) -> bytes:
    """Sign as openssl does: pkeyutl -rawin for Ed25519, dgst -sha256 for the others."""
    private = KEYS[algorithm]
    match algorithm:
        case Algorithm.ED25519:
            return private.sign(content)
        case Algorithm.ECDSA_P256:
            return private.sign(content, ec.ECDSA(SHA256()))
        case Algorithm.RSA:
            return private.sign(content, padding.PKCS1v15(), SHA256())


def fault_of(content: bytes, signature: bytes, of: Roll) -> ExchangeFault:
    with pytest.raises(ExchangeError) as error:
        signer_of(content, signature, of, NOW, is_right)
    return error.value.fault


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_signature_of_each_kind_is_right_for_its_bytes_alone(algorithm):
    made = signature_file(signed(algorithm, b"file"))
    assert signer_of(b"file", made, roll(algorithm), NOW, is_right) == BANK
    assert fault_of(b"file ", made, roll(algorithm)) is ExchangeFault.SIGNATURE_WRONG
    assert fault_of(b"file", signature_file(b"x"), roll(algorithm)) is ExchangeFault.SIGNATURE_WRONG


def test_a_signature_by_an_unknown_or_ended_key_or_that_cannot_be_read_is_refused():
    made, ours = signature_file(signed(Algorithm.ED25519, b"file")), roll(Algorithm.ED25519)
    other = signature_file(signed(Algorithm.ED25519, b"file"), "bank-2")
    assert fault_of(b"file", other, ours) is ExchangeFault.KEY_UNKNOWN
    ended = roll(Algorithm.ED25519, not_after=NOW)
    assert fault_of(b"file", made, ended) is ExchangeFault.KEY_NOT_IN_FORCE
    for text in (b"", b"keyid: bank-1", made + b"more", b"x" * 9_000, made.replace(b": ", b":=")):
        assert fault_of(b"file", text, ours) is ExchangeFault.SIGNATURE_UNREADABLE


# -- words and layouts ---------------------------------------------------------------------------


def test_every_fault_says_what_is_wrong_and_what_to_do_in_both_languages():
    names = "limit encoding record kind field allowed told found expected"
    details = dict.fromkeys(names.split(), "x")
    for fault in ExchangeFault:
        for language in Language:
            assert len(explain(ExchangeError(fault, 1, **details), language)) > 10
    assert list(words()) == list(ExchangeFault)


def test_the_refusal_names_file_line_and_remedy():
    text = refusal_text(ExchangeError(ExchangeFault.COUNT, 9, told=2, found=3), "a.txt")
    assert text.splitlines()[:3] == ["file: a.txt", "code: count", "line: 9"]
    assert "The trailer counts 2 rows, the file has 3." in text


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('form = "fixed"', 'form = "other"', "form"),
        ('encoding = "gb18030"', 'encoding = "klingon"', "encoding"),
        ("sequence = 6", "number = 6", "header"),
        ("sequence = 6", "sequence = 0", "header"),
        ("sequence = 6", 'sequence = "6"', "header"),
        ('trailer = "T"', 'trailer = "D"', "types"),
        ('trailer = "T"', "", "types"),
        ('02 = "financial"', "02 = 2", "values.applications"),
        ("[trailer]", "[trailer", "fixed"),
    ],
)
def test_a_layout_that_cannot_be_used_names_its_key(old, new, key):
    text = packaged_layout("fixed")
    assert old in text
    with pytest.raises(LayoutError, match=key.replace(".", r"\.")):
        parse_layout(text.replace(old, new), "fixed")


def test_a_cell_that_does_not_fit_is_never_cut_off():
    with pytest.raises(ValueError, match="does not fit"):
        LAYOUTS["fixed"].written(Record.ROW, row(1, card_number="T" * 21))
