"""Recording, as everybody sees it: before they come in, on the stage, in the dock and in the hosts' panel."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from rooms import fragments
from rooms.models import Space
from rooms.services import recording, spaces
from tests.rooms.test_host_panel import panel
from tests.support import cast
from tests.support.html import by_id
from tests.support.planned import plan


def words(html: str) -> str:
    return re.sub(r"\s+", " ", strip_tags(html))


def page(space, user=None) -> str:
    client = Client()
    if user:
        client.force_login(user)
    return client.get(space.get_absolute_url()).content.decode()


def part(html: str, key: str, end: str) -> str:
    """From the element's id to that end tag; "" where there is none."""
    return html.partition(f'id="{key}"')[2].partition(f"</{end}>")[0]


def kept(html: str) -> str:
    return words(part(html, "what-is-kept", "section"))


def dock(room, who: str) -> str:
    return fragments.dock_body(room.now(who))


# --- Before one comes in ---


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("always", "Only staff can open it, with a reason that stays written down. It is destroyed 30 days after"),
        ("on_report", "It is destroyed when the Space ends, unless somebody reported it; then 30 days after the end"),
        ("never", "No copy for the staff. This server keeps nothing of what is said"),
    ],
)
@pytest.mark.parametrize("where", ["live", "planned", "form"])
def test_what_is_kept_is_said_before_anybody_enters(db, settings, policy, said, where):
    settings.REVIEW_COPY = policy
    host = cast.user("host")
    if where == "live":
        html = page(spaces.start(title="Roofs", by=host))
    elif where == "planned":
        html = page(plan(host))
    else:
        client = Client()
        client.force_login(host)
        html = client.get(reverse("space_new")).content.decode()
    assert said in kept(html)
    assert ("or after 90 where a report was upheld" in kept(html)) is (policy != "never")


def test_what_was_told_stays_true_of_a_space_whatever_the_server_does_later(db, settings):
    settings.REVIEW_COPY = "never"
    space = spaces.start(title="Roofs", by=cast.user("host"))
    settings.REVIEW_COPY = "always"
    assert "No copy for the staff." in kept(page(space))
    assert "A copy in case" in kept(page(spaces.start(title="Sheds", by=cast.user("other"))))


def test_whoever_has_not_come_in_reads_whether_it_is_recorded(room):
    assert "No replay is being recorded." in kept(page(room.space))
    recording.start(space=room.space, by=room.host)
    assert "This Space is being recorded." in kept(page(room.space))
    assert "Recording" in words(part(page(room.space), "space-header", "header"))


@pytest.mark.parametrize(("private", "who"), [(False, "everybody"), (True, "whoever may know of")])
def test_it_is_said_who_hears_the_replay_and_when_before_anybody_agrees(room, private, who):
    Space.objects.filter(pk=room.space.pk).update(is_private=private)
    recording.start(space=room.space, by=room.host)
    asked = words(part(dock(room, "speaker"), "consent", "dialog"))
    outside = words(render_to_string("rooms/_what_is_kept.html", {"space": room.now("host").space}))
    for said in (asked, outside):
        assert who in said and "few minutes after the end" in said
        assert "unless the host keeps" in said and "to themselves and those who spoke." in said
        assert "once the host" not in said and "may publish" not in said


def test_a_planned_space_says_that_its_host_wants_a_replay(db):
    space = plan(cast.user("host"), recording_wanted=True)
    assert "The host wants to record a replay." in kept(page(space))
    assert page(space, space.host).count('id="what-is-kept"') == 1


def test_programs_read_it_too(room, client):
    address = reverse("space_json", args=[room.space.slug])
    assert (client.get(address).json()["recording"], client.get(address).json()["review_copy"]) == (False, True)
    recording.start(space=room.space, by=room.host)
    assert client.get(address).json()["recording"] is True


# --- On the stage ---


def test_everybody_sees_who_on_the_stage_is_not_recorded(room):
    stage = part(page(room.space), "stage", "section")
    assert "Not recorded" not in stage
    recording.start(space=room.space, by=room.host)
    recording.answer(participant=room.speaker, by=room.speaker, yes=True)
    recording.answer(participant=room.cohost, by=room.cohost, yes=False)
    tiles = part(page(room.space), "stage", "section").split("<li ")[1:]
    assert ["Not recorded" in tile for tile in tiles] == [False, True, False]


