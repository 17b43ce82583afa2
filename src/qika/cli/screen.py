"""What the terminal shows: words in the reader's language, JSON where a program reads."""

import os
import sys
from collections.abc import Mapping

import msgspec
from rich.console import Console

from qika.terms.names import Language
from qika.web.problems import ProblemError, problem_of
from qika.web.speech import SPEECH


class Refused(Exception):  # noqa: N818  an outcome, not an error
    """The command was carried out and the answer is no."""


class Screen:
    """The two streams of a terminal and the language they speak."""

    def __init__(self) -> None:
        """Take the language from ``QIKA_LANG``, else from the locale, else Chinese."""
        self.out = Console(highlight=False, soft_wrap=True)
        self.err = Console(stderr=True, highlight=False, soft_wrap=True)
        self.language = _language(os.environ)

    def t(self, name: str, **args: str | int) -> str:
        """Give a message in the language of this terminal."""
        return SPEECH[self.language].t(name, **args)

    def say(self, text: str = "", style: str = "") -> None:
        """Print a line; nothing in it is taken for markup."""
        self.out.print(text, style=style or None, markup=False)

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


def print_problem(error: ProblemError) -> None:
    """Say what was wrong with a call, field by field."""
    problem = problem_of(error, screen.language)
    screen.complain(f"{problem.title}: {problem.detail}")
    for one in problem.errors:
        screen.complain(f"  {one.field}: {one.message}")
    screen.complain(problem.next_step)
