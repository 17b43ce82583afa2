"""``qika-terminal``: serve the counter, and what whoever looks after the computer needs."""

import argparse
import json
import logging
import os
import random
import signal
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TextIO

from qika_terminal import __version__
from qika_terminal.agent import Agent
from qika_terminal.calls import stand, told
from qika_terminal.door import Door
from qika_terminal.event_queue import EventQueue
from qika_terminal.faults import RefusedError
from qika_terminal.guard import token_of
from qika_terminal.inputs import source_of
from qika_terminal.sender import Sender
from qika_terminal.service import HttpService, LineError, checked_signature
from qika_terminal.settings import LOOPBACK, SettingError, Settings, Wrong, read_settings
from qika_terminal.signing import Signer, UnusableKeyError, new_key
from qika_terminal.words import Language, said, word

DONE, REFUSED, WRONG_USE, BROKEN = 0, 1, 2, 3
"""Exit codes, as those of ``qika``."""

CHINA = timezone(timedelta(hours=8))
CHECK_PATH = "/v1/signature-check"
SHOWN = 20

Print = Callable[[str], None]


def main() -> None:
    """Run the command line and end the process."""
    sys.exit(run(sys.argv[1:]))


def run(words: Sequence[str]) -> int:
    """Run the command line; gives the exit code."""
    out, say_wrong = _printing(sys.stdout), _printing(sys.stderr)
    options = _parser().parse_args(words)
    language = Language(options.lang or _language())
    try:
        return options.command(options, language, out)
    except SettingError as error:
        say_wrong(_setting_words(error, language))
        return WRONG_USE
    except RefusedError as error:
        what = said(language, "fault", error.fault, detail=error.detail)
        say_wrong(f"{what.message} {what.next_step}")
        return REFUSED
    except OSError as error:
        say_wrong(word(language, "cli", "broken", text=error.strerror or str(error)))
        return BROKEN


def now() -> datetime:
    """Read the clock."""
    return datetime.now(CHINA)  # noqa: TID251  the only place that may


def serve(options: argparse.Namespace, language: Language, out: Print) -> int:
    """Keep, send and answer until stopped."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    settings = read_settings(options.settings)
    _folder(settings)
    queue = EventQueue(settings.folder)
    agent = _agent(settings, queue)
    door = Door(agent, token_of(settings.folder), settings.port)
    sending = threading.Thread(target=agent.run, name="sending", daemon=True)
    answering = threading.Thread(target=door.serve_forever, name="answering", daemon=True)
    stopped = threading.Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda _number, _frame: stopped.set())
    sending.start()
    answering.start()
    out(word(language, "cli", "serving", url=f"http://{LOOPBACK}:{door.server_address[1]}/"))
    while not stopped.wait(1):  # a signal ends a wait on Windows only at its end
        pass
    agent.stop()
    door.shutdown()
    door.server_close()
    sending.join(settings.answer_within_s + 1)
    return DONE


def read(options: argparse.Namespace, language: Language, out: Print) -> int:
    """Read the card that is there now."""
    del language
    settings = read_settings(options.settings)
    card = source_of(settings.driver, now).read()
    told_of = {
        "issuer": card.division,
        "card_number": card.number,
        "card_identifier": card.identifier,
        "name": card.name,
    }
    out(json.dumps(told_of, ensure_ascii=False))
    return DONE


def check(options: argparse.Namespace, language: Language, out: Print) -> int:
    """Try the settings, the queue, the card reader's driver and the service; nothing is sent."""
    settings = read_settings(options.settings)
    _folder(settings)
    EventQueue(settings.folder).close()
    source_of(settings.driver, now)
    signer = _signer(settings)
    url = settings.origin + CHECK_PATH
    body = b"{}"
    headers = signer.headers(url, body, "check", now())
    service = HttpService(settings.origin, settings.ca_file)
    try:
        refusal = checked_signature(service.post(CHECK_PATH, headers, body))
    except LineError as error:
        out(word(language, "cli", "check_line", text=str(error)))
        return BROKEN
    if refusal:
        out(word(language, "cli", "check_refused", code=refusal))
        return REFUSED
    out(word(language, "cli", "check_good"))
    return DONE


