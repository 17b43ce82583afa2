"""A power of attorney: what the region wants, the form, and the paper that comes out of it."""

import asyncio
import re
import shutil
import subprocess
import sys
import threading
from html import unescape
from io import BytesIO

import numpy as np
import pypdfium2
import pytest
from pypdf import PdfReader

from qika.rulebook.book import parse_rulebook
from qika.terms.names import Language
from qika.web.app import build_app
from qika.web.pages.take_along.letter_form import LENGTHS, written
from qika.web.press.fonts import FAMILIES, REGULAR, find_fonts
from qika.web.press.press import Press, PressBusyError

from tests.conftest import BANKS
from tests.journeys.example_site import Visitor, example_site

LETTER = "/power-of-attorney"
NUMBER = "11010519491231002X"
RARE = "欧阳䶮"
DOTTED = "𬱖买买提·艾力"
FILLED = {
    "region": "990000",
    "holder_name": RARE,
    "holder_number": NUMBER,
    "agent_name": DOTTED,
    "agent_number": "H12345678",
    "card_number": "A1234567X",
    "card_bank": "中国工商银行",
    "application": ["social", "financial"],
    "valid_from": "2026-11-20",
    "valid_until": "2026-12-20",
}


@pytest.fixture(scope="module")
def press():
    return Press()


@pytest.fixture(scope="module")
def visitor(example_book, press):
    return Visitor(build_app(example_site(example_book, press=press)))


@pytest.fixture(params=list(Language))
def language(request):
    return request.param


def sent(visitor, language="zh", **changes):
    said = {name: value for name, value in (FILLED | changes).items() if value is not None}
    return visitor.call("POST", f"/{language}{LETTER}", data=said)


def printed(answer) -> tuple[PdfReader, str]:
    """Read a PDF back: its structure, and its text by another reader without line breaks."""
    assert answer.status_code == 200, re.findall(r'class="wrong"[^>]*>([^<]*)', answer.text)
    assert answer.headers["content-type"] == "application/pdf"
    pdf = pypdfium2.PdfDocument(answer.content)
    text = "".join(page.get_textpage().get_text_range() for page in pdf)
    pdf.close()
    return PdfReader(BytesIO(answer.content)), re.sub(r"\s", "", text)


def wrong(answer) -> dict[str, str]:
    """Give what is said at each field."""
    assert answer.status_code == 422
    assert answer.headers["cache-control"] == "no-store"
    said = re.findall(r'<p class="wrong" id="(\w+)-wrong">([^<]*)', answer.text)
    summary = re.search(r'role="alert".*?</div>', answer.text, re.DOTALL)[0]
    for _, words in said:
        assert words in summary
    return {name: unescape(words) for name, words in said}


def kept(answer) -> dict[str, str]:
    """Give what the fields are filled with again."""
    fields = re.findall(r'<input class="input" id="(\w+)"[^>]* value="([^"]*)"', answer.text)
    ticked = re.findall(r'name="application" value="(\w+)" checked', answer.text)
    return {name: unescape(value) for name, value in fields} | {"application": ticked}


# -- what the region wants ------------------------------------------------------------------------


def test_the_page_says_what_holds_for_agents_before_it_offers_the_form(visitor, language):
    page = visitor.get(f"/{language}{LETTER}?region=990000").text
    papers = {"zh": "有效身份证件原件", "en": "a valid identity document"}[language]
    assert page.index(papers) < page.index("<form")
    guardian = {"zh": "监护人不用委托书", "en": "guardians need no power of attorney"}[language]
    assert guardian in page
    assert f"/{language}/social-security/card-activation/990000?who=guardian" in page


def rules_of_letter(example_texts, change: str) -> str:
    """The rule files with the letter of the example city changed."""
    name = "regions/990000.toml"
    return parse_rulebook(example_texts | {name: example_texts[name] + change}, BANKS)


REFUSED = """
[[rule]]
parameter = "who_may_act"
channel = "bank_entrusted"
value = ["holder"]
since = "2020-01-02"
cite = ["example"]
grade = "A"

[[rule]]
parameter = "who_may_act"
channel = "bureau_counter"
value = ["holder"]
since = "2020-01-02"
cite = ["example"]
grade = "A"
"""


@pytest.fixture(scope="module")
def refusing(example_texts, press):
    change = REFUSED.replace("example", first_source(example_texts))
    return Visitor(build_app(example_site(rules_of_letter(example_texts, change), press=press)))


