"""Alipay's gateway from our side: signed both ways, bounded, and nothing else believed."""

import asyncio
import base64
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from hypothesis import given
from hypothesis import strategies as st

from qika.operations.online import CheckFailedError, CheckFault, Proof
from qika.partners.alipay import (
    AlipayClient,
    AlipayFaceCheck,
    KeyTextError,
    Patience,
    gateway_client,
    private_key_of,
    public_key_of,
)
from qika.partners.alipay.client import ANSWER_BYTES_MAX, QUERY, TRIES_MAX
from qika.partners.alipay.signing import sign, signed_node, signed_text
from qika.partners.simulators.alipay import CODE_LASTS, Face, Fault
from qika.storage.browser_seal import BrowserSeal
from qika.storage.vault import Vault, place_of
from qika.terms.names import Language
from qika.web.speech import SPEECH
from qika.wiring.online import (
    NAMES,
    AlipayFault,
    AlipaySettingError,
    alipay_setting,
    gateway_of,
)

from tests.alipay_gateway import gateway_at, key

NOW = datetime.fromisoformat("2026-11-20T23:59:30+08:00")
NAME, NUMBER = "示例·测试", "990000199001010014"
BACK = "https://card.example/zh/back?state=w0rd"
IMPATIENT = Patience(try_s=0.3)


class Clock:
    """Time that stands still until a test moves it; told in UTC, as a server's may be."""

    def __init__(self):
        self.at = NOW

    def __call__(self):
        return self.at.astimezone(UTC)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def running(clock):
    with gateway_at(clock) as served:
        yield served


@pytest.fixture
def asking(running, clock):
    """Give a function that runs a piece of work with a client of the double."""

    def run(work, gateway=None, patience=None, clock=clock):
        async def inside():
            async with gateway_client("0") as http:
                client = AlipayClient(gateway or running.gateway, http, clock, patience)
                return await work(client)

        return asyncio.run(inside())

    return run


def begun(client, order="o1"):
    return client.initialize(order, NAME, NUMBER, BACK)


def fault_of(asking, work, **how):
    with pytest.raises(CheckFailedError) as failed:
        asking(work, **how)
    return failed.value


def person(page, face):
    """Open the page a person is sent to, choose, and give where one is sent back to."""
    with httpx.Client(follow_redirects=False) as browser:
        shown = browser.get(page)
        assert shown.status_code == 200, shown.text
        certify_id = re.search(r'name="certify_id" value="(\w+)"', shown.text)[1]
        action = f"{urlsplit(page).scheme}://{urlsplit(page).netloc}/decide"
        return browser.post(action, data={"certify_id": certify_id, "face": face})


# -- one check, once through ---------------------------------------------------------------------


@pytest.mark.parametrize(("face", "passed"), [("holder", "T"), ("other", "F"), ("nobody", "F")])
def test_a_check_passes_only_by_the_holders_own_face(asking, face, passed):
    check_id = asking(begun)
    assert asking(lambda client: client.query(check_id)).passed == "F"

    async def page(client):
        return client.page(check_id)

    back = person(asking(page), face)
    assert (back.status_code, back.headers["location"]) == (303, BACK)
    assert asking(lambda client: client.query(check_id)).passed == passed


def test_alipay_is_told_what_it_needs_and_to_keep_no_face(asking, running):
    asking(begun)
    (check,) = running.double.checks.values()
    assert check.said == {
        "outer_order_no": "o1",
        "biz_code": "FACE",
        "identity_param": {
            "identity_type": "CERT_INFO",
            "cert_type": "IDENTITY_CARD",
            "cert_name": NAME,
            "cert_no": NUMBER,
        },
        "merchant_config": {"return_url": BACK, "face_reserve_strategy": "never"},
    }