def queue(options: argparse.Namespace, language: Language, out: Print) -> int:
    """Show what is on its way."""
    settings = read_settings(options.settings)
    kept = EventQueue(settings.folder)
    newest, counts = kept.look(SHOWN)
    kept.close()
    if options.json:
        events = [
            {"number": one.number, "request_key": one.request_key, "state": stand(one),
             "status": one.status, "trouble": one.trouble, "occurred_at": one.occurred_at,
             "attempts": one.attempts}
            for one in newest
        ]  # fmt: skip
        out(json.dumps({"counts": counts, "events": events}, ensure_ascii=False))
        return DONE
    held = str(sum(one.held for one in newest))
    out(word(language, "page", "list_lead", held=held, **{k: str(v) for k, v in counts.items()}))
    for one in newest:
        out(f"{one.number}  {one.occurred_at}  {told(one, language).message}")
    return DONE


def set_aside(options: argparse.Namespace, language: Language, out: Print) -> int:
    """Give up one event that is held and can never be sent, so that later ones of its card go."""
    settings = read_settings(options.settings)
    kept = EventQueue(settings.folder)
    try:
        done = kept.set_aside(options.number, now().timestamp())
    finally:
        kept.close()
    out(word(language, "cli", "set_aside" if done else "not_held", number=str(options.number)))
    return DONE if done else REFUSED


def open_page(options: argparse.Namespace, language: Language, out: Print) -> int:
    """Open the cashier's page in this computer's browser."""
    settings = read_settings(options.settings)
    token = token_of(settings.folder)
    url = f"http://{LOOPBACK}:{settings.port}/enter?token={token}&lang={language}"
    if options.print or not webbrowser.open(url):
        out(url)
    return DONE


def make_key(options: argparse.Namespace, language: Language, out: Print) -> int:
    """Make the key of this counter; the public part is for the authority."""
    private, public = new_key()
    try:
        handle = os.open(options.file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise SettingError(str(options.file), Wrong.EXISTS) from error
    with os.fdopen(handle, "wb") as file:
        file.write(private)
    out(public.decode().strip())
    out(word(language, "cli", "key_made", file=str(options.file)))
    return DONE


def _printing(stream: TextIO) -> Print:
    def put(text: str) -> None:
        stream.write(f"{text}\n")
        stream.flush()

    return put


def _agent(settings: Settings, queue: EventQueue) -> Agent:
    service = HttpService(settings.origin, settings.ca_file)
    sender = Sender(queue, service.post, _signer(settings), settings.origin, now, _spread)
    return Agent(settings, queue, sender, source_of(settings.driver, now), now)


def _spread() -> float:
    """Spread the tries of many counters, so that they do not all come back in one moment."""
    return 0.5 + random.random()  # noqa: S311  nothing secret


def _signer(settings: Settings) -> Signer:
    try:
        return Signer.from_file(settings.key_id, settings.key_file)
    except UnusableKeyError as error:
        raise SettingError("service.key_file", Wrong.NOT_A_KEY) from error


def _folder(settings: Settings) -> None:
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _language() -> str:
    named = os.environ.get("QIKA_LANG", "") or os.environ.get("LC_ALL", os.environ.get("LANG", ""))
    return Language.EN if named.startswith("en") else Language.ZH


def _setting_words(error: SettingError, language: Language) -> str:
    text = word(language, "setting", error.wrong, setting=error.setting)
    allowed = word(language, "cli", "allowed", text=error.allowed) if error.allowed else ""
    return f"{text} {allowed}".strip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="qika-terminal", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--lang", choices=[*Language], default="")
    settings = argparse.ArgumentParser(add_help=False)
    default = Path(os.environ.get("QIKA_TERMINAL_SETTINGS", "terminal.toml"))
    settings.add_argument("--settings", type=Path, default=default)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        doc = (command.__doc__ or "").strip().partition("\n")[0]
        parents = [common] if command is make_key else [common, settings]
        added = commands.add_parser(name, help=doc, description=doc, parents=parents)
        added.set_defaults(command=command)
        if command is queue:
            added.add_argument("--json", action="store_true")
        if command is set_aside:
            added.add_argument("number", type=int, help="its number in the list of the queue")
        if command is open_page:
            added.add_argument("--print", action="store_true", help="print the link only")
        if command is make_key:
            added.add_argument("file", type=Path)
    return parser


COMMANDS: dict[str, Callable[[argparse.Namespace, Language, Print], int]] = {
    "serve": serve,
    "check": check,
    "read": read,
    "queue": queue,
    "set-aside": set_aside,
    "open": open_page,
    "make-key": make_key,
}
