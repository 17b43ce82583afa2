"""Words for people: the Fluent messages of one language behind ``t(id, **args)``."""

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any, cast

from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.errors import FluentReferenceError

from qika.terms.names import Language

FILES = tuple(
    sorted(
        one.name
        for one in (files("qika.web") / "locales" / Language.ZH).iterdir()
        if one.name.endswith(".ftl")
    )
)
"""Every file of a locale; both languages have the same ones."""
KEPT_MAX = 4_096
"""Messages with arguments kept at once; days and names repeat."""

_LOCALE = {Language.ZH: "zh-CN", Language.EN: "en-GB"}


def source_of(language: Language, file: str) -> str:
    """Give the text of a locale file."""
    return (files("qika.web") / "locales" / language / file).read_text("utf-8")


class Speech:
    """All messages of one language; those without arguments are resolved once.

    Fluent is asked only for those that choose by an argument or take a number.
    """

    def __init__(self, language: Language) -> None:
        """Read the locale files; raises on a message that does not parse or refers to nothing."""
        self.language = language
        self._bundle = FluentBundle([_LOCALE[language]], use_isolating=False)
        patterns: dict[str, Any] = {}
        for file in FILES:
            resource = FluentResource(source_of(language, file))
            self._bundle.add_resource(resource)
            patterns |= _patterns(resource)
        resolved = {name: self._resolved(name) for name in patterns}
        self._static = {name: text for name, text in resolved.items() if text is not None}
        plain = {name: _as_format(patterns[name]) for name in patterns.keys() - self._static}
        self._plain = {name: text for name, text in plain.items() if text is not None}
        self._with_arguments = lru_cache(KEPT_MAX)(self._formatted)

    def t(self, name: str, *more: str, **args: str | int) -> str:
        """Give a message, its name perhaps in parts.

        Raises KeyError or ValueError if it or an argument is missing.
        """
        if more:
            name = "".join((name, *more))
        if not args:
            text = self._static.get(name)
            if text is not None:
                return text
        elif (plain := self._plain.get(name)) is not None and _all_texts(args.values()):
            try:
                return plain % args
            except KeyError:
                pass  # it is told below what is missing
        return self._with_arguments(name, tuple(sorted(args.items())))

    def always(self, name: str) -> str | None:
        """Give a message that takes no arguments; None for one that does, or is not there."""
        return self._static.get(name)

    def knows(self, name: str) -> bool:
        """Tell whether there is a message of that name."""
        return self._bundle.has_message(name)

    def _resolved(self, name: str) -> str | None:
        text, errors = self._format(name, {})
        return None if any(isinstance(e, FluentReferenceError) for e in errors) else text

    def _formatted(self, name: str, args: tuple[tuple[str, str | int], ...]) -> str:
        text, errors = self._format(name, dict(args))
        if errors:
            raise ValueError(f"message {name!r} lacks an argument: {errors}")
        return text

    def _format(self, name: str, args: dict[str, str | int]) -> tuple[str, list[Exception]]:
        message = self._bundle.get_message(name)
        if message.value is None:
            raise KeyError(name)
        text, errors = self._bundle.format_pattern(message.value, cast("dict[str, Any]", args))
        return str(text), list(errors)


def _patterns(resource: Any) -> dict[str, Any]:  # noqa: ANN401 - Fluent's syntax tree has no types
    """Give the patterns of all messages by their names."""
    messages = (entry for entry in resource.body if _kind(entry) == "Message")
    return {entry.id.name: entry.value for entry in messages}


def _as_format(pattern: Any) -> str | None:  # noqa: ANN401 - the same
    """Give a pattern of texts and arguments alone as Python writes one; None for any other.

    Python fills in texts as Fluent does, at a fiftieth of the time; numbers it writes otherwise.
    """
    parts: list[str] = []
    for element in pattern.elements if pattern is not None else ():
        if _kind(element) == "TextElement":
            parts.append(element.value.replace("%", "%%"))
        elif _kind(element.expression) == "VariableReference":
            parts.append(f"%({element.expression.id.name})s")
        else:
            return None
    return "".join(parts)


def _kind(node: Any) -> str:  # noqa: ANN401 - the same
    return type(node).__name__


def _all_texts(values: Iterable[str | int]) -> bool:
    for one in values:  # noqa: SIM110  all() takes twice as long
        if not isinstance(one, str):
            return False
    return True


SPEECH = {language: Speech(language) for language in Language}
"""One speech per language, read when the web layer is loaded."""
