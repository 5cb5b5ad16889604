"""What people type, for templates: never HTML, which templates write and escape."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from django import template

register = template.Library()

_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_TRAILING = ".,:;!?'*_~"
_PAIRS = {")": "(", "]": "[", "}": "{"}


class Piece(NamedTuple):
    """Words; a link where there is an `href`, which leads where its words say."""

    text: str
    href: str = ""


@register.filter
def linked(text: str) -> list[Piece]:
    """In pieces, http and https addresses as links of their own."""
    pieces, at = [], 0
    for found in _ADDRESS.finditer(text):
        address = _without_what_follows(found[0])
        if not (shown := _plain(address)):
            continue
        pieces += [Piece(text[at : found.start()]), Piece(shown, shown)]
        at = found.start() + len(address)
    pieces.append(Piece(text[at:]))
    return [piece for piece in pieces if piece.text]


def _without_what_follows(address: str) -> str:
    """Punctuation of the sentence around it is no part of it, nor a bracket that was opened before."""
    while address:
        last = address[-1]
        if last not in _TRAILING and (last not in _PAIRS or address.count(last) <= address.count(_PAIRS[last])):
            break
        address = address[:-1]
    return address


def _plain(address: str) -> str:
    """As it is written without letters that look like others: a name with any of them in its ASCII form (RFC 3492).
    Nothing where it names no host, or hides one behind what passes for another (user@host)."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return ""
    if not host or "@" in parts.netloc or "\\" in address:
        return ""
    if host == parts.hostname:
        return address
    return parts._replace(netloc=host + port).geturl()
