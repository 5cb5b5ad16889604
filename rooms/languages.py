"""The languages a Space can be in: Django's list of codes, each under its own name."""

from django.conf.locale import LANG_INFO

# Regional variants apart, which matter to spelling and not to the ear.
LANGUAGES: dict[str, str] = {
    code: info["name_local"].capitalize()
    for code, info in LANG_INFO.items()
    if "name_local" in info and "-" not in code
}
CHOICES = sorted(LANGUAGES.items(), key=lambda item: item[1])
