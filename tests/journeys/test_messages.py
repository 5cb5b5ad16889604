"""Two people write to each other at two browsers: it comes by itself, is read, accepted, answered, and gone for one."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.for_all import checked_in_every_look
from tests.journeys.people import Person, invite, open_space


def begin(writer: Person, reader: Person, words: str) -> None:
    """From the profile of whom one writes to."""
    page = writer.page
    page.goto(f"/@{reader.handle}/")
    page.get_by_role("link", name=f"Message {reader.name}").click()
    say(writer, reader, words)


def say(writer: Person, reader: Person, words: str) -> None:
    field = writer.page.get_by_label(f"Message to {reader.name}")
    field.fill(words)
    field.press("Enter")
    expect(writer.page.locator("#thread .message-mine").last).to_contain_text(words)
    expect(field).to_have_value("")


def open_conversation(someone: Person, other: Person, folder: str = "/messages/") -> None:
    someone.page.goto(folder)
    someone.page.locator("#conversations").get_by_role("link", name=re.compile(f"^{other.name}")).click()
    expect(someone.page.get_by_role("heading", level=1, name=other.name)).to_be_visible()


def become_friends(one: Person, other: Person) -> None:
    for who, whom in ((one, other), (other, one)):
        who.page.goto(f"/@{whom.handle}/")
        who.page.get_by_role("button", name=f"Follow {whom.name}").click()
        expect(who.page.get_by_role("button", name=f"Following {whom.name}")).to_be_visible()


def mark(someone: Person):
    return someone.page.locator("#inbox-mark")


def test_what_one_writes_the_other_reads_and_answers_without_a_reload(member):
    ana, lou = member("Ana", "host"), member("Lou")
    become_friends(ana, lou)
    lou.page.goto("/")
    begin(ana, lou, "Are you there?")
    expect(mark(lou)).to_contain_text("1 unread message")
    expect(ana.page.locator("#thread")).not_to_contain_text("Seen")
    open_conversation(lou, ana)
    expect(lou.page.locator("#thread")).to_contain_text("Are you there?")
    # Read in one window, it is read in all, and whoever wrote it sees that.
    expect(mark(lou)).not_to_contain_text("unread message")
    expect(ana.page.locator("#thread")).to_contain_text("Seen")
    say(lou, ana, "I am.\nSince eight.")
    expect(ana.page.locator("#thread .message").last).to_contain_text("Since eight.")
    expect(mark(ana)).not_to_contain_text("unread message")
    second = ana.context.new_page()
    second.goto("/messages/")
    expect(second.locator("#conversations")).to_contain_text("I am.")
    say(lou, ana, "Look: https://example.org/roofs")
    expect(ana.page.locator("#thread").get_by_role("link", name="https://example.org/roofs")).to_have_attribute(
        "target", "_blank"
    )
    expect(second.locator("#conversations")).to_contain_text("Look:")
    checked_in_every_look(ana)
    lou.page.goto("/messages/")
    checked_in_every_look(lou)


@pytest.mark.slow
def test_a_request_waits_apart_until_it_is_accepted(member):
    ana, lou = member("Ana", "host"), member("Lou")
    lou.page.goto("/")
    begin(ana, lou, "May I ask you something?")
    expect(mark(lou)).to_contain_text("1 request")
    expect(mark(lou)).not_to_contain_text("unread message")
    open_conversation(lou, ana, "/messages/requests/")
    checked_in_every_look(lou)
    expect(mark(lou)).not_to_contain_text("1 request")
    expect(ana.page.locator("#thread")).not_to_contain_text("Seen")
    lou.page.get_by_role("button", name="Accept").click()
    expect(lou.page.locator("#composer")).not_to_contain_text("would like to write with you")
    expect(ana.page.locator("#thread")).to_contain_text("Seen")
    lou.page.goto("/messages/")
    expect(lou.page.locator("#conversations")).to_contain_text("May I ask you something?")


@pytest.mark.slow
def test_an_invitation_is_accepted_where_it_is_read_and_leads_on_stage(member):
    ana, lou = member("Ana", "host"), member("Lou")
    become_friends(ana, lou)
    title = f"Gardens of {ana.handle}"
    link = open_space(ana, title)
    lou.page.goto("/")
    invite(ana, lou)
    expect(mark(lou)).to_contain_text("1 unread message")
    open_conversation(lou, ana)
    card = lou.page.locator(".invitation-card")
    expect(card).to_contain_text("Ana invites you to speak")
    checked_in_every_look(lou)
    card.get_by_role("button", name="Accept").click()
    lou.expect_sound()
    expect(lou.page).to_have_url(link)
    expect(lou.page.locator("#dock-body")).to_have_attribute("data-seat", "muted")
    open_conversation(lou, ana)
    expect(card).to_contain_text("You said yes")
    expect(lou.page.locator("#dock")).to_have_attribute("data-sound", "playing")
    checked_in_every_look(lou)


@pytest.mark.slow
def test_an_invitation_that_is_withdrawn_says_so_in_the_open_conversation(member):
    ana, lou = member("Ana", "host"), member("Lou")
    become_friends(ana, lou)
    open_space(ana, f"Gardens of {ana.handle}")
    invite(ana, lou)
    open_conversation(lou, ana)
    card = lou.page.locator(".invitation-card")
    expect(card.get_by_role("button", name="Accept")).to_be_visible()
    ana.page.get_by_role("button", name="Withdraw the invitation of Lou").click()
    expect(card).to_contain_text("Withdrawn")
    expect(card.get_by_role("button")).to_have_count(0)


@pytest.mark.slow
def test_what_one_deletes_is_gone_for_oneself_alone(member):
    ana, lou = member("Ana", "host"), member("Lou")
    become_friends(ana, lou)
    begin(ana, lou, "First")
    say(ana, lou, "Second")
    open_conversation(lou, ana)
    first = lou.page.locator("#thread .message", has_text="First")
    first.hover()
    first.locator(".message-menu > summary").click()
    first.get_by_role("button", name="Delete for me").click()
    expect(first).to_have_count(0)
    expect(lou.page.locator("#thread")).to_contain_text("Second")
    expect(ana.page.locator("#thread")).to_contain_text("First")
    lou.page.locator(".conversation-head summary").click()
    lou.page.get_by_role("button", name="Delete the conversation").click()
    lou.page.locator("#confirm").get_by_role("button", name="Delete for me").click()
    expect(lou.page.locator("#conversations")).to_contain_text("Nobody has written to you yet")
    expect(ana.page.locator("#thread")).to_contain_text("Second")


def test_a_draft_stays_when_it_could_not_be_sent(member):
    ana, lou = member("Ana", "host"), member("Lou")
    become_friends(ana, lou)
    begin(ana, lou, "First")
    field = ana.page.get_by_label("Message to Lou")
    ana.context.set_offline(True)
    field.fill("Second")
    field.press("Enter")
    expect(ana.page.locator("#notice")).to_contain_text("The server cannot be reached")
    expect(field).to_have_value("Second")
    ana.context.set_offline(False)
    field.press("Enter")
    expect(ana.page.locator("#thread")).to_contain_text("Second")
    expect(field).to_have_value("")
    field.fill("x" * 2003)
    expect(ana.page.locator("#message-count")).to_have_text("3 too many")
    field.press("Enter")
    expect(ana.page.locator("#notice")).to_contain_text("longer than a message can be")
    expect(field).to_have_value("x" * 2003)
    ana.problems.clear()