def first_source(texts) -> str:
    return re.search(r'\[\[source\]\]\s+id = "([^"]+)"', texts["regions/990000.toml"])[1]


def test_a_region_that_refuses_agents_says_so_and_offers_no_form(refusing, language):
    page = refusing.get(f"/{language}{LETTER}?region=990000")
    assert page.status_code == 200
    said = {"zh": "不接受代办", "en": "does not accept an agent"}[language]
    assert said in page.text
    assert "12333" in page.text
    assert "<form" not in page.text
    assert ".pdf" not in page.text
    for answer in (
        sent(refusing, language),
        refusing.get(f"/{language}{LETTER}.pdf?region=990000"),
    ):
        assert said in answer.text
        assert answer.headers["content-type"].startswith("text/html")


WITNESSED = """
[[rule]]
parameter = "documents"
channel = "bank_entrusted"
who = "agent"
value = [
  { code = "card", of = "holder" },
  { code = "notarised_power_of_attorney", of = "holder", any_of = [LETTERS] },
]
since = "2020-01-02"
cite = ["example"]
grade = "A"
"""


def test_where_a_witness_is_wanted_page_and_paper_say_so_and_leave_room(
    example_texts, press, language
):
    letters = '"notarised_power_of_attorney", "witnessed_power_of_attorney"'
    change = WITNESSED.replace("LETTERS", letters)
    change = change.replace('cite = ["example"', f'cite = ["{first_source(example_texts)}"')
    book = rules_of_letter(example_texts, change)
    visitor = Visitor(build_app(example_site(book, press=press)))
    page = visitor.get(f"/{language}{LETTER}?region=990000").text
    assert {"zh": "两名工作人员上门见证", "en": "witnessed at home by two staff"}[language] in page
    reader, text = printed(sent(visitor, language))
    assert len(reader.pages) == 1
    assert "见证人一" in text
    assert "两名工作人员上门见证" in text


def test_without_a_region_the_page_asks_for_one_and_candidates_lead_back(visitor, language):
    page = visitor.get(f"/{language}{LETTER}")
    assert page.status_code == 200
    assert 'name="region"' in page.text
    assert visitor.get(f"/{language}{LETTER}?region=").status_code == 422
    unknown = visitor.get(f"/{language}{LETTER}?region=Atlantis")
    assert unknown.status_code == 422
    assert 'value="Atlantis"' in unknown.text
    assert visitor.get(f"/{language}{LETTER}?region={'x' * 3000}").status_code == 422
    several = visitor.get(f"/{language}{LETTER}?region=朝阳").text
    assert f'href="/{language}{LETTER}?region=211300"' in several
    elsewhere = visitor.get(f"/{language}{LETTER}?region=810000")
    assert "<form" not in elsewhere.text


def test_where_nothing_is_published_the_page_says_so(visitor):
    page = visitor.get(f"/zh{LETTER}?region=440300").text
    assert "没有找到当地的代办规定" in page
    assert "没有代办" not in page


# -- the paper ------------------------------------------------------------------------------------


def test_a_filled_letter_holds_everything_that_was_typed_on_one_page(visitor, language):
    answer = sent(visitor, language)
    reader, text = printed(answer)
    assert len(reader.pages) == 1
    for said in (RARE, DOTTED, NUMBER, "H12345678", "A1234567X", "中国工商银行", "示例市"):
        assert said in text, said
    assert "自2026年11月20日起至2026年12月20日止" in re.sub(r"\W", "", text)
    assert "启用社会保障应用" in text
    assert "激活金融应用" in text
    assert "虚构地区" in text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert ("Holder" in text) == (language is Language.EN)


def test_the_paper_is_tagged_in_chinese_and_names_itself(visitor):
    reader, _ = printed(sent(visitor))
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "zh-CN"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == "授权委托书"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    box = reader.pages[0].mediabox
    assert (round(box.width), round(box.height)) == (595, 842)


def test_only_what_was_chosen_is_given_away(visitor):
    _, text = printed(sent(visitor, application=["social"]))
    assert "激活金融应用" not in text


def test_a_blank_letter_has_lines_for_the_pen_and_comes_without_a_form(visitor, language):
    reader, text = printed(visitor.get(f"/{language}{LETTER}.pdf?region=990000"))
    assert len(reader.pages) == 1
    assert RARE not in text
    assert "激活金融应用" in text


