"""Somebody at a browser: opens pages, answers questions, reads what stands there."""

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.visits import PHONE

FIRST = "/zh"
START, NEXT = "开始查询", "下一步"
UNSURE = "不清楚"


class Person:
    """One person with a phone; ``script`` False for a browser without JavaScript."""

    def __init__(self, browser: Browser, site: str, *, script: bool = True, **more: object) -> None:
        size = {"width": PHONE[0], "height": PHONE[1]}
        self.context: BrowserContext = browser.new_context(
            viewport=size, java_script_enabled=script, locale="zh-CN", **more
        )
        self.page: Page = self.context.new_page()
        self.site = site

    def opens(self, path: str = FIRST) -> None:
        """Open an address of the site."""
        answer = self.page.goto(self.site + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"

    def follows(self, words: str) -> None:
        """Follow the first link of these words."""
        self.page.get_by_role("link", name=words).first.click()

    def presses(self, words: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=words, exact=True).click()

    def chooses(self, words: str) -> None:
        """Choose one of several answers, and go on."""
        self.page.get_by_role("radio", name=words).first.check()
        self.goes_on()

    def writes(self, **fields: str) -> None:
        """Write into fields by their names, and go on."""
        for name, text in fields.items():
            self.page.locator(f"main input[name={name}]:visible").fill(text)
        self.goes_on()

    def goes_on(self) -> None:
        """Press the one button of a question."""
        self.page.locator("#q button[type=submit]").click()

    def is_asked(self, words: str) -> None:
        """Be on the page of a question."""
        expect(self.page.locator("h1")).to_have_text(words)

    def begins(self, region: str) -> None:
        """Come from the start to the second question."""
        self.opens()
        self.follows(START)
        self.is_asked("社保卡是哪里发的？")
        self.writes(region=region)

    def says(
        self, *, bank: str, when: str, what: str, who: str, more: tuple[str, str] | None = None
    ) -> None:
        """Answer the questions between the region and the place.

        ``more``: a question about another day of the card, with its answer, where it is asked.
        """
        self.is_asked("卡面上印的是哪家银行？")
        self.chooses(bank)
        self.is_asked("什么时候领到的卡？")
        self._dates(when)
        if more is not None:
            self.is_asked(more[0])
            self._dates(more[1])
        self.is_asked("您想启用什么？")
        self.chooses(what)
        self.is_asked("谁去办理？")
        self.chooses(who)
        self.is_asked("您现在在哪里？")

    def _dates(self, when: str) -> None:
        """Answer when something was: by year and month, or by one of the answers below."""
        if not when[0].isdigit():
            self.chooses(when)
            return
        year, month = when.split("-")
        fields = self.page.locator("main .dates input")
        fields.nth(0).fill(year)
        fields.nth(1).fill(month)
        self.goes_on()

    def reads(self, *words: str) -> None:
        """Find these words on the page, in this order."""
        text = self.words()
        place = 0
        for one in words:
            found = text.find(one, place)
            assert found >= 0, f"{one!r} is not {'there' if one not in text else 'so late'}: {text}"
            place = found + len(one)

    def does_not_read(self, *words: str) -> None:
        """Find none of these words on the page."""
        text = self.words()
        assert [one for one in words if one in text] == []

    def words(self) -> str:
        """Give what stands on the page, as far as it is seen."""
        return " ".join(self.page.locator("main").inner_text().split())
