"""What of a page was never marked for translation: its words outside the pseudo-locale's `[!!! … !!!]`."""

import re
from html.parser import HTMLParser

MARKED = re.compile(r"\[!!!(?:(?!\[!!!|!!!\]).)*!!!\]", re.DOTALL)
READ_OUT = ("alt", "aria-label", "aria-description", "placeholder", "title")
NOT_WORDS = {"script", "style", "code", "time"}  # code and data
VOID = {"br", "hr", "img", "input", "link", "meta"}
OURS = {"Till"}


class Reader(HTMLParser):
    """Collects what a person reads or hears, without what stands in a language's own name."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[bool] = []  # per open element: is its text to be left out
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [given[name] or "" for name in READ_OUT if name in given]
        if tag not in VOID:
            self.open.append(tag in NOT_WORDS or ("lang" in given and tag != "html"))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self.open):
            self.found.append(data)


def words(html: str) -> str:
    """All that a page says, in one text."""
    reader = Reader()
    reader.feed(html)
    return " ".join(reader.found)


def unmarked(text: str) -> set[str]:
    """The Latin words of a text in the pseudo-locale that no mark surrounds."""
    count = 1
    while count:
        text, count = MARKED.subn(" ", text)
    return set(re.findall(r"[A-Za-z]{2,}", text)) - OURS
