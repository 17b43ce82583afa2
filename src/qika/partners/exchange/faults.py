"""Why an exchange file is refused whole, so that nothing of it is carried out."""

from enum import StrEnum


class ExchangeFault(StrEnum):
    """The words for people stand in ``words.toml``, each with what to do."""

    TOO_LARGE = "too_large"
    SIGNATURE_UNREADABLE = "signature_unreadable"
    KEY_UNKNOWN = "key_unknown"
    KEY_NOT_IN_FORCE = "key_not_in_force"
    SIGNATURE_WRONG = "signature_wrong"
    ENCODING = "encoding"
    TORN = "torn"
    RECORD = "record"
    KIND = "kind"
    FIELD = "field"
    COUNT = "count"
    TOTAL = "total"
    PARTNER_SUSPENDED = "partner_suspended"
    REGION_NOT_ALLOWED = "region_not_allowed"
    CHANNEL_NOT_ALLOWED = "channel_not_allowed"
    POINT_NOT_ALLOWED = "point_not_allowed"
    BANK_NOT_ALLOWED = "bank_not_allowed"
    DAY_IN_FUTURE = "day_in_future"
    SEQUENCE_GAP = "sequence_gap"
    SEQUENCE_REPEATED = "sequence_repeated"


class ExchangeError(ValueError):
    """A file is refused; ``line`` is 0 where it is about the whole file.

    ``details`` fill the words; they hold no cell of a row.
    """

    def __init__(self, fault: ExchangeFault, line: int = 0, **details: str | int) -> None:
        """Keep the fault and where it is."""
        said = ", ".join(f"{name}={value}" for name, value in details.items())
        super().__init__(f"{fault}, line {line}" + (f" ({said})" if said else ""))
        self.fault, self.line, self.details = fault, line, details


class LayoutError(ValueError):
    """A layout file cannot be used; says which key is at fault."""
