"""Live fragments as a browser keeps them: top-level elements by id, newer versions replacing older ones."""

import re
from html import unescape
from html.parser import HTMLParser

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_VERSION = re.compile(r'data-version="(\d+)"')
_LIVE_ONLY = re.compile(r'\s(data-version="\d+"|hx-swap-oob="[^"]*")')


class _TopLevel(HTMLParser):
    def __init__(self, html: str):
        super().__init__(convert_charrefs=False)
        self.html, self.depth, self.found, self.start, self.id = html, 0, {}, 0, None
        self.lines = [0]
        for line in html.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.feed(html)

    def _at(self) -> int:
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def handle_starttag(self, tag, attrs):
        if tag in VOID:
            return
        if self.depth == 0:
            self.start, self.id = self._at(), dict(attrs)["id"]
        self.depth += 1

    def handle_startendtag(self, tag, attrs):
        """`<path/>` opens nothing."""

    def handle_endtag(self, tag):
        self.depth -= 1
        if self.depth == 0:
            self.found[self.id] = self.html[self.start : self._at() + len(f"</{tag}>")]


def by_id(html: str) -> dict[str, str]:
    return _TopLevel(html).found


def version(element: str) -> int:
    return int(_VERSION.search(element)[1])


def settled(elements: dict[str, str]) -> dict[str, str]:
    """Without what differs between a page and its live copies: the version and htmx's own attribute."""
    return {key: re.sub(r"\s+", " ", _LIVE_ONLY.sub("", html)) for key, html in elements.items()}


class Page:
    """What one visitor has on screen."""

    def __init__(self):
        self.elements: dict[str, str] = {}

    def apply(self, html: str) -> None:
        for key, element in by_id(html).items():
            if key not in self.elements or version(element) >= version(self.elements[key]):
                self.elements[key] = element


def text(html: str) -> str:
    """What somebody reads: no tags, and every space one."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())
