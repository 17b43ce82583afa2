"""What is wrong with a whole file, so that nothing of it can be read."""

from enum import StrEnum


class TableFault(StrEnum):
    """Why a file is refused. The words for people stand in ``words.toml``."""

    NOT_FOUND = "not_found"
    EMPTY = "empty"
    NO_ROWS = "no_rows"
    ENCODING = "encoding"
    CUT_OFF = "cut_off"
    OLD_EXCEL = "old_excel"
    BROKEN_XLSX = "broken_xlsx"
    TOO_LARGE = "too_large"
    QUOTES = "quotes"
    MISSING_COLUMNS = "missing_columns"
    UNKNOWN_COLUMNS = "unknown_columns"
    DOUBLE_COLUMNS = "double_columns"
    MAPPING = "mapping"


class TableError(ValueError):
    """A file cannot be read. ``details`` fills the words; it holds no cell of any row."""

    def __init__(self, fault: TableFault, file: str, **details: str | int) -> None:
        """Keep the fault and where it is."""
        said = ", ".join(f"{name}={value}" for name, value in details.items())
        super().__init__(f"{file}: {fault}" + (f" ({said})" if said else ""))
        self.fault = fault
        self.file = file
        self.details = details
