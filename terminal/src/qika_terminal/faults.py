"""Everything that this agent refuses, and everything that can keep an event from the service."""

from enum import StrEnum


class Fault(StrEnum):
    """Why something was refused here; each has words and a next step in ``words``."""

    # reading a card
    NO_READER = "no_reader"
    READER_BUSY = "reader_busy"
    NO_CARD = "no_card"
    CARD_REMOVED = "card_removed"
    CARD_UNREADABLE = "card_unreadable"
    NOT_A_SOCIAL_SECURITY_CARD = "not_a_social_security_card"
    DRIVER_MISSING = "driver_missing"
    DRIVER_SILENT = "driver_silent"
    DRIVER_REFUSED = "driver_refused"
    # what the driver's string says
    STRING_MISSING = "string_missing"
    STRING_STALE = "string_stale"
    STRING_EMPTY = "string_empty"
    STRING_TORN = "string_torn"
    STRING_ENCODING = "string_encoding"
    DIVISION_WRONG = "division_wrong"
    CARD_NUMBER_WRONG = "card_number_wrong"
    CARD_IDENTIFIER_WRONG = "card_identifier_wrong"
    DIVISION_CONTRADICTS = "division_contradicts"
    CARD_NOT_NAMED = "card_not_named"
    # a call to this agent
    UNREADABLE = "unreadable"
    WRONG_FIELDS = "wrong_fields"
    IN_FUTURE = "in_future"
    ANOTHER_CARD = "another_card"
    READING_GONE = "reading_gone"
    KEY_REUSED = "key_reused"
    NO_TOKEN = "no_token"  # noqa: S105  a name, not a secret
    FOREIGN_PAGE = "foreign_page"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    TOO_LARGE = "too_large"
    WRONG_TYPE = "wrong_type"
    # the queue
    DISK_FULL = "disk_full"
    QUEUE_FULL = "queue_full"
    QUEUE_UNWRITABLE = "queue_unwritable"
    BROKEN = "broken"


class Trouble(StrEnum):
    """Why an event is still on its way; it is kept and sent again whichever it is."""

    UNREACHABLE = "unreachable"
    BUSY = "busy"
    SERVICE_BROKEN = "service_broken"
    IN_FUTURE = "in_future"
    UNTRUSTED = "untrusted"
    NOT_THE_SERVICE = "not_the_service"
    CLOCK_WRONG = "clock_wrong"
    SIGNATURE_REFUSED = "signature_refused"
    NOT_ALLOWED = "not_allowed"
    WRONG_FIELDS = "wrong_fields"

    @property
    def needs_somebody(self) -> bool:
        """True if waiting alone will not mend it: somebody must change a setting or a record."""
        return self not in {
            Trouble.UNREACHABLE,
            Trouble.BUSY,
            Trouble.SERVICE_BROKEN,
            Trouble.IN_FUTURE,
        }


class RefusedError(Exception):
    """Something is refused; ``detail`` says more and never holds what a card says."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        """Take what is refused."""
        super().__init__(f"{fault} {detail}".strip())
        self.fault, self.detail = fault, detail
