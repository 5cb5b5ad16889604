"""What the relay turns away, and with which word."""

import asyncio
import logging

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rooms.relay import worker as worker_module
from rooms.relay.guard import Refused, checked_offer
from rooms.relay.protocol import Answer, Refusal
from tests.relay.offers import DATA_SECTION, VIDEO_SECTION, audio_section, good_offer
from tests.support.ears import eventually, tone

SDP = asyncio.run(good_offer())
LINES = SDP.split("\r\n")


@pytest.mark.parametrize(
    ("spoil", "status", "code"),
    [
        (lambda sdp: "", 422, "not_sdp"),
        (lambda sdp: '{"sdp": "v=0"}', 422, "not_sdp"),
        (lambda sdp: sdp.replace("v=0", "v=1", 1), 422, "not_sdp"),
        (lambda sdp: sdp.replace("a=ice-ufrag", "a=x-ice-ufrag"), 422, "not_sdp"),
        (lambda sdp: sdp.replace("a=ice-ufrag:", "a=ice-ufrag:abc\r\na=x:"), 422, "not_sdp"),
        (lambda sdp: sdp.replace("a=ice-ufrag:", f"a=ice-ufrag:{'u' * 257}\r\na=x:"), 422, "not_sdp"),
        (lambda sdp: sdp.replace("a=ice-pwd:", f"a=ice-pwd:{'p' * 21}\r\na=x:"), 422, "not_sdp"),
        (lambda sdp: sdp.replace("a=ice-pwd:", f"a=ice-pwd:{'p' * 257}\r\na=x:"), 422, "not_sdp"),
        (lambda sdp: sdp + "a=ice-pwd:second\r\n", 422, "not_sdp"),
        (lambda sdp: sdp.replace("a=fingerprint", "a=x-fingerprint"), 422, "not_sdp"),
        (lambda sdp: sdp.replace("a=fingerprint:sha-256", "a=fingerprint:sha-256\r\na=x:"), 422, "not_sdp"),
        (lambda sdp: sdp + "a=extmap:3 urn:x\r\n" * 17, 422, "not_sdp"),
        (lambda sdp: sdp + "a=x\0\r\n", 422, "not_sdp"),
        (lambda sdp: sdp + VIDEO_SECTION, 422, "video_offered"),
        (lambda sdp: sdp.replace("m=audio", "m=video"), 422, "video_offered"),
        (lambda sdp: sdp + DATA_SECTION, 422, "no_audio"),
        (lambda sdp: sdp + audio_section(sdp), 422, "no_audio"),
        (lambda sdp: sdp[: sdp.index("m=audio")], 422, "no_audio"),
        (lambda sdp: sdp.replace("opus/48000/2", "speex/16000"), 422, "no_audio"),
        (lambda sdp: sdp.replace("a=recvonly", "a=inactive"), 422, "no_audio"),
        (lambda sdp: sdp.replace("a=recvonly", "a=sendonly"), 422, "no_audio"),
        (lambda sdp: sdp + "a=x:" + "x" * 8192 + "\r\n", 413, "too_large"),
    ],
)
async def test_an_offer_it_cannot_carry(stage, spoil, status, code):
    reply = await stage.offer("whep", "lou", spoil(SDP))
    assert (reply.status, reply.code) == (status, code)
    assert not stage.sessions


@pytest.mark.parametrize("end", ["\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\r\n"])
def test_no_line_end_hides_a_candidate_from_the_guard(end):
    """aiortc ends lines wherever Python does."""
    spoiled = f"{SDP}a=x{end}a=candidate:1 1 udp 1 169.254.169.254 80 typ host{end}a=ice-pwd:short{end}"
    with pytest.raises(Refused):
        checked_offer(spoiled, "whep", 8192)
    passed = checked_offer(spoiled.replace("a=ice-pwd:short", "a=y"), "whep", 8192)
    assert not [line for line in passed.splitlines() if "candidate" in line]


async def test_a_bundle_led_by_a_section_that_is_not_there(stage, caplog):
    """aiortc would take the transport from the section before it knows that there is none."""
    assert isinstance(await stage.offer("whep", "lou", SDP.replace("a=group:BUNDLE ", "a=group:BUNDLE x ")), Answer)
    session = next(iter(stage.sessions.values()))
    session.close()
    await session.closing
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_microphone_without_a_seat(stage):
    assert await stage.offer("whip", "lou", await good_offer("sendonly")) == Refusal(403, "not_seated")


