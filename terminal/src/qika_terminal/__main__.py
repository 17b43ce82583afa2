"""``python -m qika_terminal`` does what the command ``qika-terminal`` does."""

from qika_terminal.cli import main

main()
