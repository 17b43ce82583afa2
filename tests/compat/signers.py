"""The signers that partners copy, in Python, Java and Go, each before a real server.

``python -m tests.compat.signers``; needs javac, java and go. Ends with 1 at the first thing that is
not as said.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.journeys.terminal import ISSUER, Terminal, activation, card_row, cards_csv
from tests.journeys.test_activation_streams import LINES
from tests.journeys.test_command_line import POINT_COLUMNS, POINTS
from tests.journeys.test_demo import Running, serving
from tests.journeys.test_signed import PATH
from tests.signers import DOCUMENTED, Signer

FOLDER = DOCUMENTED.parent
JSON, CHECK = "application/json", "/v1/signature-check"
PARTNER = "bank"
COPIED = """
import sys
from pathlib import Path
from sign import signed_get_headers, signed_headers

key, key_id, url, *rest = sys.argv[1:]
pem = Path(key).read_bytes()
headers = (
    signed_headers(pem, key_id, url, Path(rest[0]).read_bytes(), rest[1], content_type=rest[2])
    if rest
    else signed_get_headers(pem, key_id, url)
)
for one in headers.items():
    print(*one, sep=": ")
"""
"""A program that sign.py was copied into; the other two have one in them."""


def built(folder: Path) -> dict[str, Sequence[str]]:
    """Compile what is to be compiled; give the command of each signer."""
    (folder / "sign.py").write_bytes(DOCUMENTED.read_bytes())
    (folder / "program.py").write_text(COPIED)
    done("javac", "-Xlint:all", "-Werror", "-d", str(folder), str(FOLDER / "Sign.java"))
    done("go", "build", "-o", str(folder / "sign"), str(FOLDER / "sign.go"))
    return {
        "Python": (sys.executable, str(folder / "program.py")),
        "Java": ("java", "-cp", str(folder), "Sign"),
        "Go": (str(folder / "sign"),),
    }


def done(*words: str) -> str:
    """Run a program to its end; give what it said."""
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


@dataclass(frozen=True)
class Side:
    """A partner whose requests one signer signs."""

    name: str
    command: Sequence[str]
    folder: Path
    key_id: str
    served: Running

    def signed(self, path: str, *rest: str) -> dict[str, str]:
        """Let the signer make the headers, of a GET if there is no body."""
        url = f"{self.served.http.base_url}".rstrip("/") + path
        key = str(self.folder / "private.pem")
        said = done(*self.command, key, self.key_id, url, *rest)
        return dict(line.split(": ", 1) for line in said.splitlines())

    def of_body(self, path: str, body: bytes, key: str, kind: str = JSON) -> dict[str, str]:
        """Let the signer make the headers of a POST."""
        file = self.folder / "body"
        file.write_bytes(body)
        return self.signed(path, str(file), key, kind)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        return self.served.http.post(path, content=body, headers=headers)

    def expect(self, what: str, *, holds: bool) -> None:
        """Say what was found; end the program if it does not hold."""
        sys.stdout.write(f"{'ok  ' if holds else 'FAIL'} {self.name}: {what}\n")
        if not holds:
            sys.exit(1)


def tried(side: Side) -> None:
    """A signature that is tried, over the body and over another one."""
    body = b'{"anything": 1}'
    headers = side.of_body(CHECK, body, f"{side.name}-0")
    right = side.post(CHECK, body, headers).json()
    side.expect(
        "a signature is accepted", holds=(right["accepted"], right["partner"]) == (True, PARTNER)
    )
    wrong = side.post(CHECK, body.replace(b"1", b"2"), headers).json()
    side.expect("of a changed body it is not", holds=wrong["code"] == "content_digest")
    other = headers | {"Idempotency-Key": "other"}
    wrong = side.post(CHECK, body, other).json()
    side.expect("nor of a changed header", holds=wrong["code"] == "signature_wrong")


def activated(side: Side, number: str, states: Callable[[str], tuple[str, str]]) -> None:
    """An activation: changed, as signed, sent twice, and signed anew."""
    body = json.dumps(activation(number, f"{side.name}-1", point_id="p:b1")).encode()
    headers = side.of_body(PATH, body, f"{side.name}-1")
    changed = side.post(PATH, body.replace(b"10:00:00", b"10:00:01"), headers)
    refused = (changed.status_code, changed.json()["code"])
    side.expect("a changed activation is refused", holds=refused == (401, "signature_refused"))
    side.expect("and the card is sealed", holds=states(number)[0] == "sealed")
    (outcome,) = side.post(PATH, body, headers).json()["outcomes"]
    side.expect(
        "an activation is done",
        holds=(outcome["status"], outcome["replayed"]) == ("activated", False),
    )
    side.expect("and the card may be used", holds=states(number)[0] == "normal")
    again = side.post(PATH, body, headers)
    side.expect("its signature is good for once", holds=again.status_code == 401)
    anew = side.post(PATH, body, side.of_body(PATH, body, f"{side.name}-1")).json()
    side.expect("signed anew it is a repeat", holds=anew["outcomes"][0]["replayed"] is True)


def streamed(side: Side, number: str) -> None:
    """A stream of the same line, and the question how it stands."""
    body = json.dumps(activation(number, f"{side.name}-1", point_id="p:b1")).encode() + b"\n"
    sent = side.post(PATH, body, side.of_body(PATH, body, f"{side.name}-2", LINES))
    side.expect("a stream is taken", holds=sent.status_code == 202)
    where = sent.headers["location"]
    told = side.served.http.get(where, headers=side.signed(where))
    side.expect("and told about", holds=(told.status_code, told.json()["rows"]) == (200, 1))
    bare = side.served.http.get(where)
    side.expect("to nobody who does not sign", holds=bare.status_code == 401)


def city(folder: Path, amount: int) -> Terminal:
    """A bank, its point and a card for each signer."""
    terminal = Terminal(folder)
    rows = [card_row(f"T{number:08d}") for number in range(amount)]
    terminal.json("import", "cards", terminal.file("c.csv", cards_csv(rows)))
    points = terminal.file("p.csv", "\n".join((POINT_COLUMNS, POINTS[0])) + "\n")
    terminal.json("import", "points", points)
    terminal.json("partners", "put", PARTNER, "--name", "Bank", "--regions", ISSUER,
                  "--channels", "bank_counter", "--banks", "*")  # fmt: skip
    signer = Signer.new("bank-1")
    terminal.json(
        "partners", "add-key", PARTNER, "bank-1", terminal.file("public.pem", signer.public)
    )
    terminal.file("private.pem", signer.pem.decode())
    return terminal


def main() -> int:
    """Give 0 if all is as said."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands = built(folder)
        terminal = city(folder, len(commands))
        with serving("serve", "--doors", "partner", folder=folder / "data") as served:
            for place, (language, command) in enumerate(commands.items()):
                side, number = Side(language, command, folder, "bank-1", served), f"T{place:08d}"
                tried(side)
                activated(side, number, terminal.states)
                streamed(side, number)
    return 0


if __name__ == "__main__":
    sys.exit(main())