def test_whoever_is_asked_reads_what_is_kept_how_long_and_for_whom(room):
    assert 'id="consent"' not in dock(room, "speaker")
    recording.start(space=room.space, by=room.host)
    asked = words(part(dock(room, "speaker"), "consent", "dialog"))
    for said in ("May your voice be recorded?", "Nothing while you are muted", "30 days after the end", "taken out"):
        assert said in asked
    assert "No answer is a no." in asked
    assert all('id="consent"' not in dock(room, who) for who in ("host", "listener", "guest"))


def test_after_an_answer_the_dock_says_where_one_stands_and_offers_the_other(room):
    recording.start(space=room.space, by=room.host)
    for yes, said, button in ((True, "You are in the recording.", "take-me-out"), (False, "You are not", "let-me-in")):
        recording.answer(participant=room.speaker, by=room.speaker, yes=yes)
        mine = dock(room, "speaker")
        assert said in part(mine, "recorded", "p") and button in mine and 'id="consent"' not in mine
    assert 'id="recorded"' not in dock(room, "listener")


def test_after_it_stopped_whoever_is_in_it_can_still_get_out(room):
    recording.start(space=room.space, by=room.host)
    recording.answer(participant=room.speaker, by=room.speaker, yes=True)
    recording.answer(participant=room.cohost, by=room.cohost, yes=False)
    recording.stop(space=room.space, by=room.host)
    assert "take-me-out" in dock(room, "speaker")
    assert 'id="recorded"' not in dock(room, "cohost")


# --- For hosts ---


def test_the_host_alone_has_the_switch(room):
    assert 'id="record"' in panel(room.host) and 'id="record"' not in panel(room.cohost)
    recording.start(space=room.space, by=room.host)
    assert 'id="stop-recording"' in panel(room.host) and 'id="stop-recording"' not in panel(room.cohost)


def test_hosts_see_who_agreed_who_did_not_and_who_is_still_asked(room):
    recording.start(space=room.space, by=room.host)
    recording.answer(participant=room.speaker, by=room.speaker, yes=False)
    for leader in (room.host, room.cohost):
        people = [words(person) for person in panel(leader).split('id="manage-stage"')[1].split("<li ")[1:4]]
        assert ["in the recording" in person for person in people] == [True, False, False]
        assert "asked" in people[1] and "not recorded" in people[2]


def test_hosts_are_told_that_the_server_has_too_little_disk(room):
    recording.note_capture(space_ids=[room.space.pk], stopped=True)
    assert "too little disk space: nothing is recorded now. The sound goes on." in words(panel(room.cohost))
    recording.note_capture(space_ids=[room.space.pk], stopped=False)
    assert "too little disk" not in panel(room.host)


def test_the_switch_of_a_live_space_is_in_its_panel_and_not_in_its_settings(room, client):
    client.force_login(room.host.user)
    live = client.get(reverse("space_edit", args=[room.space.slug])).content.decode()
    assert "captions_wanted" in live and "recording_wanted" not in live


def test_commands_answer_with_ones_own_controls_as_they_are_then(room, client):
    client.force_login(room.host.user)
    recorded = client.put(reverse("recording", args=[room.space.slug])).content.decode()
    assert set(by_id(recorded)) == {"dock-body", "manage"} and 'id="recorded"' in recorded
    client.force_login(room.speaker.user)
    answered = client.put(reverse("consent", args=[room.space.slug])).content.decode()
    assert "You are in the recording." in answered
    refused = client.put(reverse("recording", args=[room.space.slug]))
    assert refused.status_code == 403


def test_one_takes_oneself_out_after_the_end(room, client):
    recording.start(space=room.space, by=room.host)
    recording.answer(participant=room.speaker, by=room.speaker, yes=True)
    spaces.end(space=room.space, by=room.host)
    client.force_login(room.speaker.user)
    assert client.delete(reverse("consent", args=[room.space.slug])).status_code == 200
    assert room.now("speaker").recording_answer == "no"
