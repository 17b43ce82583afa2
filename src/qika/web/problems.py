"""Problems: what is wrong with a call itself, as ``application/problem+json`` (RFC 9457)."""

from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

from qika.terms.names import Language
from qika.web.speech import SPEECH


class ProblemCode(StrEnum):
    """Every problem of the API; docs/problems.md has an anchor for each."""

    UNREADABLE = "unreadable"
    UNSIGNED = "unsigned"
    SIGNATURE_REFUSED = "signature_refused"
    NOT_ALLOWED = "not_allowed"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    IN_PROGRESS = "in_progress"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    WRONG_FIELDS = "wrong_fields"
    TOO_MANY_TRIES = "too_many_tries"
    TOO_MANY_REQUESTS = "too_many_requests"
    BROKEN = "broken"
    OVERLOADED = "overloaded"
    UNAVAILABLE = "unavailable"
    NO_MAP = "no_map"


HTTP_STATUS = {
    ProblemCode.UNREADABLE: 400,
    ProblemCode.UNSIGNED: 401,
    ProblemCode.SIGNATURE_REFUSED: 401,
    ProblemCode.NOT_ALLOWED: 403,
    ProblemCode.NOT_FOUND: 404,
    ProblemCode.METHOD_NOT_ALLOWED: 405,
    ProblemCode.IN_PROGRESS: 409,
    ProblemCode.TOO_LARGE: 413,
    ProblemCode.UNSUPPORTED_MEDIA_TYPE: 415,
    ProblemCode.WRONG_FIELDS: 422,
    ProblemCode.TOO_MANY_TRIES: 429,
    ProblemCode.TOO_MANY_REQUESTS: 429,
    ProblemCode.BROKEN: 500,
    ProblemCode.OVERLOADED: 503,
    ProblemCode.UNAVAILABLE: 503,
    ProblemCode.NO_MAP: 503,
}


class FaultCode(StrEnum):
    """What is wrong with one field."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    REPEATED = "repeated"
    TYPE = "type"
    CHOICE = "choice"
    DATE = "date"
    TIME = "time"
    RANGE = "range"
    LENGTH = "length"
    FORMAT = "format"
    CONFLICT = "conflict"
    TOO_MANY = "too_many"
    UNKNOWN_REGION = "unknown_region"
    AMBIGUOUS_REGION = "ambiguous_region"
    UNKNOWN_BANK = "unknown_bank"
    KEY_REUSED = "key_reused"
    # of a signature, as web.signing.profile.SignatureFault
    SIGNATURE_MISSING = "signature_missing"
    SIGNATURE_UNREADABLE = "signature_unreadable"
    SIGNATURE_COMPONENTS = "signature_components"
    SIGNATURE_PARAMETERS = "signature_parameters"
    SIGNATURE_TOO_OLD = "signature_too_old"
    SIGNATURE_IN_FUTURE = "signature_in_future"
    KEY_UNKNOWN = "key_unknown"
    KEY_NOT_IN_FORCE = "key_not_in_force"
    CONTENT_DIGEST = "content_digest"
    SIGNATURE_WRONG = "signature_wrong"
    SIGNATURE_REPLAYED = "signature_replayed"
    # of what a partner may do, as authority.partner.Refusal
    PARTNER_SUSPENDED = "partner_suspended"
    REGION_NOT_ALLOWED = "region_not_allowed"
    CHANNEL_NOT_ALLOWED = "channel_not_allowed"
    EVENT_NOT_ALLOWED = "event_not_allowed"
    POINT_NOT_ALLOWED = "point_not_allowed"
    BANK_NOT_ALLOWED = "bank_not_allowed"


class Form(StrEnum):
    """Forms of text that faults put into words; the values are what OpenAPI says of them."""

    PLAIN = "text without control characters"
    CODE = "lower case letters, digits, _"
    CHIP = "32 hexadecimal digits"


_FORMS = {form.value: f"form-{form.name.lower()}" for form in Form}


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong field: where (``requests[3].card.issuer``), what, and what would be right.

    ``allowed`` never holds what the caller sent, so that no personal data comes back.
    """

    field: str
    code: FaultCode
    allowed: str = ""


class ProblemError(Exception):
    """Ends a call with a problem; ``headers`` are added to the answer."""

    def __init__(
        self,
        code: ProblemCode,
        faults: tuple[Fault, ...] = (),
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Keep what the answer is built from."""
        super().__init__(code)
        self.code, self.faults, self.headers = code, faults, headers


class FieldError(Struct, frozen=True):
    """One wrong field in a problem."""

    field: str
    code: FaultCode
    message: str


class Problem(Struct, frozen=True):
    """A problem as it is sent."""

    type: str
    title: str
    status: int
    code: ProblemCode
    detail: str
    next_step: str
    errors: list[FieldError]


def problem_of(error: ProblemError, language: Language) -> Problem:
    """Put a problem into words."""
    speech = SPEECH[language]
    return Problem(
        type=f"/{language}/problems#{error.code}",
        title=speech.t(f"problem-{error.code}-title"),
        status=HTTP_STATUS[error.code],
        code=error.code,
        detail=speech.t(f"problem-{error.code}"),
        next_step=speech.t(f"problem-{error.code}-next"),
        errors=[_field_error(fault, language) for fault in error.faults],
    )


def _field_error(fault: Fault, language: Language) -> FieldError:
    speech = SPEECH[language]
    name = f"field-{fault.code}"
    allowed = speech.t(_FORMS[fault.allowed]) if fault.allowed in _FORMS else fault.allowed
    message = speech.t(name, allowed=allowed) if allowed else speech.t(name)
    return FieldError(fault.field, fault.code, message)