def test_no_address_names_anybody(asking, running):
    seen = []

    async def work(client):
        client._http.event_hooks = {"request": [_remember(seen)]}
        check_id = await begun(client)
        await client.query(check_id)
        return client.page(check_id)

    addresses = [*[str(one.url) for one in _requests(asking, work, seen)]]
    decoded = " ".join(str(dict(parse_qsl(urlsplit(one).query))) for one in addresses)
    assert "2026-11-20 23:59:30" in decoded
    assert not any(word in decoded for word in (NAME, NUMBER, 'biz_content": {"outer'))


def _remember(seen):
    async def hook(request):
        seen.append(request)

    return hook


def _requests(asking, work, seen):
    page = asking(work)
    return [*seen, httpx.Request("GET", page)]


def test_the_same_order_number_is_the_same_check(asking, running):
    assert asking(begun) == asking(begun)
    assert asking(lambda client: begun(client, "o2")) != asking(begun)


def test_a_code_of_a_mini_program_is_good_once_and_for_minutes(asking, running, clock):
    code = running.double.issue_code()
    assert asking(lambda client: client.token(code)).open_id
    again = fault_of(asking, lambda client: client.token(code))
    assert (again.fault, again.reason) == (CheckFault.REFUSED, "isv.code-invalid")
    old = running.double.issue_code()
    clock.at += CODE_LASTS + timedelta(seconds=1)
    assert fault_of(asking, lambda client: client.token(old)).reason == "isv.code-invalid"


# -- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "means", "calls"),
    [
        (Fault.WRONG_SIGNATURE, CheckFault.UNTRUSTED, 1),
        (Fault.TAMPERED, CheckFault.UNTRUSTED, 1),
        (Fault.UNSIGNED, CheckFault.UNTRUSTED, 1),
        (Fault.NOT_JSON, CheckFault.UNTRUSTED, 0),
        (Fault.SERVER_ERROR, CheckFault.LATE, 0),
        (Fault.AWAY, CheckFault.LATE, TRIES_MAX),
        (Fault.REFUSED, CheckFault.REFUSED, 1),
    ],
)
def test_every_fault_is_told_apart_and_only_lateness_is_tried_again(
    asking, running, fault, means, calls
):
    check_id = asking(begun)
    running.double.asked.clear()
    running.double.fault = fault
    told = fault_of(asking, lambda client: client.query(check_id))
    assert told.fault is means
    assert len(running.double.asked) == calls
    assert not any(word in str(told) for word in (NAME, NUMBER))
    running.double.fault = Fault.NONE
    assert asking(lambda client: client.query(check_id)).passed == "F"


def test_what_comes_late_is_not_waited_for_and_lost_is_nothing(asking, running):
    running.double.fault = Fault.LATE
    told = fault_of(asking, begun, patience=IMPATIENT)
    assert (told.fault, told.reason) == (CheckFault.LATE, "TimeoutError")
    running.double.fault = Fault.NONE
    assert asking(begun) == asking(begun)
    assert len(running.double.checks) == 1


def test_nobody_there_is_late(asking, running):
    nowhere = replace(running.gateway, url="http://127.0.0.1:1/gateway.do")
    assert fault_of(asking, begun, gateway=nowhere).fault is CheckFault.LATE


def test_a_code_is_never_tried_twice(asking, running):
    running.double.fault = Fault.AWAY
    assert fault_of(asking, lambda client: client.token("c")).fault is CheckFault.LATE
    assert len(running.double.asked) == 1


def test_a_key_that_is_not_ours_and_a_clock_that_is_wrong_are_refused(asking, running, clock):
    forged = replace(running.gateway, key=key("forger"))
    assert fault_of(asking, begun, gateway=forged).reason == "isv.invalid-signature"

    def slow():
        return NOW - timedelta(minutes=6)

    assert fault_of(asking, begun, clock=slow).reason == "isv.invalid-timestamp"
    assert running.double.checks == {}


def test_too_many_who_wait_are_told_so(asking, running):
    running.double.fault = Fault.LATE

    async def work(client):
        client._waiting = 64
        await begun(client)

    assert fault_of(asking, work).reason == "too many wait already"


def test_keys_are_shown_in_no_text(running):
    assert "key" not in repr(running.gateway)


