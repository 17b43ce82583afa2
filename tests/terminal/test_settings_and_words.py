"""Settings are read strictly; every code has words; the distribution carries what it needs."""

import tomllib
from pathlib import Path
from string import Formatter

import pytest

import qika_terminal
from qika.activation.status import Status
from qika.terms.names import Use as ServiceUse
from qika.wiring import packaged_texts, parse_rules
from qika_terminal import cli
from qika_terminal.card import CardName
from qika_terminal.event_queue import SET_ASIDE
from qika_terminal.faults import Fault, Trouble
from qika_terminal.first_use import USES, Channel, Document, Use, Who
from qika_terminal.sender import ACCEPTED
from qika_terminal.settings import Convention, Input, SettingError, Wrong, read_settings
from qika_terminal.signing import Signer, UnusableKeyError, new_key
from qika_terminal.words import Language, language_of, said, words

COMMAND = "qika-terminal open"
ROOT = Path(__file__).parents[2]
WHOLE = """
[service]
origin = "https://card.example/"
key_id = "hospital-1"
key_file = "private.pem"

[point]
id = "list:hospital-1"
channel = "hospital_first_use"
cards_by = "number"

[driver]
input = "ctypes"
path = "SSCardDriver.dll"
convention = "cdecl"
type = 1

[queue]
folder = "kept"

[door]
port = 9000
language = "en"
"""


@pytest.fixture
def file(tmp_path):
    key = tmp_path / "private.pem"
    key.write_bytes(new_key()[0])
    key.chmod(0o600)
    path = tmp_path / "terminal.toml"

    def write(text: str = WHOLE) -> Path:
        path.write_text(text, "utf-8")
        return path

    return write


def wrong(path: Path) -> tuple[str, Wrong]:
    with pytest.raises(SettingError) as found:
        read_settings(path)
    return found.value.setting, found.value.wrong


def test_a_whole_file_is_read_and_its_paths_are_beside_it(file, tmp_path):
    settings = read_settings(file())
    assert (settings.origin, settings.port) == ("https://card.example", 9000)
    assert (settings.channel, settings.cards_by) == (Channel.HOSPITAL, CardName.NUMBER)
    assert settings.folder == tmp_path / "kept"
    assert settings.driver.path == tmp_path / "SSCardDriver.dll"
    assert (settings.driver.input, settings.driver.convention) == (Input.CTYPES, Convention.CDECL)
    assert settings.language is Language.EN


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("https://card", "http://card", ("service.origin", Wrong.FORMAT)),
        ('"https://card.example/"', '"https://card.example/x"', ("service.origin", Wrong.FORMAT)),
        ('key_id = "hospital-1"', "", ("service.key_id", Wrong.MISSING)),
        ('"hospital-1"', "1", ("service.key_id", Wrong.TYPE)),
        ("private.pem", "other.pem", ("service.key_file", Wrong.NO_FILE)),
        ("hospital_first_use", "bank_counter", ("point.channel", Wrong.CHOICE)),
        ('cards_by = "number"', 'card_by = "number"', ("point.card_by", Wrong.UNKNOWN)),
        ("port = 9000", "port = 0", ("door.port", Wrong.RANGE)),
        ("port = 9000", "port = true", ("door.port", Wrong.TYPE)),
        ('path = "SSCardDriver.dll"', "", ("driver.path", Wrong.MISSING)),
        ('input = "ctypes"', 'input = "pipe"', ("driver.command", Wrong.MISSING)),
        ('input = "ctypes"', 'command = "x"', ("driver.input", Wrong.MISSING)),
        ('input = "ctypes"', 'input = "pipe"\ncommand = [1]', ("driver.command", Wrong.TYPE)),
        ("[queue]", "[queues]", ("queue.folder", Wrong.MISSING)),
        ("[door]", "[other]\n[door]", ("other", Wrong.UNKNOWN)),
        ('folder = "kept"', "", ("queue.folder", Wrong.MISSING)),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(old, new, found, file):
    assert old in WHOLE
    assert wrong(file(WHOLE.replace(old, new))) == found


