import math

from django.conf import settings
from django.db import migrations, models


# As accounts/search.py asks: an index is used for the expression it was made of and no other.
INDEX = r"""
    CREATE INDEX spaces_by_words ON rooms_space USING gin (to_tsvector('simple', regexp_replace(regexp_replace(
    lower(normalize(search_text, NFKD) COLLATE "und-x-icu"), '[\u0300-\u036f]', '', 'g'), '[!-/:-@[-`{-~]', ' ', 'g')))
"""


def fill(apps, schema_editor) -> None:
    """What services write from now on, for the Spaces there are."""
    for space in apps.get_model("rooms", "Space").objects.prefetch_related("topics").iterator(500):
        topics = [topic.name for topic in space.topics.all()]
        space.search_text = "\n".join([space.title, space.description, *topics])
        if space.state == "live":
            here = space.participants.filter(left_at__isnull=True, away_since__isnull=True, role="listener")
            space.audience = here.count()
            space.warmth = space.started_at.timestamp() / 3600 + math.log2(1 + space.audience)
        space.save(update_fields=["search_text", "audience", "warmth"])


def index(apps, schema_editor) -> None:
    """SQLite reads every row."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(INDEX)


def forget(apps, schema_editor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX spaces_by_words")


class Migration(migrations.Migration):

    dependencies = [
        ('rooms', '0005_the_link_one_asked_through'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='space',
            name='audience',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='space',
            name='search_text',
            field=models.CharField(blank=True, default='', max_length=700),
        ),
        migrations.AddField(
            model_name='space',
            name='warmth',
            field=models.FloatField(default=0),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='participant',
            index=models.Index(condition=models.Q(('away_since__isnull', True), ('left_at__isnull', True), ('role', 'listener')), fields=['space'], name='people_listening'),
        ),
        migrations.AddIndex(
            model_name='participant',
            index=models.Index(condition=models.Q(('left_at__isnull', True)), fields=['user', 'space'], name='where_people_are'),
        ),
        migrations.AddIndex(
            model_name='space',
            index=models.Index(condition=models.Q(('is_private', False), ('state', 'live')), fields=['-warmth', 'id'], name='spaces_warmest_first'),
        ),
        migrations.RunPython(index, forget),
    ]
