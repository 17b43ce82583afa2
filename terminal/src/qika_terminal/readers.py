"""A card in a PC/SC reader, by pyscard, which is loaded only where it is wanted."""

import contextlib
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from qika_terminal.card import CardRead
from qika_terminal.chip import read_chip
from qika_terminal.faults import Fault, RefusedError


class PcscReader:
    """Reads the card that lies in a reader; ``wanted`` is part of the reader's name, or empty."""

    def __init__(self, wanted: str = "") -> None:
        """Load pyscard; raises RefusedError if it is not installed."""
        self._wanted = wanted
        try:
            self._system: Any = import_module("smartcard.System")
            said: Any = import_module("smartcard.Exceptions")
            below: Any = import_module("smartcard.pcsc.PCSCExceptions")
        except ImportError as error:
            raise RefusedError(Fault.NO_READER, "pyscard") from error
        self._nothing_there: type[Exception] = said.NoCardException
        self._failures: tuple[type[Exception], ...] = (
            said.SmartcardException,
            below.BaseSCardException,  # which is no SmartcardException
        )

    def names(self) -> Sequence[str]:
        """Name the readers; none if the system's PC/SC service does not run."""
        return [str(one) for one in self._readers()]

    def read(self) -> CardRead:
        """Read the card that lies in the first reader that holds one; raises RefusedError.

        Either the whole card is read or nothing: one that is pulled out meanwhile is refused.
        """
        readers = [one for one in self._readers() if self._wanted in str(one)]
        if not readers:
            raise RefusedError(Fault.NO_READER)
        refused = RefusedError(Fault.NO_CARD)
        for reader in readers:
            connection = reader.createConnection()
            try:
                connection.connect()
            except self._nothing_there:
                continue
            except self._failures:
                refused = RefusedError(Fault.READER_BUSY)
                continue
            return self._read(connection)
        raise refused

    def _read(self, connection: Any) -> CardRead:  # noqa: ANN401  pyscard has no types
        def transmit(command: bytes) -> tuple[bytes, int]:
            data, first, second = connection.transmit(list(command))
            return bytes(data), first << 8 | second

        try:
            return read_chip(transmit)
        except self._failures as error:
            raise RefusedError(Fault.CARD_REMOVED) from error
        finally:
            with contextlib.suppress(*self._failures):
                connection.disconnect()

    def _readers(self) -> Sequence[Any]:
        try:
            return self._system.readers()
        except self._failures:
            return ()
