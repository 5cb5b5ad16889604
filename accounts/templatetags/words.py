"""What people type, for templates: never HTML, which templates write and escape."""

import re
from typing import NamedTuple

from django import template

from accounts.validators import plain_address

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
        if not (shown := plain_address(address)):
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
