"""What a handle and a name may look like. Used by models, forms and services alike."""

import re
import unicodedata
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

# Words that addresses of this site use or that would pass for its staff.
RESERVED_HANDLES = frozenset(
    "about account accounts admin administrator api guest help host login logout me moderator new null "
    "openfloor official root security settings signup space spaces staff static support system undefined".split()
)
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
# Zero-width joiners are part of emoji and of several scripts; everything else in Cf can hide or reorder text.
_JOINERS = {"\u200c", "\u200d"}
# Letters and symbols that are drawn as nothing: Hangul fillers and the blank Braille pattern.
_BLANK = {"\u115f", "\u1160", "\u2800", "\u3164", "\uffa0"}
# No writing system needs more accents on one letter; a pile of them runs over the lines above and below.
_MARKS_MAX = 4


def validate_not_reserved(handle: str) -> None:
    if handle.lower() in RESERVED_HANDLES:
        raise ValidationError("This handle is reserved. Choose another one.", code="reserved")


handle_validators = [
    RegexValidator(
        re.compile(r"^[A-Za-z0-9_]{2,30}\Z"),
        "Use 2 to 30 letters (a to z), digits or underscores.",
        code="handle",
    ),
    validate_not_reserved,
]


def clean_line(text: str) -> str:
    """One line of human text: NFC, no control, blank or bidirectional characters, single spaces, trimmed."""
    kept, marks = [], 0
    for c in unicodedata.normalize("NFC", text):
        category = unicodedata.category(c)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if c in _BLANK or (category in _INVISIBLE and c not in _JOINERS):
            kept.append(" ")
        elif marks <= _MARKS_MAX:
            kept.append(c)
    return " ".join("".join(kept).split())


def clean_text(text: str) -> str:
    """Lines of human text, each as `clean_line` leaves it; never two empty ones in a row."""
    lines = [clean_line(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def has_substance(text: str) -> bool:
    """Whether anything of it can be seen: joiners and combining marks alone cannot."""
    return bool(first_visible(text))


def first_visible(text: str) -> str:
    """The first character that can be seen by itself, or nothing."""
    return next((c for c in text if unicodedata.category(c)[0] in "LNPS" and c not in _BLANK), "")


def key(text: str) -> int:
    """A key as an address or a form gives it; 0, which is nobody's, for what is none."""
    return min(int(text), 2**63 - 1) if re.fullmatch("[0-9]{1,19}", text) else 0


def validate_line(text: str) -> None:
    if clean_line(text) != text:
        raise ValidationError("Leave out invisible characters and those that turn the text around.", code="line")


def validate_display_name(name: str) -> None:
    if clean_line(name) != name or not has_substance(name):
        raise ValidationError("Use a name people can read, without invisible characters.", code="display_name")


def validate_link(link: str) -> None:
    """An address of the web that shows where it leads: nothing before an @, nothing invisible."""
    parts = urlsplit(link)
    if parts.scheme not in ("http", "https") or not plain_address(link):
        raise ValidationError("Use an address that begins with https:// or http://.", code="link")
    validate_line(link)


def plain_address(address: str) -> str:
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
