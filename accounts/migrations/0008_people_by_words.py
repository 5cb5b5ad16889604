from django.db import migrations

# As accounts/search.py asks: an index is used for the expression it was made of and no other.
INDEX = r"""
    CREATE INDEX people_by_words ON accounts_user USING gin (to_tsvector('simple', regexp_replace(regexp_replace(
    lower(normalize(handle || ' ' || display_name || ' ' || bio, NFKD) COLLATE "und-x-icu"), '[\u0300-\u036f]', '', 'g'),
    '[!-/:-@[-`{-~]', ' ', 'g')))
"""


def index(apps, schema_editor) -> None:
    """SQLite reads every row."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(INDEX)


def forget(apps, schema_editor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX people_by_words")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_handles_are_changed_and_taken_back")]

    operations = [migrations.RunPython(index, forget)]
