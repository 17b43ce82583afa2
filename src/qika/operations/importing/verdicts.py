"""What an import says of each row, and of the whole file: closed sets, counts that add up."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol


class Verdict(StrEnum):
    """What became of a row."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    HELD_BACK = "held_back"
    DONE_BEFORE = "done_before"
    """Committed by an interrupted run of the same file, which this run continued."""
    ACCEPTABLE = "acceptable"
    """Dry run: the row would be loaded."""


class Reason(StrEnum):
    """Why a row is held back."""

    ROW_DAMAGED = "row_damaged"
    TOO_LONG = "too_long"
    ISSUER_BLANK = "issuer_blank"
    ISSUER_UNKNOWN = "issuer_unknown"
    ISSUER_AMBIGUOUS = "issuer_ambiguous"
    CARD_NUMBER_BLANK = "card_number_blank"
    CARD_NUMBER_MASKED = "card_number_masked"
    CARD_NUMBER_FORM = "card_number_form"
    CARD_IDENTIFIER_FORM = "card_identifier_form"
    NUMBER_BLANK = "number_blank"
    NUMBER_MASKED = "number_masked"
    NUMBER_OLD_FORM = "number_old_form"
    NUMBER_CHARACTERS = "number_characters"
    NUMBER_LENGTH = "number_length"
    NUMBER_BIRTH_DATE = "number_birth_date"
    NUMBER_BORN_IN_FUTURE = "number_born_in_future"
    NUMBER_BORN_BEFORE_1900 = "number_born_before_1900"
    NUMBER_CHECK_DIGIT = "number_check_digit"
    NAME_BLANK = "name_blank"
    NAME_MASKED = "name_masked"
    NAME_DAMAGED = "name_damaged"
    BANK_UNKNOWN = "bank_unknown"
    DATE_UNREAL = "date_unreal"
    DATE_IN_FUTURE = "date_in_future"
    COLLECTED_BEFORE_MADE = "collected_before_made"
    DUPLICATE_CARD = "duplicate_card"
    DUPLICATE_IDENTIFIER = "duplicate_identifier"
    SOURCE_ID_BLANK = "source_id_blank"
    DUPLICATE_SOURCE_ID = "duplicate_source_id"
    DUPLICATE_POINT = "duplicate_point"
    DUPLICATE_OF_KNOWN = "duplicate_of_known"
    ADDRESS_MASKED = "address_masked"
    KIND_UNKNOWN = "kind_unknown"
    REGION_BLANK = "region_blank"
    REGION_UNKNOWN = "region_unknown"
    REGION_AMBIGUOUS = "region_ambiguous"
    COORDINATES_UNREADABLE = "coordinates_unreadable"
    COORDINATES_SWAPPED = "coordinates_swapped"
    COORDINATES_OUTSIDE_CHINA = "coordinates_outside_china"
    CRS_UNKNOWN_WORD = "crs_unknown_word"
    OUTSIDE_REGION = "outside_region"
    BANK_MISMATCH = "bank_mismatch"
    INTERNAL_ONLY = "internal_only"
    CHANNEL_UNKNOWN = "channel_unknown"
    APPLICATION_UNKNOWN = "application_unknown"
    REGIONS_SERVED_UNKNOWN = "regions_served_unknown"
    CAPABILITY_UNSOURCED = "capability_unsourced"


