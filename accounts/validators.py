"""What a handle and a name may look like. Used by models, forms and services alike."""

import re
import unicodedata

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
    """One line of human text: NFC, no control or bidirectional characters, single spaces, trimmed."""
    text = unicodedata.normalize("NFC", text)
    kept = (c if c in _JOINERS or unicodedata.category(c) not in _INVISIBLE else " " for c in text)
    return " ".join("".join(kept).split())


def has_substance(text: str) -> bool:
    """Whether anything of it can be seen: joiners and combining marks alone cannot."""
    return any(unicodedata.category(c)[0] in "LNPS" for c in text)


def validate_display_name(name: str) -> None:
    if clean_line(name) != name or not has_substance(name):
        raise ValidationError("Use a name people can read, without invisible characters.", code="display_name")