def test_a_file_that_is_missing_torn_or_no_table_is_named(file, tmp_path):
    assert wrong(tmp_path / "none.toml")[1] is Wrong.FILE_MISSING
    assert wrong(file("[service"))[1] is Wrong.NOT_TOML
    assert wrong(file("service = 1"))[1] is Wrong.TYPE


def test_a_key_that_others_may_read_or_that_is_none_is_refused(file, tmp_path):
    path = file()
    (tmp_path / "private.pem").chmod(0o640)
    assert wrong(path) == ("service.key_file", Wrong.OPEN_TO_OTHERS)
    for text in (b"no key", new_key()[1]):
        (tmp_path / "private.pem").write_bytes(text)
        with pytest.raises(UnusableKeyError):
            Signer.from_file("k", tmp_path / "private.pem")


# -- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", list(Language))
def test_every_code_has_words_and_no_word_is_of_nothing(language):
    book = parse_rules(packaged_texts())
    wanted = {
        "fault": {*Fault, "unknown"},
        "status": {*Status, SET_ASIDE, "unknown"},
        "trouble": {*Trouble, "sending", "unknown"},
        "setting": {*Wrong},
        "use": {*Use},
        "who": {*Who},
        "state": {"waiting", "held", "sent", "refused"},
    }
    told = words(language)
    assert {group: set(told[group]) for group in wanted} == wanted
    assert set(told["document"]) <= set(book.vocabulary.documents)
    assert set(told["document"]) == {*Document, "card", "identity_document"}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_say_the_same_with_the_same_places():
    chinese, english = words(Language.ZH), words(Language.EN)
    assert {group: list(chinese[group]) for group in chinese} == {
        group: list(english[group]) for group in english
    }
    for group, entries in english.items():
        for name, entry in entries.items():
            other = chinese[group][name]
            both = ("".join(entry), "".join(other))
            assert places(both[0]) == places(both[1]), (group, name)


def test_what_happened_and_what_to_do_next_are_sentences():
    for group in ("fault", "status", "trouble"):
        for end, language in (("。", Language.ZH), (".", Language.EN)):
            for name, (message, next_step) in words(language)[group].items():
                assert message.endswith(end), (group, name)
                assert next_step.endswith((end, COMMAND)), (group, name)


def test_a_code_that_is_not_known_here_has_words():
    assert "later_status" in said(Language.EN, "status", "later_status").message


def test_the_language_of_a_call_is_its_own_or_the_counters():
    assert language_of("en-GB,en;q=0.9", Language.ZH) is Language.EN
    assert language_of("zh-Hans", Language.EN) is Language.ZH
    assert language_of("fr", Language.ZH) is Language.ZH
    assert language_of("", Language.EN) is Language.EN


def test_uses_and_decisions_are_those_of_the_service():
    assert {use.value for use in Use} == {use.value for use in ServiceUse}
    assert {use for uses in USES.values() for use in uses} == set(Use)
    assert set(ACCEPTED) <= set(Status)
    assert {channel.value for channel in Channel} <= set(parse_rules(packaged_texts()).channels)


# -- the distribution ----------------------------------------------------------------------------


def test_the_distribution_needs_one_library_and_carries_its_words_and_pages():
    project = tomllib.loads((ROOT / "terminal" / "pyproject.toml").read_text("utf-8"))["project"]
    assert [one.partition(">")[0] for one in project["dependencies"]] == ["cryptography"]
    assert project["scripts"] == {"qika-terminal": "qika_terminal.cli:main"}
    assert project["version"] == qika_terminal.__version__
    assert callable(cli.main)
    package = Path(qika_terminal.__file__).parent
    assert {path.name for path in (package / "words").iterdir()} == {"zh.toml", "en.toml"}
    assert (package / "schema.sql").is_file()


def test_every_command_is_told_in_the_manual():
    manual = (ROOT / "docs" / "terminal.md").read_text("utf-8")
    for name in cli.COMMANDS:
        assert f"qika-terminal {name}" in manual
    for fault in Input:
        assert f"`{fault}`" in manual
