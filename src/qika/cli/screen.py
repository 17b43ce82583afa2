"""What the terminal shows: words in the reader's language, JSON where a program reads."""

import os
import sys
from collections.abc import Mapping

import msgspec
from rich.console import Console

from qika.cli.folding import folded
from qika.terms.names import Language
from qika.web.problems import ProblemError, problem_of
from qika.web.speech import SPEECH


class Refused(Exception):  # noqa: N818  an outcome, not an error
    """The command was carried out and the answer is no."""


class Screen:
    """The two streams of a terminal and the language they speak."""

    def __init__(self) -> None:
        """Take the language from ``QIKA_LANG``, else from the locale, else Chinese."""
        self.out = Console(highlight=False)
        self.err = Console(stderr=True, highlight=False, soft_wrap=True)
        self.language = _language(os.environ)

    def t(self, name: str, **args: str | int) -> str:
        """Give a message in the language of this terminal."""
        return SPEECH[self.language].t(name, **args)

    def say(self, text: str = "", style: str = "", *, indent: int = 0) -> None:
        """Print a line; on a terminal it is folded below its beginning, in a pipe it stays whole.

        Nothing in the text is taken for markup.
        """
        for row in text.splitlines() or [""]:
            for line in self._lines(row, indent):
                self.out.print(line, style=style or None, markup=False, soft_wrap=True)

    def _lines(self, row: str, indent: int) -> list[str]:
        return folded(row, self.out.width, indent) if self.out.is_terminal else [" " * indent + row]

    def head(self, text: str) -> None:
        """Print a heading below an empty line."""
        self.say()
        self.say(text, "bold")

    def complain(self, text: str) -> None:
        """Print a line on the error stream."""
        self.err.print(text, markup=False)

    def json(self, answer: object) -> None:
        """Print an answer as JSON, as the API would give it."""
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n")
        sys.stdout.flush()


def _language(environment: Mapping[str, str]) -> Language:
    asked = environment.get("QIKA_LANG") or environment.get("LC_ALL") or environment.get("LANG", "")
    return Language.EN if asked.lower().startswith("en") else Language.ZH


screen = Screen()
"""The terminal this process talks to."""


def print_problem(error: ProblemError, *, as_json: bool) -> None:
    """Say what was wrong with a call, field by field; as JSON it is the API's problem."""
    problem = problem_of(error, screen.language)
    if as_json:
        screen.json(problem)
        return
    screen.complain(problem.detail)
    for one in problem.errors:
        screen.complain(f"  {one.field}: {one.message}")
    screen.complain(problem.next_step)
