"""What people write about a Space: cleaned, or refused with the field's own sentence."""

import pytest

from rooms import wording
from tests.rooms.test_permissions import answer_of


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", "title_empty"),
        ("   ", "title_empty"),
        ("\u202e\u2066", "title_empty"),
        ("\u200d\u200d", "title_empty"),
        ("x" * 71, "title_too_long"),
        ("x" * 70, "ok"),
        ("x" * 70 + "  ", "ok"),
        ("\u202eGlad \u2067evening\x00", "ok"),
        ("<script>alert(1)</script>", "ok"),
        ("Gespräch über Kaffee ☕", "ok"),
    ],
)
def test_titles(text, answer):
    assert answer_of(wording.cleaned_title, text, longest=70) == answer


def test_a_title_is_stored_as_one_line_without_invisible_characters():
    assert wording.cleaned_title(" \u202eGlad\n \u2067evening\x00 ", longest=70) == "Glad evening"


@pytest.mark.parametrize(("text", "answer"), [("x" * 501, "description_too_long"), ("x" * 500, "ok"), ("", "ok")])
def test_descriptions(text, answer):
    assert answer_of(wording.cleaned_description, text, longest=500) == answer


def test_a_description_keeps_its_lines_and_one_empty_line_between_two():
    text = "\n\nFirst \u202eline\r\nsecond\x00\n\n\n\n  third  \n\n"
    assert wording.cleaned_description(text, longest=500) == "First line\nsecond\n\nthird"


@pytest.mark.parametrize(
    ("names", "answer"),
    [
        (["a", "b", "c", "d"], "topics_too_many"),
        (["x" * 31], "topic_too_long"),
        (["a", "b", "c"], "ok"),
        (["a", "A", "#a", " a ", "b", "c"], "ok"),
        (["x" * 30], "ok"),
        (["", " ", "\u200d", "#"], "ok"),
    ],
)
def test_topics(names, answer):
    assert answer_of(wording.cleaned_topics, names, most=3, longest=30) == answer


def test_topics_are_kept_in_order_each_once_and_without_the_hash():
    assert wording.cleaned_topics(["#Roofs", "bees", "ROOFS", " "], most=3, longest=30) == ["Roofs", "bees"]


def test_only_languages_of_the_list_are_taken():
    assert wording.cleaned_language("sw") == "sw"
    assert answer_of(wording.cleaned_language, "xx") == "language_unknown"
    assert answer_of(wording.cleaned_language, "") == "language_unknown"
