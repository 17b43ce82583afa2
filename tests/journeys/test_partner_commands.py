"""A partner is put on the roll, sends signed requests over HTTP, and is suspended."""

import json
import time

import httpx
import pytest

from tests.journeys.terminal import Terminal, activation, card_row, cards_csv
from tests.journeys.test_demo import serving
from tests.signers import Signer

SAID = activation("T00000001", "r1", occurred_at="2026-03-02T10:00:00+08:00")


@pytest.fixture
def city(tmp_path) -> Terminal:
    terminal = Terminal(tmp_path)
    rows = [card_row(f"T{number:08d}") for number in range(4)]
    assert terminal.type("import", "cards", terminal.file("c.csv", cards_csv(rows))).code == 0
    return terminal


@pytest.fixture
def signer(city) -> Signer:
    made = Signer.new("bank-1")
    city.json("partners", "put", "bank", "--name", "Bank", "--regions", "990000",
              "--channels", "bank_counter", "--banks", "*")  # fmt: skip
    city.json("partners", "add-key", "bank", "bank-1", city.file("public.pem", made.public))
    return made


def test_the_roll_is_listed_in_words_and_as_json(city, signer):
    [bank] = city.json("partners", "list")["partners"]
    assert (bank["id"], bank["regions"], bank["points"]) == ("bank", ["990000"], ["*"])
    assert [key["id"] for key in bank["keys"]] == ["bank-1"]
    said = city.type("partners", "list")
    assert "Bank (bank)" in said.out
    assert "bank-1" in said.out
    assert "合作机构" in Terminal(city.folder / "empty").type("partners", "list", lang="zh").out


def test_wrong_commands_say_what_is_wrong(city, signer):
    pem = city.file("public.pem", signer.public)
    for words, code, text in (
        (("add-key", "nobody", "k", pem), 1, "no partner"),
        (("add-key", "bank", "bank-1", pem), 1, "already"),
        (("suspend", "nobody"), 1, "no partner"),
        (("end-key", "bank-9"), 1, "no partner or key"),
        (("end-key", "bank-1", "--at", "tomorrow"), 2, "no time"),
        (("end-key", "bank-1", "--at", "2026-11-22T10:00:00"), 2, "no time"),
        (("add-key", "bank", "k", city.file("no.pem", "no key")), 2, "cannot be used"),
        (("add-key", "bank", "k", pem, "--algorithm", "rsa-v1_5-sha256"), 2, "cannot be used"),
    ):
        said = city.type("partners", *words)
        assert (said.code, text in said.err) == (code, True), (words, said)
    city.json("partners", "add-key", "bank", "bank-2", pem)
    said = city.type("partners", "add-key", "bank", "bank-3", pem)
    assert (said.code, "bank-1, bank-2" in said.err) == (1, True)
    ended = city.json("partners", "end-key", "bank-1")["partners"][0]["keys"][0]
    assert ended["not_after"]


def test_two_processes_take_a_signature_once_and_a_suspended_partner_is_refused(city, signer):
    words = ("serve", "--workers", "2", "--doors", "partner")
    with serving(*words, folder=city.folder / "data") as served:
        url = str(served.http.base_url).rstrip("/")
        body = json.dumps(SAID | {"point_id": "list:1"}).encode()
        unsigned = httpx.post(f"{url}/v1/activations", content=body,
                              headers={"Content-Type": "application/json"})  # fmt: skip
        assert unsigned.json()["code"] == "unsigned"
        headers = signer.headers(f"{url}/v1/activations", body, created=int(time.time()))
        answers = [httpx.post(f"{url}/v1/activations", content=body, headers=headers)
                   for _ in range(8)]  # fmt: skip
        assert [one.status_code for one in answers] == [200] + [401] * 7, answers[0].text
        assert {one.json()["errors"][0]["code"] for one in answers[1:]} == {"signature_replayed"}
        city.json("partners", "suspend", "bank")
        assert refused_at_last(url, signer, body) == [("signature", "partner_suspended")]


def refused_at_last(url: str, signer: Signer, body: bytes) -> list[tuple[str, str]]:
    """Send until the processes have heard of the change, which takes about two seconds."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        headers = signer.headers(f"{url}/v1/activations", body, created=int(time.time()))
        answer = httpx.post(f"{url}/v1/activations", content=body, headers=headers)
        if answer.status_code == 403:
            return [(one["field"], one["code"]) for one in answer.json()["errors"]]
    raise AssertionError("still accepted")
