"""The command line: plan, near, activate, record, status, rules, import, sweep, serve, demo."""

from qika.cli.main import main

__all__ = ["main"]