def test_pictures_are_not_read_and_a_person_is_where_one_is_named(asking, running):
    check_id = asking(begun)
    next(iter(running.double.checks.values())).face = Face.HOLDER

    def proof(client):
        return AlipayFaceCheck(client).outcome(check_id)

    assert asking(proof) == Proof(passed=True)
    running.double.fault = Fault.OTHER_PERSON
    assert asking(proof) == Proof(passed=True, name="Somebody Else", number="X0")


# -- signatures ----------------------------------------------------------------------------------

NODE = QUERY.replace(".", "_") + "_response"


def test_what_is_signed_is_in_order_of_name_without_what_is_empty():
    said = {"b": "2", "a": "示", "sign": "s", "c": ""}
    assert signed_text(said) == "a=示&b=2".encode()
    signature = base64.b64decode(sign(signed_text(said), key("app")))
    key("app").public_key().verify(
        signature, "a=示&b=2".encode(), padding.PKCS1v15(), hashes.SHA256()
    )


@given(
    st.dictionaries(st.text(max_size=6), st.text(max_size=6), max_size=3),
    st.sampled_from(["", " ", "\n\t "]),
    st.booleans(),
    st.booleans(),
)
def test_the_node_is_read_as_it_was_written_wherever_it_stands(inside, blank, first, ascii_):
    text = json.dumps(inside | {"passed": "F"}, ensure_ascii=ascii_).encode()
    signed = sign(text, key("alipay")).encode()
    members = [b'"%s"%b:%b%b' % (NODE.encode(), blank.encode(), blank.encode(), text)]
    members.insert(0 if first else 1, b'"sign":"%b"' % signed)
    body = b"%b{%b}" % (blank.encode(), (b"," + blank.encode()).join(members))
    assert signed_node(body, QUERY, key("alipay").public_key()) == text
    assert signed_node(body.replace(b'"F"', b'"T"'), QUERY, key("alipay").public_key()) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b'{"sign":"x"}',
        b'{"%s":{}}' % NODE.encode(),
        b'{"%s":{},"sign":7}' % NODE.encode(),
        b'{"%s":{},"sign":"?"}' % NODE.encode(),
        '{"%s":{},"sign":"示"}'.encode() % NODE.encode(),
    ],
)
def test_what_is_no_answer_is_none(body):
    assert signed_node(body, QUERY, key("alipay").public_key()) is None


def test_an_answer_to_another_question_is_not_this_one():
    text = b'{"code":"10000","passed":"T"}'
    body = b'{"alipay_other_response":%b,"sign":"%b"}' % (text, sign(text, key("alipay")).encode())
    assert signed_node(body, QUERY, key("alipay").public_key()) is None
    assert len(body) < ANSWER_BYTES_MAX


# -- keys ----------------------------------------------------------------------------------------


def bare(pem):
    return b"".join(pem.strip().splitlines()[1:-1])


@pytest.mark.parametrize(
    "form", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL]
)
def test_our_key_is_read_framed_and_bare(form):
    pem = key("app").private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    for text in (pem, bare(pem), bare(pem) + b"\n"):
        assert private_key_of(text).private_numbers() == key("app").private_numbers()


def test_alipays_key_is_read_framed_and_bare():
    public = key("alipay").public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for text in (pem, bare(pem)):
        assert public_key_of(text).public_numbers() == public.public_numbers()


def pem_of(one, passphrase=None):
    hidden = (
        serialization.BestAvailableEncryption(passphrase)
        if passphrase
        else serialization.NoEncryption()
    )
    return one.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)


def test_what_is_no_such_key_is_refused_and_never_shown():
    small = generate_private_key(65_537, 1_024)
    curve = ec.generate_private_key(ec.SECP256R1())
    wrong = [b"", b"secret words", pem_of(small), pem_of(curve), pem_of(key("app"), b"p")]
    for text in wrong:
        with pytest.raises(KeyTextError) as refused:
            private_key_of(text)
        assert "secret" not in str(refused.value)
    for text in (b"", b"AAAA", pem_of(key("app"))):
        with pytest.raises(KeyTextError):
            public_key_of(text)


