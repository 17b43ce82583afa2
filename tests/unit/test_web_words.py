"""Every code has words in both languages, and the documentation says the same."""

import re
from ast import Call, Constant, parse, walk
from collections.abc import Iterator
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor
from jinja2 import Environment, nodes

from qika.activation.status import Status
from qika.cards.events import EventType
from qika.inquiry.plan import Notice
from qika.points.hours import Openness
from qika.rulebook.model import Clock, ClockStart, Consequence, Duty, WayBack
from qika.terms.names import Application, Basis, Grade, Language, PointKind, State, Who
from qika.web.api.endpoints import ENDPOINTS
from qika.web.pages import map_sketch
from qika.web.pages.answering import QUESTION_OF
from qika.web.pages.listing import Door
from qika.web.pages.start import WAYS
from qika.web.pages.verdict import LETTERS
from qika.web.problems import HTTP_STATUS, FaultCode, ProblemCode
from qika.web.speech import FILES, SPEECH, source_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "problems.md"


class Arguments(Visitor):
    """Collects the arguments that a message takes."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node):  # noqa: N802 - the library names it
        self.names.add(node.id.name)


def messages(language: Language) -> dict[str, frozenset[str]]:
    """Give each message's name and arguments."""
    found: dict[str, frozenset[str]] = {}
    for file in FILES:
        parsed = FluentParser().parse(source_of(language, file))
        assert not [entry for entry in parsed.body if isinstance(entry, ast.Junk)], file
        for entry in parsed.body:
            if isinstance(entry, ast.Message):
                assert entry.id.name not in found, f"{entry.id.name} stands twice"
                arguments = Arguments()
                arguments.visit(entry)
                found[entry.id.name] = frozenset(arguments.names)
    return found


CHINESE, ENGLISH = messages(Language.ZH), messages(Language.EN)


def test_both_languages_have_the_same_messages_with_the_same_arguments():
    assert CHINESE == ENGLISH


def named(prefix: str, members: type[StrEnum], suffix: str = "") -> list[str]:
    return [f"{prefix}-{one}{suffix}" for one in members]


@pytest.mark.parametrize(
    "name",
    [
        *named("status", Status),
        *named("status", Status, "-next"),
        *named("problem", ProblemCode),
        *named("problem", ProblemCode, "-title"),
        *named("problem", ProblemCode, "-next"),
        *named("notice", Notice),
        *named("consequence", Consequence),
        *named("way_back", WayBack),
        *named("basis", Basis),
        *named("grade", Grade),
        "grade-X",
        *named("start", ClockStart),
        *named("clock", Clock),
        *named("duty", Duty),
        *named("who", Who),
        *named("application", Application),
        *named("state", State),
        *named("event", EventType),
        *named("kind", PointKind),
        *named("open", Openness),
        *[f"way-{one}" for one in WAYS],
        *[f"map-way-{one}" for one in map_sketch.WAYS],
        *named("door", Door),
        *named("count-start", ClockStart),
        *named("when-ask", ClockStart),
        *[f"letter-{one}" for one in LETTERS],
        *[f"said-{one}" for one in QUESTION_OF.values()],
        *[f"map-service-{one}" for one in ("amap", "tencent", "baidu")],
        "only_if-first_replacement",
        "only_if-pin_used",
    ],
)
def test_every_code_has_words_without_arguments(name):
    for language in Language:
        assert SPEECH[language].t(name).strip()


@pytest.mark.parametrize("code", list(FaultCode))
def test_every_fault_has_words_with_at_most_what_is_allowed(code):
    assert CHINESE[f"field-{code}"] <= {"allowed"}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: one.name)
def test_every_endpoint_has_a_summary(endpoint):
    assert f"endpoint-{endpoint.name}" in CHINESE


def test_every_choice_and_unit_of_the_rulebook_has_words(example_book):
    for parameter in example_book.vocabulary.parameters.values():
        for value in parameter.values:
            assert f"value-{parameter.name}-{value}" in CHINESE
        if parameter.unit:
            assert CHINESE[f"unit-{parameter.unit.replace(' ', '_')}"] == {"count"}


def test_a_missing_message_or_argument_is_never_printed_as_if_it_were_one():
    for language in Language:
        with pytest.raises(LookupError):
            SPEECH[language].t("no-such-message")
        with pytest.raises(ValueError, match="lacks an argument"):
            SPEECH[language].t("due-left")
        assert "\u2068" not in SPEECH[language].t("due-left", count=3)


@pytest.mark.parametrize("language", list(Language))
def test_texts_are_filled_in_as_fluent_does(language):
    speech, told = SPEECH[language], 0
    for name, arguments in (CHINESE if language is Language.ZH else ENGLISH).items():
        given = {one: f"<{one}> 100 % %s {{$x}} \u4e2d" for one in arguments}
        if given:
            text, errors = speech._format(name, given)
            assert errors or speech.t(name, **given) == text, name
            told += not errors
    assert told > 100
    assert speech.t("distance-m", metres="1000") != speech.t("distance-m", metres=1000)