def test_the_longest_letter_still_fits_on_one_page(visitor, language):
    longest = {name: "䶮" * n for name, n in LENGTHS.items() if name.endswith(("name", "bank"))}
    reader, text = printed(sent(visitor, language, **longest))
    assert len(reader.pages) == 1
    assert text.count("䶮") == sum(len(one) for one in longest.values())


def test_a_name_is_not_a_command_of_the_press(visitor):
    name = '#panic("x") $a$ *b* \\ @c <d> [e]'
    _, text = printed(sent(visitor, holder_name=name))
    assert re.sub(r"\s", "", name) in text


# -- glyphs ---------------------------------------------------------------------------------------


def ink(answer) -> np.ndarray:
    pdf = pypdfium2.PdfDocument(answer.content)
    picture = pdf[0].render(scale=3, grayscale=True).to_numpy()
    pdf.close()
    return picture


def test_rare_characters_are_drawn_and_not_as_boxes(visitor):
    """A box looks the same for every character; what is drawn for each differs from the others."""
    drawn = [ink(sent(visitor, agent_name=one)) for one in ("䶮", "𬱖", "㛃", "·")]
    blank = ink(sent(visitor, agent_name="\uff3f"))
    for number, one in enumerate(drawn):
        assert (one != blank).any()
        for other in drawn[number + 1 :]:
            assert (one != other).sum() > 100


def test_a_character_that_no_font_has_is_refused_by_name_and_nothing_is_lost(visitor, language):
    answer = sent(visitor, language, holder_name="张𫝀")
    said = wrong(answer)
    assert set(said) == {"holder_name"}
    assert "𫝀" in said["holder_name"]
    assert "U+2B740" in said["holder_name"]
    assert "\uff3f" in said["holder_name"]
    filled = kept(answer)
    assert filled["holder_name"] == "张𫝀"
    assert filled["agent_name"] == DOTTED
    assert filled["application"] == ["social", "financial"]
    _, text = printed(sent(visitor, language, holder_name="张\uff3f"))
    assert "张\uff3f" in text


def test_a_shape_chosen_by_a_selector_that_no_font_has_is_refused(visitor):
    said = wrong(sent(visitor, agent_name="\u9f8d\U000e01ee"))
    assert "U+9F8D U+E01EE" in said["agent_name"]


def test_a_private_character_of_an_old_system_is_refused(visitor):
    assert "U+E863" in wrong(sent(visitor, holder_name="欧阳\ue863"))["holder_name"]


def test_what_the_font_has_is_read_from_the_face_that_prints():
    fonts = find_fonts(None)
    assert fonts.families[0] in FAMILIES
    assert fonts.lacking(f"{RARE}{DOTTED}〇㛃\uff3f") == ()
    assert fonts.lacking("a\U0002b740b\U0002b740") == ("\U0002b740",)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("买买提•艾力", "买买提·艾力"),
        ("买买提 ・ 艾力", "买买提·艾力"),
        ("José A. Cruz", "José A. Cruz"),
        ("Jose\u0301", "José"),
        ("欧阳\uf9dc", "欧阳\uf9dc"),
    ],
)
def test_names_are_written_as_registers_write_them(typed, name):
    assert written(typed) == name


# -- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("holder_name", None),
        ("agent_name", "  "),
        ("holder_name", "名" * 51),
        ("holder_name", "张\u0007三"),
        ("agent_name", "张\u202e三"),
        ("agent_name", "张\u200b三"),
        ("holder_number", "110"),
        ("holder_number", "110105********002X"),
        ("holder_number", "110105194912310021"),
        ("agent_number", NUMBER),
        ("card_number", "A123-'4567"),
        ("card_bank", "银" * 41),
        ("valid_from", "tomorrow"),
        ("valid_from", "9999-12-31"),
        ("valid_until", "2026-02-30"),
        ("valid_until", "2026-11-19"),
        ("application", []),
        ("application", ["everything"]),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_else_is_lost(
    visitor, language, field, value
):
    answer = sent(visitor, language, **{field: value})
    assert set(wrong(answer)) == {field}
    typed, filled = FILLED | {field: value}, kept(answer)
    for name in LENGTHS:
        if name != field:
            assert filled[name] == typed[name], name
    if isinstance(value, str) and field != "application":
        assert filled[field] == value.strip()


def test_a_term_that_ends_before_it_begins_is_told(visitor):
    said = wrong(sent(visitor, valid_from="2026-12-21"))
    assert set(said) == {"valid_until"}


