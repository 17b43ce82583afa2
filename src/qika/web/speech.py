"""Words for people: the Fluent messages of one language behind ``t(id, **args)``."""

from collections.abc import Iterator
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
    """All messages of one language; those without arguments are resolved once."""

    def __init__(self, language: Language) -> None:
        """Read the locale files; raises on a message that does not parse or refers to nothing."""
        self.language = language
        self._bundle = FluentBundle([_LOCALE[language]], use_isolating=False)
        ids: list[str] = []
        for file in FILES:
            resource = FluentResource(source_of(language, file))
            self._bundle.add_resource(resource)
            ids += _ids(resource)
        self._static = {name: text for name in ids if (text := self._resolved(name)) is not None}
        self._with_arguments = lru_cache(KEPT_MAX)(self._formatted)

    def t(self, name: str, **args: str | int) -> str:
        """Give a message; raises KeyError or ValueError if it or an argument is missing."""
        if not args:
            text = self._static.get(name)
            if text is not None:
                return text
        return self._with_arguments(name, tuple(sorted(args.items())))

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


def _ids(resource: Any) -> Iterator[str]:  # noqa: ANN401 - Fluent's syntax tree has no types
    for entry in resource.body:
        if type(entry).__name__ == "Message":
            yield entry.id.name


SPEECH = {language: Speech(language) for language in Language}
"""One speech per language, read when the web layer is loaded."""
