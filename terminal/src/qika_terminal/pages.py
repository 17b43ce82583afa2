"""The page for the cashier: read, compare, send, and what came of it; without any script."""

import html
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from string import Template
from typing import NewType
from urllib.parse import parse_qsl

from qika_terminal.calls import Call, Reply, http_status, stand, told
from qika_terminal.driver_string import LENGTH_MAX
from qika_terminal.event_queue import KeptEvent, State
from qika_terminal.faults import Fault, RefusedError
from qika_terminal.fields import Json
from qika_terminal.first_use import USES, Channel, Document, Who, read_first_use
from qika_terminal.settings import Input
from qika_terminal.words import Language, document_name, said, word, words

HTML = "text/html; charset=utf-8"
_LANG = {Language.ZH: "zh-Hans", Language.EN: "en"}

Markup = NewType("Markup", str)


def style(call: Call) -> Reply:
    """Give the style sheet."""
    del call
    return Reply(200, _source("style.css").encode(), "text/css; charset=utf-8")


def start(call: Call) -> Reply:
    """Ask for a card."""
    by_call = call.agent.settings.driver.input is Input.HTTP
    field = _filled(call, "string_field.html") if by_call else Markup("")
    return _page(call, _filled(call, "start.html", string_field=field))


def read(call: Call) -> Reply:
    """Read the card, show whose it is, and ask what it was used for."""
    given = _form(call).get("driver_string", "")
    if len(given) > LENGTH_MAX:
        raise RefusedError(Fault.STRING_TORN)
    reading = call.agent.read(given)
    card = reading.card
    content = _filled(
        call,
        "card.html",
        name=card.name or word(call.language, "page", "no_name"),
        issuer=card.division,
        reading=reading.id,
        request_key=secrets.token_urlsafe(18),
        selects=_selects(call),
    )
    return _page(call, content)


def first_use(call: Call) -> Reply:
    """Keep the first use, wait a while, and lead to what came of it."""
    form = _form(call)
    told_of: dict[str, Json] = {
        name: form[name] for name in ("use", "who", "reading", "request_key") if form.get(name)
    }
    told_of["presented"] = [
        {"document": form[f"document_{who}"], "of": who.value}
        for who in Who
        if form.get(f"document_{who}")
    ]
    first = read_first_use(told_of, call.agent.settings.channel)
    if not first.reading:
        raise RefusedError(Fault.READING_GONE)
    kept = call.agent.await_decision(call.agent.note(first), None)
    return elsewhere(f"/page/first-use/{kept.number}?lang={call.language}")


def result(call: Call) -> Reply:
    """Say what came of a first use."""
    kept = call.agent.queue.event(int(call.path.rpartition("/")[2]))
    if kept is None:
        raise RefusedError(Fault.NOT_FOUND)
    again = Markup("")
    if kept.state is State.WAITING:
        look = html.escape(word(call.language, "page", "look_again"))
        again = Markup(
            f'<a class="button" href="{html.escape(call.path)}?lang={call.language}">{look}</a>'
        )
    return _page(call, _filled(call, "result.html", look_again=again, **_told(call, kept)))


def listed(call: Call) -> Reply:
    """List the newest first uses."""
    overview = call.agent.overview()
    held = sum(one.held for one in overview.newest)
    counts = {state.value: str(number) for state, number in overview.counts.items()}
    lead = word(call.language, "page", "list_lead", held=str(held), **counts)
    rows = [_filled(call, "event.html", **_told(call, one)) for one in overview.newest]
    empty = html.escape(word(call.language, "page", "list_empty"))
    events = "".join(rows)
    content = Markup(f"<ul>\n{events}</ul>" if rows else f"<p>{empty}</p>")
    return _page(call, _filled(call, "list.html", list_lead=lead, events=content))


def send_now(call: Call) -> Reply:
    """Send what waits at once."""
    call.agent.send_now()
    return elsewhere(f"/page/list?lang={call.language}")


def refusal(error: RefusedError, call: Call) -> Reply:
    """Say why something was refused."""
    what = said(call.language, "fault", error.fault, detail=error.detail)
    content = _filled(call, "refused.html", message=what.message, next_step=what.next_step)
    return _page(call, content, http_status(error.fault))


def elsewhere(address: str, headers: Mapping[str, str] = {}) -> Reply:
    """Lead to another address of this door."""
    return Reply(303, b"", HTML, {"Location": address, **headers})


def _told(call: Call, kept: KeptEvent) -> dict[str, str]:
    what = told(kept, call.language, call.agent.sender.line)
    return {
        "number": str(kept.number),
        "stand": stand(kept),
        "state": word(call.language, "state", stand(kept)),
        "message": what.message,
        "next_step": what.next_step,
        "moment": kept.occurred_at,
        "time": f"{datetime.fromisoformat(kept.occurred_at):%Y-%m-%d %H:%M:%S}",
        "request_key": kept.request_key,
    }


def _selects(call: Call) -> Markup:
    """Ask for what the channel wants to know."""
    language, channel = call.language, call.agent.settings.channel
    uses = [(use.value, word(language, "use", use)) for use in USES[channel]]
    nothing = ("", word(language, "page", "no_document"))
    papers = [nothing, *((one.value, document_name(language, one)) for one in Document)]
    asked = [("use", "use_label", uses)]
    if channel is Channel.HOSPITAL:
        people = [(who.value, word(language, "who", who)) for who in Who]
        asked.append(("who", "who_label", people))
    asked.append(("document_holder", "holder_document", papers))
    if channel is Channel.HOSPITAL:
        asked.append(("document_guardian", "guardian_document", papers))
    return Markup("".join(_select(call, *one) for one in asked))


def _select(call: Call, name: str, label: str, options: Sequence[tuple[str, str]]) -> Markup:
    listed_options = "".join(
        f'<option value="{html.escape(value)}">{html.escape(text)}</option>'
        for value, text in options
    )
    return _filled(
        call,
        "select.html",
        id=name,
        label=word(call.language, "page", label),
        options=Markup(listed_options),
    )


def _form(call: Call) -> dict[str, str]:
    try:
        return dict(parse_qsl(call.body.decode(), max_num_fields=20))
    except ValueError as error:
        raise RefusedError(Fault.UNREADABLE) from error


def _page(call: Call, content: Markup, status: int = 200) -> Reply:
    other = Language.EN if call.language is Language.ZH else Language.ZH
    trouble = call.agent.sender.line.trouble
    held = trouble is not None and trouble.needs_somebody
    line = html.escape(word(call.language, "page", "line_held" if held else "line_down"))
    whole = _filled(
        call,
        "frame.html",
        lang=_LANG[call.language],
        other_code=other,
        other_lang=_LANG[other],
        other_name=word(call.language, "page", "language"),
        warning=Markup(f'<p class="warning">{line}</p>' if trouble else ""),
        content=content,
    )
    return Reply(status, whole.encode(), HTML)


def _filled(call: Call, template: str, **texts: str) -> Markup:
    """Fill a template: with the page's words, the language, and texts, which are escaped.

    What is made here, and named as markup, goes in as it is.
    """
    own = {name: html.escape(text) for name, text in words(call.language)["page"].items()}
    made = {name: text if name in _MADE_HERE else html.escape(text) for name, text in texts.items()}
    filled = Template(_source(template)).substitute({**own, "code": call.language, **made})
    return Markup(filled)


_MADE_HERE = frozenset(
    {"string_field", "selects", "options", "look_again", "events", "warning", "content"}
)
"""Places that take markup; every other one takes text."""


@cache
def _source(name: str) -> str:
    return files("qika_terminal").joinpath("page", name).read_text("utf-8")