async def test_a_space_that_has_ended(stage):
    stage.end()
    assert await stage.offer("whep", "lou", SDP) == Refusal(410, "ended")


async def test_a_person_who_was_removed(stage):
    stage.remove("lou")
    assert await stage.offer("whep", "lou", SDP) == Refusal(404, "no_session")


async def test_a_second_microphone_while_the_first_is_in_use(stage):
    stage.seat("ana")
    first = await stage.speak("ana", tone(440))
    await eventually(lambda: stage.heard("ana"))
    assert await stage.offer("whip", "ana", await good_offer("sendonly")) == Refusal(409, "uplink_elsewhere")
    assert isinstance(await stage.offer("whip", "ana", await good_offer("sendonly"), first.session), Answer)


async def test_a_page_whose_sound_plays_in_another_window(stage):
    first = await stage.listen("lou")
    await stage.listen("lou")
    await eventually(lambda: first.is_over)
    assert await stage.offer("whep", "lou", SDP, first.session) == Refusal(409, "superseded")


async def test_of_too_many_offers_that_nobody_follows_up_the_oldest_go(stage, monkeypatch):
    """Abandoned offers must not keep honest people out."""
    monkeypatch.setattr(worker_module, "HALF_OPEN_MAX", 2)
    replies = [await stage.offer("whep", f"lou{number}", SDP) for number in range(4)]
    assert all(isinstance(reply, Answer) for reply in replies)
    assert [session.participant for session in stage.sessions.values()] == ["lou2", "lou3"]
    honest = await stage.listen("max")
    assert not honest.is_over


@pytest.mark.parametrize("stage", [{"offer_deadline": 0.2}], indirect=True)
async def test_an_offer_that_never_connects_is_closed_at_its_deadline(stage):
    await stage.offer("whep", "lou", SDP)
    session = next(iter(stage.sessions.values()))
    await eventually(lambda: session.closing is not None and session.closing.done())
    assert not stage.sessions


async def test_an_offer_overtaken_by_the_same_persons_next_is_called_superseded(stage):
    sdp = await good_offer()
    replies = await asyncio.gather(*(stage.offer("whep", "lou", sdp) for _ in range(5)))
    refusals = {reply for reply in replies if isinstance(reply, Refusal)}
    assert any(isinstance(reply, Answer) for reply in replies)
    assert refusals == {Refusal(409, "superseded")}


async def test_one_person_has_one_half_open_offer(stage):
    for _ in range(3):
        assert isinstance(await stage.offer("whep", "lou", SDP), Answer)
    assert len(stage.sessions) == 1


def mutated() -> st.SearchStrategy[str]:
    """The good offer with a few of its lines cut, doubled, shortened or written over."""
    junk = st.sampled_from(["", "\0", "9" * 30, " ", ":", "é", "-1", "a=", "m=audio 9 x 0", "a=rtpmap:0"])
    edit = st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from("cdsw"), st.integers(0, 60), junk)

    def apply(edits: list) -> str:
        lines = list(LINES)
        for line, how, at, text in edits:
            old = lines[line]
            lines[line] = {"c": "", "d": f"{old}\r\n{old}", "s": old[:at], "w": old[:at] + text + old[at + 1 :]}[how]
        return "\r\n".join(lines)

    return st.lists(edit, min_size=1, max_size=4).map(apply)


@given(st.one_of(st.text(max_size=300), mutated()))
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
def test_the_check_of_offers_never_fails_otherwise(sdp):
    try:
        assert "a=candidate" not in checked_offer(sdp, "whep", 8192)
    except Refused as refused:
        assert refused.refusal.status in (413, 422)


@given(mutated())
@example(SDP.replace("a=ice-pwd:", "a=ice-pwd: "))
@example(SDP.replace("a=setup:actpass", "a=setup:nonsense"))
@example(SDP.replace("a=rtcp-mux", "a=rtcp-mux\r\na=ssrc:x y"))
@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_a_hostile_offer_gets_an_answer_or_a_refusal(stage, sdp):
    reply = await stage.offer("whep", "lou", sdp)
    assert isinstance(reply, Answer) or reply.status in (413, 422)
    assert len(stage.sessions) <= 1
