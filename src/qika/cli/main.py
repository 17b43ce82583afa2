"""The commands put together, and what their exit codes mean."""

import errno
import sys
import traceback

import typer

from qika.cli import (
    ask,
    audit,
    cards,
    database,
    exchange,
    listeners,
    load,
    partners,
    reports,
    rules,
    serve,
    simulate,
)
from qika.cli.screen import Refused, print_problem, screen
from qika.operations.activate import StoreBusyError, StoreUnavailableError
from qika.partners.tables.faults import TableError
from qika.partners.tables.report import explain
from qika.rulebook.faults import RulebookRefusedError
from qika.storage.sqlite import SqliteError, UnsafeSqliteError, WrongSchemaError
from qika.storage.vault import VaultError
from qika.web.problems import ProblemError
from qika.wiring import SettingError, UnknownDatabaseError, WorkerFailedError

DONE, REFUSED, WRONG_USE, BROKEN = 0, 1, 2, 3

app = typer.Typer(
    name="qika",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Where, how and by when a social security card is activated; and the activation itself.",
)
_LOOKED_AFTER = (rules, database, partners, exchange, listeners, reports)
for part in (ask, audit, cards, load, *_LOOKED_AFTER, serve, simulate):
    part.add_to(app)


def main() -> None:
    """Run a command; exit 0 done, 1 refused, 2 wrong use, 3 broken infrastructure."""
    try:
        code = run()
    except Exception:  # noqa: BLE001  a defect of ours is shown whole, and is no refusal
        traceback.print_exc()
        code = BROKEN
    sys.exit(code)


def run(arguments: list[str] | None = None) -> int:
    """Run a command and give its exit code; says on the error stream what went wrong."""
    try:
        code = app(arguments, prog_name="qika", standalone_mode=False)
    except typer.Exit as error:
        return error.exit_code
    except Exception as error:
        code = _told(error, as_json="--json" in (sys.argv if arguments is None else arguments))
        if code is None:
            raise
    return code if isinstance(code, int) else DONE


def _told(error: Exception, *, as_json: bool) -> int | None:
    """Say what went wrong and give the exit code; None: a defect of ours."""
    match error:
        case Refused():
            return REFUSED
        case ProblemError():
            print_problem(error, as_json=as_json)
            return WRONG_USE
        case RulebookRefusedError():
            screen.complain(str(error))
            return REFUSED
        case TableError():
            screen.complain(explain(error, screen.language))
            return WRONG_USE
        case UnknownDatabaseError():
            screen.complain(screen.t("terminal-bad_database", text=str(error)))
            return WRONG_USE
        case SettingError() | typer.Abort():
            screen.complain(str(error))
            return WRONG_USE
        case OSError(errno=errno.EADDRINUSE):
            screen.complain(screen.t("terminal-port_taken"))
            return BROKEN
        case UnsafeSqliteError() | WrongSchemaError() | VaultError() | SqliteError():
            return _broken(error)
        case StoreBusyError() | WorkerFailedError() | OSError():
            return _broken(error)
        case _:
            return _misread(error)


def _broken(error: Exception) -> int:
    unusable = isinstance(error, StoreUnavailableError)
    name = "terminal-database_unusable" if unusable else "terminal-broken"
    screen.complain(screen.t(name, what=str(error) or type(error).__name__))
    return BROKEN


def _misread(error: Exception) -> int | None:
    """Say what the parser of the command line says; it keeps its own classes to itself."""
    said = getattr(error, "format_message", None)
    if said is None:
        return None
    what = said()
    if what:
        screen.complain(screen.t("terminal-wrong_use", what=what))
    return WRONG_USE