class Remark(StrEnum):
    """What looks odd about a row that is loaded all the same."""

    ISSUER_RETIRED = "issuer_retired"
    CARD_NUMBER_UNUSUAL = "card_number_unusual"
    NUMBER_UNKNOWN_PREFIX = "number_unknown_prefix"
    NUMBER_RESIDENCE_CHECK_DIGIT = "number_residence_check_digit"
    NAME_PRIVATE_CHARACTER = "name_private_character"
    NAME_HAS_DIGITS = "name_has_digits"
    BANK_BLANK = "bank_blank"
    MADE_ON_BLANK = "made_on_blank"
    PHONE_MASKED = "phone_masked"
    PHONE_MOBILE = "phone_mobile"
    PHONE_INCOMPLETE = "phone_incomplete"
    BANK_FROM_NAME = "bank_from_name"
    REGION_RETIRED = "region_retired"
    COORDINATES_PLACEHOLDER = "coordinates_placeholder"
    CRS_UNKNOWN = "crs_unknown"
    CRS_PRESUMED = "crs_presumed"
    SHARED_PLACE = "shared_place"
    SAME_NAME = "same_name"
    HOURS_UNREAD = "hours_unread"
    CONFIRMED_ON_BLANK = "confirmed_on_blank"


class RowVerdict(NamedTuple):
    """One line of the report. ``label`` never names a holder: it is a masked card or a point."""

    line: int
    verdict: Verdict
    label: str
    reasons: tuple[Reason, ...] = ()
    remarks: tuple[Remark, ...] = ()


class VerdictSink(Protocol):
    """Where the verdicts of the rows go, in the order of the file."""

    def write(self, verdicts: Sequence[RowVerdict]) -> None:
        """Take the verdicts of some consecutive rows."""
        ...


Progress = Callable[[int, int], None]
"""Called with (rows done, rows there may be; 0 if unknown) after each batch."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did with a file. Every row has one verdict; the counts add up to ``rows``."""

    kind: str
    table: str
    job: str
    dry_run: bool
    rows: int
    verdicts: Mapping[Verdict, int]
    reasons: Mapping[Reason, int]
    """Rows held back by reason; a row may have several."""
    remarks: Mapping[Remark, int]
    rows_of_kind: Mapping[str, int] = field(default_factory=dict[str, int])
    """Accepted points by kind; empty for cards."""
    hours_read: int = 0
    hours_unread: int = 0
    """Accepted points whose hours text was understood, and those where it was kept as it is."""

    @property
    def changed(self) -> bool:
        """Tell whether anything in the store is different now."""
        return bool(self.verdicts.get(Verdict.ADDED) or self.verdicts.get(Verdict.UPDATED))

    @property
    def held_back(self) -> int:
        """Count the rows that need a person."""
        return self.verdicts.get(Verdict.HELD_BACK, 0)

    @property
    def adds_up(self) -> bool:
        """Tell whether every row has exactly one verdict."""
        return sum(self.verdicts.values()) == self.rows


@dataclass(frozen=True, slots=True)
class PointCounts:
    """What is counted of points besides: their kinds, and whose hours were understood."""

    kinds: Mapping[str, int] = field(default_factory=dict[str, int])
    hours_read: int = 0
    hours_unread: int = 0


@dataclass(slots=True)
class Tally:
    """Counts while an import runs."""

    rows: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter[Verdict])
    reasons: Counter[Reason] = field(default_factory=Counter[Reason])
    remarks: Counter[Remark] = field(default_factory=Counter[Remark])

    def count(self, rows: Sequence[RowVerdict]) -> None:
        """Add the verdicts of some rows."""
        self.rows += len(rows)
        self.verdicts.update([row.verdict for row in rows])
        for row in rows:
            if row.reasons:
                self.reasons.update(row.reasons)
            if row.remarks:
                self.remarks.update(row.remarks)

    def report(
        self, kind: str, table: str, job: str, *, dry_run: bool, points: PointCounts | None = None
    ) -> ImportReport:
        """Give what was counted, in the end."""
        counts = points or PointCounts()
        return ImportReport(
            kind=kind,
            table=table,
            job=job,
            dry_run=dry_run,
            rows=self.rows,
            verdicts=self.verdicts,
            reasons=self.reasons,
            remarks=self.remarks,
            rows_of_kind=counts.kinds,
            hours_read=counts.hours_read,
            hours_unread=counts.hours_unread,
        )
