"""The languages a Space can be in: Django's list of codes, each under its own name."""

from django.conf.locale import LANG_INFO
from django.utils.translation.trans_real import parse_accept_lang_header

DEFAULT = "en"
# Regional variants apart, which matter to spelling and not to the ear. Django knows Chinese by its two scripts only.
LANGUAGES: dict[str, str] = {
    code: info["name_local"].capitalize()
    for code, info in LANG_INFO.items()
    if "name_local" in info and "-" not in code
} | {"zh": "中文"}
CHOICES = sorted(LANGUAGES.items(), key=lambda item: item[1])


def preferred(accept_language: str) -> str:
    """The first language a browser asks for (RFC 9110, 12.5.4) that is in the list."""
    codes = (code.partition("-")[0] for code, _ in parse_accept_lang_header(accept_language.lower()))
    return next((code for code in codes if code in LANGUAGES), DEFAULT)
