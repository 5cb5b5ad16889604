"""WebVTT as people send it: read as far as it is some, and never more than words."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordings import vtt
from recordings.refusals import Refused
from recordings.vtt import Line
from tests.support.hostile import HOSTILE

HEAD = "WEBVTT\n\n"
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
TRICKS = ("-->", "a\n\nNOTE b", "<v Nobody>x", "&lt;v A&gt;", "\n00:01.000 --> 00:02.000")


def read(text: str, most: int = 100) -> list[Line]:
    return vtt.read(text, most=most)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "vtt_none"),
        ("1\n00:00:01,000 --> 00:00:02,000\nSubRip\n", "vtt_none"),
        ("WEBVTTX\n\n00:01.000 --> 00:02.000\nHello\n", "vtt_none"),
        ("<html>", "vtt_none"),
        ("WEBVTT", "vtt_empty"),
        (HEAD + "NOTE 00:01.000 --> 00:02.000\nHello\n", "vtt_empty"),
        (HEAD + "STYLE\n::cue { color: red }\n", "vtt_empty"),
        (HEAD + "00:02.000 --> 00:01.000\nBackwards\n", "vtt_empty"),
        (HEAD + "00:99.000 --> 00:99.500\nNo such second\n", "vtt_empty"),
        (HEAD + "00:01.000 --> 00:02.000\n<b></b>\n", "vtt_empty"),
        (HEAD + "00:01.000 --> 00:02.000\nA\n\n" * 101, "vtt_too_long"),
    ],
)
def test_what_is_none_is_refused_in_a_sentence(text, code):
    with pytest.raises(Refused, match=code) as refused:
        read(text)
    assert refused.value.sentence.endswith(".")


def test_names_settings_notes_and_every_kind_of_line_end():
    text = (
        "\ufeffWEBVTT - of an evening\r\nKind: captions\r\n\r\nNOTE\r\nnobody reads this\r\n\r\n"
        "intro\r\n00:01.500 --> 00:03.000 align:start position:10%\r\n<v.loud Ana Lima>Good <i>evening</i>,\r\n"
        "everybody &amp; all.</v>\r\n\r\n1\r100:00:00.000 --> 100:00:01.000\rLate"
    )
    assert read(text) == [
        Line(1500, 3000, "Ana Lima", "Good evening, everybody & all."),
        Line(360_000_000, 360_001_000, "", "Late"),
    ]


def test_several_voices_in_a_cue_are_a_line_each():
    text = HEAD + "00:01.000 --> 00:03.000\nFirst\n<v Ana>Yes.</v>\n<v Bo>No.\n"
    assert [line[2:] for line in read(text)] == [("", "First"), ("Ana", "Yes."), ("Bo", "No.")]


def test_lines_come_in_the_order_of_their_moments():
    text = HEAD + "00:05.000 --> 00:06.000\nSecond\n\n00:01.000 --> 00:02.000\nFirst\n"
    assert [line.text for line in read(text)] == ["First", "Second"]


@pytest.mark.parametrize(
    "words", [*HOSTILE, "-->", "a\n\nNOTE b", "<v Nobody>x", "&lt;v A&gt;", "\n00:01.000 --> 00:02.000"]
)
def test_hostile_names_and_words_stay_what_they_are_in_what_is_written(words):
    lines = [Line(0, 900, words, words), Line(1000, 2000, "Bo", "Next")]
    text = "".join(vtt.blocks(lines))
    assert text.count("-->") == 2 and text.count("\n\n") == 2
    assert "<script" not in text.lower() and text.count("<") == 2
    found = read(text)
    assert len(found) == 2 and found[1] == lines[1]


@UNHURRIED
@given(st.lists(st.tuples(st.integers(0, 10**8), st.integers(1, 10**6), st.text(), st.text()), max_size=5))
def test_whatever_is_written_is_read_as_no_more_than_was_written(facts):
    lines = [Line(start, start + length, voice, words) for start, length, voice, words in facts]
    try:
        found = read("".join(vtt.blocks(lines)))
    except Refused as refusal:
        assert refusal.code == "vtt_empty"
        return
    assert len(found) <= len(lines)
    assert {line[:2] for line in found} <= {line[:2] for line in lines}


@UNHURRIED
@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text):
    for whole in (text, HEAD + text):
        try:
            read(whole)
        except Refused:
            pass


def test_a_text_that_is_all_one_thing_takes_no_time():
    """Nothing in it is looked at again and again."""
    for piece in ("<", "<v ", "&", "\n", "-->", "00:", "<v a>", " "):
        text = HEAD + "00:01.000 --> 00:02.000\n" + piece * 200_000
        try:
            read(text, most=10**6)
        except Refused:
            pass