def test_english_plurals_follow_the_number():
    speech = SPEECH[Language.EN]
    assert speech.t("due-left", count=1) == "1 day left"
    assert speech.t("due-left", count=208) == "208 days left"


def test_no_ascii_punctuation_follows_a_chinese_character():
    for file in FILES:
        wrong = re.findall(r"[\u4e00-\u9fff][,;:?!()]", source_of(Language.ZH, file))
        assert wrong == [], file


# -- templates ------------------------------------------------------------------------------------


def template_calls() -> list[tuple[str, str, frozenset[str]]]:
    """Give every ``t("id", a=...)`` of every template: file, message, arguments."""
    folder = files("qika.web") / "templates"
    calls = []
    for file in folder.iterdir():
        parsed = Environment(autoescape=True).parse(file.read_text("utf-8"))
        for call in parsed.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t":
                arguments = frozenset(one.key for one in call.kwargs)
                first = call.args[0]
                if isinstance(first, nodes.Const):
                    calls.append((file.name, first.value, arguments))
    return calls


def test_every_message_of_a_template_exists_and_gets_its_arguments():
    calls = template_calls()
    assert len(calls) > 100
    for file, name, arguments in calls:
        assert CHINESE.get(name) == arguments, f"{file}: {name}"


BUILT = (
    "application-",
    "ask-",
    "basis-",
    "by-",
    "clock-",
    "consequence-",
    "count-start-",
    "counting-",
    "door-",
    "due-set-",
    "duty-",
    "employers-paste-",
    "endpoint-",
    "fate-",
    "event-",
    "fault-",
    "field-",
    "form-",
    "found-",
    "grade-",
    "kind-",
    "letter-",
    "map-service-",
    "map-way-",
    "notice-",
    "only_if-",
    "data-",
    "online-back-",
    "online-begin-",
    "open-",
    "origin-",
    "part-",
    "problem-",
    "reported-",
    "say-",
    "said-",
    "simulate-line-",
    "simulate-play-",
    "simulate-sent-",
    "standing-",
    "start-",
    "state-",
    "status-",
    "terminal-listener_by-",
    "terminal-listener_sent-",
    "terminal-listener_state-",
    "terminal-listener_url-",
    "terminal-alipay-",
    "terminal-filling-",
    "terminal-tiles-",
    "terminal-scope_",
    "terminal-seal_",
    "unit-",
    "value-",
    "way-",
    "way_back-",
    "when-ask-",
    "who-",
    "wrong-",
)
"""Beginnings of names that are put together where they are used; one a line."""


def named_in_code() -> Iterator[tuple[str, str, frozenset[str]]]:
    """Give every ``t("id", a=...)`` of the code: file, message, arguments."""
    for file in below(files("qika.web")):
        if not file.name.endswith(".py"):
            continue
        for call in walk(parse(file.read_text("utf-8"))):
            if not isinstance(call, Call) or not call.args:
                continue
            named = getattr(call.func, "attr", getattr(call.func, "id", ""))
            first = call.args[0]
            if named in {"t", "_t"} and isinstance(first, Constant):
                unpacked = any(one.arg is None for one in call.keywords)
                given = frozenset(one.arg for one in call.keywords if one.arg)
                yield file.name, first.value, frozenset() if unpacked else given


def test_every_message_named_in_code_exists_and_gets_its_arguments():
    calls = list(named_in_code())
    assert len(calls) > 80
    wrong = [
        (file, name)
        for file, name, given in calls
        if name not in CHINESE or (given and CHINESE[name] != given)
    ]
    assert wrong == []


def below(folder):
    """Give every file below a folder."""
    for one in folder.iterdir():
        yield from below(one) if one.is_dir() else [one]


def test_no_message_is_left_without_a_use():
    text = "".join(
        file.read_text("utf-8")
        for folder in (files("qika.web"), files("qika.cli"))
        for file in below(folder)
        if file.name.endswith((".py", ".j2"))
    )
    idle = [name for name in CHINESE if not name.startswith(BUILT) and f"{name}" not in text]
    assert idle == []


# -- documentation --------------------------------------------------------------------------------


def sections() -> dict[str, str]:
    """Give each anchor of docs/problems.md with the text below it."""
    parts = re.split(r'<a id="([a-z_]+)"></a>\n', DOCUMENT.read_text("utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_documentation_has_one_anchor_per_status_and_problem_in_order():
    assert list(sections()) == [*Status, *ProblemCode]


def test_the_documentation_says_what_the_service_says():
    kinds = [("status", one) for one in Status] + [("problem", one) for one in ProblemCode]
    for kind, code in kinds:
        section = sections()[code]
        for speech in SPEECH.values():
            assert speech.t(f"{kind}-{code}") in section, code
            assert speech.t(f"{kind}-{code}-next") in section, code
        assert len(re.findall(r"^- ", section, re.MULTILINE)) == 6, code


def test_the_documentation_lists_every_fault_code_and_http_status():
    text = DOCUMENT.read_text("utf-8")
    assert all(f"| `{code}` |" in text for code in FaultCode)
    for code, status in HTTP_STATUS.items():
        assert f"### `{code}` (HTTP {status})" in text