# -- what a browser carries ----------------------------------------------------------------------


def test_what_a_browser_carries_opens_only_as_it_was_given_and_only_here(tmp_path):
    vault = Vault.create(tmp_path / "a.keys")
    seal, other = BrowserSeal(vault), BrowserSeal(Vault.create(tmp_path / "b.keys"))
    sealed = seal.close(b"begun")
    assert re.fullmatch(r"[A-Za-z0-9_-]+", sealed)
    assert seal.open(sealed) == b"begun"
    assert other.open(sealed) is None
    for place in range(len(sealed) - 1):
        changed = "A" if sealed[place] != "A" else "B"
        assert seal.open(sealed[:place] + changed + sealed[place + 1 :]) is None
    for text in ("", "A" * 47, "A" * 48, "A" * 4_000, "示" * 60, "!" * 60):
        assert seal.open(text) is None
    elsewhere = vault.seal(b"begun", place_of("holder", "sealed", b""))
    assert seal.open(base64.urlsafe_b64encode(elsewhere).decode()) is None


# -- settings ------------------------------------------------------------------------------------

ORIGIN = "https://card.example"


@pytest.fixture
def setting(tmp_path):
    """Give what an operator sets, with the files that it names."""
    ours, theirs = tmp_path / "app.key", tmp_path / "alipay.pub"
    ours.touch(mode=0o600)
    ours.write_bytes(pem_of(key("app")))
    public = key("alipay").public_key()
    theirs.write_bytes(
        public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    gateway = "https://openapi.alipay.com/gateway.do"
    return dict(zip(NAMES, ("2021000000000001", str(ours), str(theirs), gateway), strict=True))


def test_nothing_set_is_no_channel_and_all_set_is_one(setting):
    assert alipay_setting(ORIGIN, {}) is None
    found = alipay_setting(ORIGIN, setting)
    assert gateway_of(found).key.private_numbers() == key("app").private_numbers()


@pytest.mark.parametrize("name", NAMES)
def test_half_a_setting_names_what_is_missing(setting, name):
    with pytest.raises(AlipaySettingError) as refused:
        alipay_setting(ORIGIN, setting | {name: ""})
    assert (refused.value.fault, refused.value.text) == (AlipayFault.INCOMPLETE, name)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({NAMES[0]: "../x"}, AlipayFault.APP_ID),
        ({NAMES[1]: "/nowhere"}, AlipayFault.KEY),
        ({NAMES[2]: "/nowhere"}, AlipayFault.KEY),
        ({NAMES[3]: "http://openapi.alipay.com/gateway.do"}, AlipayFault.GATEWAY),
        ({NAMES[3]: "https://user@host/gateway.do"}, AlipayFault.GATEWAY),
        ({NAMES[3]: "http://127.0.0.1.evil.example/"}, AlipayFault.GATEWAY),
    ],
)
def test_a_wrong_setting_is_refused_by_its_kind(setting, changed, fault):
    with pytest.raises(AlipaySettingError) as refused:
        alipay_setting(ORIGIN, setting | changed)
    assert refused.value.fault is fault


def test_an_origin_is_needed_and_a_key_that_others_may_read_is_not_taken(setting):
    with pytest.raises(AlipaySettingError) as refused:
        alipay_setting("", setting)
    assert refused.value.fault is AlipayFault.ORIGIN
    Path(setting[NAMES[1]]).chmod(0o640)
    with pytest.raises(AlipaySettingError) as refused:
        alipay_setting(ORIGIN, setting)
    assert refused.value.fault is AlipayFault.KEY_OPEN


@pytest.mark.parametrize("fault", list(AlipayFault))
def test_every_fault_of_a_setting_has_words_for_the_operator(fault):
    for language in Language:
        assert "QIKA_X" in SPEECH[language].t(f"terminal-alipay-{fault}", text="QIKA_X")