def test_every_wrong_field_is_told_at_once(visitor, language):
    said = wrong(sent(visitor, language, holder_name=None, agent_number="1", application=[]))
    assert set(said) == {"holder_name", "agent_number", "application"}


def test_an_application_that_the_region_does_not_leave_to_agents_is_refused(visitor):
    said = wrong(sent(visitor, region="440300"))
    assert "金融" in said["application"]


def test_what_is_no_form_or_too_long_is_refused(visitor):
    assert visitor.post(f"/zh{LETTER}", {}).status_code == 415
    assert sent(visitor, holder_name="名" * 4_000).status_code == 413


def test_what_was_typed_is_escaped(visitor):
    answer = sent(visitor, holder_name='<script>"x"', agent_name=None)
    assert "<script>" not in answer.text.replace("<script src=", "")
    assert kept(answer)["holder_name"] == '<script>"x"'


# -- without font, without typst, too many --------------------------------------------------------


def test_without_a_font_the_page_says_what_to_install_and_keeps_what_was_typed(
    example_book, tmp_path, language
):
    press = Press(system=(str(tmp_path),))
    visitor = Visitor(build_app(example_site(example_book, press=press)))
    answer = sent(visitor, language)
    assert answer.status_code == 503
    assert "fonts-noto-cjk" in answer.text
    assert kept(answer)["holder_name"] == RARE
    assert visitor.get(f"/{language}{LETTER}.pdf?region=990000").status_code == 503
    assert visitor.get(f"/{language}{LETTER}?region=990000").status_code == 200


def regular() -> str:
    return next(face.path for face in find_fonts(None).faces if face.weight == REGULAR)


def test_a_font_that_is_installed_later_is_found_later(example_book, tmp_path):
    press = Press(system=(str(tmp_path),))
    visitor = Visitor(build_app(example_site(example_book, press=press)))
    assert sent(visitor).status_code == 503
    (tmp_path / "NotoSansCJK-Regular.ttc").symlink_to(regular())
    printed(sent(visitor))


def test_a_folder_of_the_operators_own_is_looked_at_first(tmp_path):
    own = tmp_path / "own.ttc"
    shutil.copy(regular(), own)
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    fonts = find_fonts(tmp_path)
    assert fonts.files[0] == own


def test_a_site_without_a_press_says_so(example_book):
    answer = sent(Visitor(build_app(example_site(example_book))))
    assert answer.status_code == 503
    assert "typst" in answer.text


def test_without_typst_the_press_says_so_and_the_site_starts():
    """In a process of its own, where importing typst and fontTools fails."""
    code = (
        "import sys; sys.modules['typst'] = sys.modules['fontTools'] = None\n"
        "import asyncio\n"
        "from qika.web.app import build_app\n"
        "from qika.web.press.press import NoPressError, Press\n"
        "try: asyncio.run(Press().make({}))\n"
        "except NoPressError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "engine"


def test_nothing_heavy_is_imported_before_it_is_asked_for():
    code = (
        "import sys, qika.web.app, qika.wiring\n"
        "print({'typst', 'fontTools', 'segno', 'icalendar', 'uniseg'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


class HeldPress(Press):
    """A press whose every letter waits until it is let go."""

    def __init__(self, **limits: float) -> None:
        super().__init__(**limits)
        self.go = threading.Event()

    def _made(self, said):
        assert self.go.wait(60)
        return super()._made(said)


def test_more_than_may_wait_are_told_to_come_again(example_book):
    press = HeldPress(waiting_max=2)

    async def run():
        waiting = [asyncio.create_task(press.make({})) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(PressBusyError):
            await press.make({})
        press.go.set()
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(run())


def test_a_letter_that_takes_too_long_is_given_up_and_its_place_kept_until_it_ends():
    press = HeldPress(waiting_max=1, time_limit_s=0.01)

    async def run():
        for _ in range(2):  # given up; then refused, since the first is still at work
            with pytest.raises(PressBusyError):
                await press.make({})
        press.go.set()

    asyncio.run(run())


def test_readers_are_answered_while_letters_are_printed(example_book):
    """The press holds its letter back until a page has been answered in the same loop."""
    press = HeldPress()
    site = example_site(example_book, press=press)

    async def run():
        letter = asyncio.create_task(press.make({}))
        await asyncio.sleep(0)
        assert await site.ready()
        assert not letter.done()
        press.go.set()
        await asyncio.gather(letter, return_exceptions=True)

    asyncio.run(run())
