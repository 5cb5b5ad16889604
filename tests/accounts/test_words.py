"""Finding people by words: the same on both databases, and a query is words, never a language."""

import pytest
from django.db import connection

from accounts import search
from accounts.models import User
from tests.support import cast

FIELDS = ("handle", "display_name", "bio")


def found(text: str) -> set[str]:
    words = search.asked(text)
    return set(User.objects.filter(search.having(words, *FIELDS)).values_list("handle", flat=True)) if words else set()


@pytest.fixture(autouse=True)
def _people(db):
    for handle, name, bio in [
        ("ana_lima", "Ana Müller", "Bees on roofs; gardens@night.example"),
        ("boris", "Борис ТЕСТОВ", "100% of it, naïve"),
        ("chen", "陳小明", "日本語 и 中文"),
    ]:
        User.objects.filter(pk=cast.user(handle).pk).update(display_name=name, bio=bio)


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "'", '"', "\\", ":*", "!", "&|()<->", "🙂", "\x00", "a" * 101])
def test_what_is_no_word_finds_nobody(text):
    assert found(text) == set()


@pytest.mark.parametrize("text", ["%an", "ana' OR 1=1 --", "bees | naive", "!lima", "ana:* & zz"])
def test_operators_of_query_languages_are_not_obeyed(text):
    assert found(text) <= {"ana_lima"}


def test_every_word_must_begin_one():
    assert found("bee roof") == {"ana_lima"}
    assert found("bee boris") == set()
    assert found("oofs") == set()


@pytest.mark.parametrize("text", ["MULLER", "müll", "Mu\u0308ller", "LIMA", "@ana_lima", "gardens@night", "night"])
def test_case_accents_and_marks_make_no_difference(text):
    assert found(text) == {"ana_lima"}


def test_other_scripts_are_found_too():
    assert found("тестов") == found("БОР") == found("naive") == {"boris"}
    assert found("陳") == found("日本") == {"chen"}


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="an index of PostgreSQL")
def test_an_index_answers():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "people_by_words" in User.objects.filter(search.having(["ana"], *FIELDS)).explain()
