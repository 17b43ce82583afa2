"""A page of an answer, read as a person reads it."""

import re

from tests.journeys.example_site import Visitor
from tests.journeys.test_pages import Reader

ASK = "/social-security/card-activation"


class Shown(Reader):
    """A page that was found, with its words in one line."""

    def __init__(self, visitor: Visitor, path: str) -> None:
        self.answer = visitor.get(path)
        assert self.answer.status_code == 200, path
        super().__init__(self.answer.text)
        assert self.faults == []
        self.said = " ".join(self.words.split())
        self.links = [one["href"] for one in self.all("a") if "href" in one]

    def says(self, *texts: str) -> None:
        for text in texts:
            assert text in self.said, text

    def in_order(self, *texts: str) -> None:
        places = [self.said.index(text) for text in texts]
        assert places == sorted(places), dict(zip(texts, places, strict=True))

    def is_whole(self) -> None:
        """Small, without script, every id once, every link inside the page with its target."""
        assert len(self.answer.content) < 30_000, len(self.answer.content)
        assert self.all("style") == []
        assert all(one.get("src") for one in self.all("script"))
        ids = [attrs["id"] for _, attrs in self.elements if "id" in attrs]
        assert len(ids) == len(set(ids))
        assert {one[1:] for one in self.links if one.startswith("#")} <= set(ids)
        if self.all("html")[0]["lang"] == "zh-CN":
            assert not re.search(r"[\u4e00-\u9fff][,;:?!]", self.words)

    @property
    def heading(self) -> str:
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.answer.text, re.DOTALL)
        assert found is not None
        return re.sub("<.*?>", "", found[1])
