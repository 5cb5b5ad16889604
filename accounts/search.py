"""Words in rows, the same on both databases: whatever case and accents, found by their beginnings.

On PostgreSQL a full-text index answers ('simple': no language is assumed); SQLite, the database of small
installations, reads the rows. Used by the selectors of accounts and of rooms.
"""

import re
import unicodedata

from django.db.backends.signals import connection_created
from django.db.models import F, Func
from django.db.models.fields import BooleanField
from django.dispatch import receiver

LONGEST_QUERY = 100
MOST_WORDS = 8

# What PostgreSQL does in the same order; its parser then splits at what is neither letter nor digit.
_ACCENTS = re.compile("[\u0300-\u036f]")
_ASCII_MARKS = re.compile(r"[!-/:-@\[-`{-~]")
_WORD = re.compile(r"[^\W_]+")

# The migrations make indexes of this very expression. ICU folds case the same under every locale of the database.
_VECTOR = r"""to_tsvector('simple', regexp_replace(regexp_replace(lower(normalize({}, NFKD) COLLATE "und-x-icu"),
    '[\u0300-\u036f]', '', 'g'), '[!-/:-@[-`{{-~]', ' ', 'g'))"""


def words(text: str) -> list[str]:
    """Folded: letters and digits alone, so that none means anything in a query language."""
    folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", text).lower())
    return _WORD.findall(_ASCII_MARKS.sub(" ", folded))


def asked(text: str) -> list[str]:
    """What somebody typed, as words to find."""
    return words(text[:LONGEST_QUERY])[:MOST_WORDS]


def having(found: list[str], *fields: str) -> "Having":
    """A condition: every one of these words (at least one) begins a word of these fields, which hold no NULL."""
    return Having(found, *fields)


class Having(Func):
    output_field = BooleanField()
    conditional = True

    def __init__(self, found: list[str], *fields: str, **extra):
        self.found = found
        super().__init__(*map(F, fields), **extra)

    def copy(self) -> "Having":
        same = super().copy()
        same.found = self.found
        return same

    def as_postgresql(self, compiler, connection, **extra):
        columns, params = self._columns(compiler)
        query = " & ".join(f"'{word}':*" for word in self.found)
        return f"{_VECTOR.format(columns)} @@ to_tsquery('simple', %s)", [*params, query]

    def as_sqlite(self, compiler, connection, **extra):
        columns, params = self._columns(compiler)
        return f"openfloor_having({columns}, %s)", [*params, " ".join(self.found)]

    def _columns(self, compiler) -> tuple[str, list]:
        compiled = [compiler.compile(each) for each in self.source_expressions]
        return " || ' ' || ".join(sql for sql, _ in compiled), [p for _, params in compiled for p in params]


def _has(text: str, found: str) -> bool:
    here = words(text)
    return all(any(word.startswith(each) for word in here) for each in found.split())


@receiver(connection_created)
def _teach_sqlite(sender, connection, **kwargs) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_function("openfloor_having", 2, _has, deterministic=True)
