"""The command line: ``qika plan | near | activate | record | status | rules | import | sweep ...``."""

from qika.cli.main import main

__all__ = ["main"]
