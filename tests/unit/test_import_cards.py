"""Cards files: the verdict on every kind of row, repetitions, dry runs, interrupted runs."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qika.cards.card import Card
from qika.cards.deadlines import CardDates
from qika.operations.import_cards import import_cards
from qika.operations.importing.card_cells import IdentityNumbers, read_name
from qika.operations.importing.cells import read_day
from qika.operations.importing.references import References
from qika.operations.importing.seen import Seen
from qika.operations.importing.tables import CARDS
from qika.operations.importing.verdicts import ImportReport, Reason, Remark, Verdict
from qika.operations.rulings import Rulings
from qika.partners.tables.opening import open_table
from qika.partners.tables.report import COLUMNS, VerdictFile, render_report, report_words
from qika.rulebook.model import Clock
from qika.terms.banks import parse_banks
from qika.terms.identity_number import check_digit, check_identity_number
from qika.terms.names import CardNumber, IssuerCode, Language, State

from tests.doubles import PlainKeys, office_of
from tests.importing import (
    NOON,
    MemoryArchive,
    Verdicts,
    packaged_banks_text,
    packaged_gazetteer,
    write_csv,
)

REGIONS = packaged_gazetteer()
BANKS = parse_banks(packaged_banks_text())
PERSON = "11010119900307000" + check_digit("11010119900307000")
GOOD = {
    "issuer": "990000",
    "card_number": "A00000001",
    "social_security_number": PERSON,
    "name": "王小明",
    "card_bank": "102",
    "made_on": "2026-01-05",
    "collected_on": "2026-02-01",
    "generation": "3",
}


BATCH = 512


class World:
    """An office with a memory store, and files to load into it."""

    def __init__(self, book, folder: Path) -> None:
        self.archive = MemoryArchive()
        self.folder = folder
        rulings = Rulings(book, lambda issuer: (issuer,))
        self.office = office_of(self.archive, rulings, clock=lambda: NOON)
        self.references = References(REGIONS, BANKS, book.channels)
        self.verdicts = Verdicts()
        self.progress: list[tuple[int, int]] = []

    def load(self, rows: Iterable[Mapping[str, str]], *, dry_run: bool = False) -> ImportReport:
        return self.load_file(write_csv(self.folder / "cards.csv", CARDS, rows), dry_run=dry_run)

    def load_file(self, path: Path, *, dry_run: bool = False) -> ImportReport:
        self.verdicts.clear()
        report = asyncio.run(
            import_cards(
                self.office,
                self.archive,
                open_table(path, CARDS),
                self.references,
                dry_run=dry_run,
                batch=BATCH,
                on_progress=lambda done, total: self.progress.append((done, total)),
                verdicts=self.verdicts,
            )
        )
        assert report.adds_up
        assert len(self.verdicts) == report.rows
        return report

    def card(self, issuer: str = "990000", number: str = "A00000001") -> Card:
        key = PlainKeys().card_key(IssuerCode(issuer), CardNumber(number))
        return self.archive.held_cards[key].card


@pytest.fixture
def world(example_book, tmp_path):
    return World(example_book, tmp_path)


def test_a_collected_card_begins_sealed_with_its_activation_clock(world):
    world.load([GOOD])
    card = world.card()
    assert (card.social.state, card.financial.state) == (State.SEALED, State.SEALED)
    new = world.archive.held_cards[card.key]
    due = {row.clock: row.due_on for row in new.clocks}
    falling = world.office.due(Clock.ACTIVATION, card.issuer, _dates(card), NOON.date())
    assert due[Clock.ACTIVATION] == falling.last_day is not None


def _dates(card: Card):
    return CardDates(card.made_on, card.applied_on, card.collected_on)


def test_a_card_without_a_day_of_collection_is_not_collected_and_no_activation_clock_runs(world):
    world.load([GOOD | {"collected_on": ""}])
    card = world.card()
    assert card.social.state is State.NOT_COLLECTED
    running_clocks = {r.clock for r in world.archive.held_cards[card.key].clocks if r.due_on}
    assert Clock.ACTIVATION not in running_clocks


HELD_BACK = {
    "issuer_blank": ({"issuer": ""}, Reason.ISSUER_BLANK),
    "issuer_unknown": ({"issuer": "440399"}, Reason.ISSUER_UNKNOWN),
    "issuer_is_a_name": ({"issuer": "深圳"}, Reason.ISSUER_UNKNOWN),
    "issuer_not_covered": ({"issuer": "810000"}, Reason.ISSUER_UNKNOWN),
    "card_number_blank": ({"card_number": ""}, Reason.CARD_NUMBER_BLANK),
    "card_number_masked": ({"card_number": "A0000**01"}, Reason.CARD_NUMBER_MASKED),
    "card_number_short": ({"card_number": "A12"}, Reason.CARD_NUMBER_FORM),
    "card_number_long": ({"card_number": "A" * 21}, Reason.CARD_NUMBER_FORM),
    "identifier": ({"card_identifier": "0" * 31}, Reason.CARD_IDENTIFIER_FORM),
    "number_blank": ({"social_security_number": ""}, Reason.NUMBER_BLANK),
    "number_masked": ({"social_security_number": "1101**********0012"}, Reason.NUMBER_MASKED),
    "number_old": ({"social_security_number": "110101900307001"}, Reason.NUMBER_OLD_FORM),
    "number_digit": (
        {"social_security_number": PERSON[:17] + ("0" if PERSON[17] != "0" else "1")},
        Reason.NUMBER_CHECK_DIGIT,
    ),
    "number_of_excel": (
        {"social_security_number": "1.10101199003070e+17"},
        Reason.NUMBER_CHARACTERS,
    ),
    "name_blank": ({"name": ""}, Reason.NAME_BLANK),
    "name_masked": ({"name": "王**"}, Reason.NAME_MASKED),
    "name_masked_wide": ({"name": "王\uff0a\uff0a"}, Reason.NAME_MASKED),
    "name_masked_x": ({"name": "王XX"}, Reason.NAME_MASKED),
    "name_someone": ({"name": "王某某"}, Reason.NAME_MASKED),
    "name_lost": ({"name": "王?"}, Reason.NAME_DAMAGED),
    "bank": ({"card_bank": "大牛银行"}, Reason.BANK_UNKNOWN),
    "unreal_day": ({"made_on": "2026-02-30"}, Reason.DATE_UNREAL),
    "future_day": ({"collected_on": "2026-11-21"}, Reason.DATE_IN_FUTURE),
    "order": ({"made_on": "2026-02-02"}, Reason.COLLECTED_BEFORE_MADE),
    "generation": ({"generation": "3" * 21}, Reason.TOO_LONG),
}


@pytest.mark.parametrize("case", HELD_BACK)
def test_a_row_that_cannot_be_right_is_held_back_with_its_reason(world, case):
    change, reason = HELD_BACK[case]
    report = world.load([GOOD | change, GOOD | {"card_number": "A00000002"}])
    assert report.verdicts == {Verdict.HELD_BACK: 1, Verdict.ADDED: 1}
    assert world.verdicts[0].reasons == (reason,)
    assert len(world.archive.held_cards) == 1


REMARKED = {
    "unusual_number": ({"card_number": "A0001"}, Remark.CARD_NUMBER_UNUSUAL),
    "retired_issuer": ({"issuer": "110103"}, Remark.ISSUER_RETIRED),
    "no_bank": ({"card_bank": ""}, Remark.BANK_BLANK),
    "no_day_of_making": ({"made_on": ""}, Remark.MADE_ON_BLANK),
    "private_use": ({"name": "王\ue000"}, Remark.NAME_PRIVATE_CHARACTER),
    "unknown_prefix": (
        {"social_security_number": "99999919900307000" + check_digit("99999919900307000")},
        Remark.NUMBER_UNKNOWN_PREFIX,
    ),
}


@pytest.mark.parametrize("case", REMARKED)
def test_a_row_that_is_only_odd_is_loaded_with_a_remark(world, case):
    change, remark = REMARKED[case]
    world.load([GOOD | change])
    assert (world.verdicts[0].verdict, world.verdicts[0].remarks) == (Verdict.ADDED, (remark,))


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "xpcc"},
        {"social_security_number": "H01234567"},
        {"social_security_number": "CHN123456789"},
        {"name": "Müller, Jörg"},
        {"name": "阿卜杜热合曼·图尔荪"},
        {"name": "王𬱖"},
        {"card_bank": "中国农业银行"},
        {"card_identifier": "0123456789abcdef0123456789ABCDEF"},
        {"made_on": "20260105"},
        {"made_on": "2026/1/5"},
        {"card_number": "a00000001"},
    ],
)
def test_what_real_files_hold_is_accepted_without_a_remark(world, change):
    world.load([GOOD | change])
    assert (world.verdicts[0].verdict, world.verdicts[0].remarks) == (Verdict.ADDED, ())


def test_a_retired_issuer_code_is_stored_as_its_successor(world):
    world.load([GOOD | {"issuer": "110103"}])
    (new,) = world.archive.held_cards.values()
    assert new.card.issuer == "110101"


def test_the_first_of_two_rows_of_one_card_is_kept_and_one_person_may_have_two_cards(world):
    rows = [GOOD, GOOD | {"name": "李四"}, GOOD | {"card_number": "A00000002"}]
    world.load(rows)
    verdicts = [row.verdict for row in world.verdicts]
    assert verdicts == [Verdict.ADDED, Verdict.HELD_BACK, Verdict.ADDED]
    assert world.verdicts[1].reasons == (Reason.DUPLICATE_CARD,)


def test_a_chip_that_stood_on_another_card_is_held_back(world):
    chip = {"card_identifier": "AB" * 16}
    world.load([GOOD | chip, GOOD | chip | {"card_number": "A00000002"}])
    assert world.verdicts[1].reasons == (Reason.DUPLICATE_IDENTIFIER,)


def test_repetitions_are_found_across_batches(world):
    rows = [GOOD | {"card_number": f"A{n:08d}"} for n in range(BATCH + 1)]
    report = world.load([*rows, rows[0]])
    assert report.reasons == {Reason.DUPLICATE_CARD: 1}
    assert world.progress[-1] == (len(rows) + 1, len(rows) + 1)


def test_a_damaged_row_is_held_back_and_shows_nothing_of_itself(world):
    path = world.folder / "c.csv"
    write_csv(path, CARDS, [GOOD])
    with path.open("a", encoding="utf-8") as file:
        file.write("990000,王小明五六七\n")
    world.load_file(path)
    assert world.verdicts[1].reasons == (Reason.ROW_DAMAGED,)
    assert "王" not in world.verdicts[1].label


def test_a_dry_run_writes_nothing(world):
    report = world.load([GOOD, GOOD | {"card_number": ""}], dry_run=True)
    assert report.verdicts == {Verdict.ACCEPTABLE: 1, Verdict.HELD_BACK: 1}
    assert (world.archive.writes, world.archive.jobs) == (0, {})


def test_the_same_file_again_changes_nothing_and_says_so(world):
    rows = [GOOD, GOOD | {"card_number": "A00000002"}]
    world.load(rows)
    held = dict(world.archive.held_cards)
    again = world.load(rows)
    assert again.verdicts == {Verdict.UNCHANGED: 2}
    assert not again.changed
    assert world.archive.held_cards == held
    assert report_words(Language.EN).report["nothing_new"] in render_report(again, Language.EN)


def test_an_interrupted_run_is_continued_and_loads_every_card_once(world):
    rows = [GOOD | {"card_number": f"A{n:08d}"} for n in range(3 * BATCH)]
    rows[5] = rows[4]
    world.archive.fails_after = 1
    with pytest.raises(ConnectionError):
        world.load(rows)
    assert len(world.archive.held_cards) == BATCH - 1
    world.archive.fails_after = None
    report = world.load(rows)
    assert report.verdicts == {
        Verdict.DONE_BEFORE: BATCH - 1,
        Verdict.HELD_BACK: 1,
        Verdict.ADDED: 2 * BATCH,
    }
    assert len(world.archive.held_cards) == 3 * BATCH - 1


def test_a_file_that_breaks_off_keeps_what_came_before_and_can_be_loaded_when_mended(world):
    rows = [GOOD | {"card_number": f"A{n:08d}"} for n in range(BATCH + 10)]
    path = write_csv(world.folder / "cards.csv", CARDS, rows)
    whole = path.read_text("utf-8")
    path.write_text(whole + '990000,"A9', "utf-8")
    with pytest.raises(ValueError, match="quotes"):
        world.load_file(path)
    assert len(world.archive.held_cards) == BATCH
    path.write_text(whole, "utf-8")
    report = world.load_file(path)
    assert report.verdicts == {Verdict.UNCHANGED: BATCH, Verdict.ADDED: 10}


def test_the_report_file_shows_no_name_and_no_number(world, tmp_path):
    rows = [GOOD, GOOD | {"name": "王**"}, GOOD | {"card_number": PERSON, "issuer": "王小明"}]
    path = write_csv(tmp_path / "cards.csv", CARDS, rows)
    with VerdictFile(tmp_path / "r.csv", Language.ZH) as sink:
        asyncio.run(
            import_cards(
                world.office,
                world.archive,
                open_table(path, CARDS),
                world.references,
                dry_run=True,
                verdicts=sink,
            )
        )
    text = (tmp_path / "r.csv").read_text("utf-8-sig")
    assert text.splitlines()[0] == ",".join(COLUMNS)
    assert "990000/******001" in text
    for secret in (PERSON, PERSON[-6:], "A00000001", "王"):
        assert secret not in text.replace(
            report_words(Language.ZH).remedies[Reason.NAME_MASKED], ""
        )


def test_a_report_that_did_not_end_well_keeps_its_provisional_name(tmp_path):
    with pytest.raises(KeyError), VerdictFile(tmp_path / "r.csv", Language.EN):
        raise KeyError
    assert [path.name for path in tmp_path.iterdir()] == ["r.csv.part"]


@pytest.mark.parametrize("language", list(Language))
def test_every_verdict_reason_and_remark_has_words(language):
    words = report_words(language)
    assert all(words.remedies[reason] for reason in Reason)


ODD = st.one_of(
    st.text(max_size=20),
    st.from_regex(r"[0-9]{17}[0-9Xx]", fullmatch=True),
    st.builds(
        lambda day, tail: (
            f"110101{day:%Y%m%d}{tail:03d}" + check_digit(f"110101{day:%Y%m%d}{tail:03d}")
        ),
        st.dates(date(1890, 1, 1), date(2030, 1, 1)),
        st.integers(0, 999),
    ),
)


@given(st.lists(ODD, max_size=8))
def test_the_column_reader_says_of_every_number_what_the_single_check_says(texts):
    today, prefixes = NOON.date(), REGIONS.known_prefixes
    column = IdentityNumbers(today, prefixes).read(texts + texts)
    for place, text in enumerate(texts + texts):
        one = check_identity_number(text, today, prefixes)
        assert column.values[place] == one.value
        assert bool(column.odd.get(place)) == bool(one.faults or one.warnings)


@given(st.lists(st.lists(st.binary(min_size=16, max_size=16), max_size=9), max_size=30))
def test_seen_agrees_with_a_set(batches):
    seen, plain = Seen(), set[bytes]()
    for batch in batches:
        expected = []
        for value in batch:
            expected.append(value in plain)
            plain.add(value)
        assert seen.repeated(b"".join(batch)).tolist() == expected
    assert len(seen) == len(plain)


def test_seen_tells_values_apart_that_share_their_first_half():
    seen = Seen()
    values = [bytes(8) + n.to_bytes(8, "big") for n in range(1_000)]
    assert not seen.repeated(b"".join(values[:500])).any()
    assert seen.repeated(b"".join(values)).tolist() == [True] * 500 + [False] * 500


@pytest.mark.parametrize("text", ["2026-1-5", "2026.01.05", "2026年1月5日", "2026-01-05 00:00:00"])
def test_days_are_read_in_the_forms_that_have_one_meaning(text):
    assert read_day(text, NOON.date()).value == date(2026, 1, 5)


@pytest.mark.parametrize("text", ["1/5/2026", "202615", "2026-01", "05.01.2026", "46027"])
def test_days_of_several_meanings_are_not_guessed(text):
    assert read_day(text, NOON.date()).reasons == (Reason.DATE_UNREAL,)


def test_a_rare_character_is_kept_as_it_is():
    assert read_name("\U0002c456").value == "\U0002c456"
