"""A private forum: nobody finds it, whoever has the link comes in, and it outlives the link and its first host."""

import pytest
from playwright.sync_api import expect

from tests.journeys.people import (
    Person,
    heard_within,
    invite,
    make_cohost,
    make_link,
    mute,
    open_space,
    silent_within,
    unmute,
)

pytestmark = pytest.mark.slow

SOON = 20


def faces(someone: Person):
    return expect(someone.page.locator("#stage .tile-name, #roster .listener-name"))


def does_not_know(stranger: Person, link: str, title: str) -> None:
    """Neither the page, nor its file and facts, nor home."""
    page = stranger.page
    for address in (link, f"{link.rstrip('/')}.json", f"{link.rstrip('/')}.ics"):
        assert page.request.get(address).status == 404
    assert page.goto(link).status == 404
    expect(page.locator("#main")).not_to_contain_text(title)
    page.locator("#main").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#main")).not_to_contain_text(title)


def test_by_link_by_invitation_and_from_host_to_host(member, person):
    host, neighbour, friend = member("Hanna", "host"), member("Leo"), member("Noor")
    guest, stranger, late = person("Guest"), person("Stranger"), person("Late")
    title = f"Forum of {host.handle}"
    link = open_space(host, title, private=True)
    door = make_link(host)

    does_not_know(stranger, link, title)
    guest.listen(door)
    neighbour.listen(door)
    expect(guest.page).to_have_url(link)
    host.page.locator("#dock-title").click()
    for someone in (host, neighbour, guest):
        expect(someone.page.locator("#space-header")).to_have_attribute("data-shape", "forum")
        expect(someone.page.locator("#space-header")).to_contain_text("Private")
        faces(someone).to_have_text(["Hanna", "Leo", "1 guest"])

    # The link is revoked: nobody else comes, and nobody inside is thrown out.
    late.page.goto(door)
    expect(late.page.locator("#listen")).to_be_visible()
    sessions = {each.name: each.page.locator("#dock").get_attribute("data-session") for each in (guest, neighbour)}
    host.page.get_by_role("link", name="Invite people").click()
    host.page.get_by_role("button", name="Revoke the link").click()
    host.page.locator("#confirm").get_by_role("button", name="Revoke the link").click()
    assert person("Later").page.goto(door).status == 404
    expect(late.page.locator("#listen")).to_have_count(0)
    assert late.page.goto(door).status == 404
    host.page.locator("#dock-title").click()
    unmute(host)
    for someone in (guest, neighbour):
        assert heard_within(someone, SOON) is not None
        expect(someone.page.locator("#dock")).to_have_attribute("data-session", sessions[someone.name])
    mute(host)
    assert silent_within(guest, SOON)

    # Somebody is asked by handle, and comes up from home.
    friend.page.goto("/")
    expect(friend.page.locator("#main")).not_to_contain_text(title)
    invite(host, friend)
    card = friend.page.locator("#for-you li", has_text=title)
    expect(card).to_contain_text("Hanna invites you to speak")
    card.get_by_role("button", name="Accept").click()
    friend.expect_sound()
    expect(friend.page).to_have_url(link)
    expect(guest.page.locator("#stage")).to_contain_text("Noor")
    unmute(friend)
    for someone in (host, neighbour, guest):
        assert heard_within(someone, SOON) is not None

    # Somebody helps to host, becomes host, and the forum goes on.
    host.page.locator("#dock-title").click()
    make_cohost(neighbour, host)
    host.page.get_by_role("button", name="Leave or end").click()
    dialog = host.page.locator("#leave-or-end")
    dialog.get_by_label("Leo").check()
    dialog.get_by_role("button", name="Hand over and leave").click()
    expect(host.page.locator("#listen")).to_be_visible()
    expect(host.page.locator("#dock-body")).to_have_count(0)
    for someone in (neighbour, friend, guest):
        expect(someone.page.locator("#space-header")).to_contain_text("Hosted by Leo")
        faces(someone).to_have_text(["Leo", "Noor", "1 guest"])
    expect(neighbour.page.locator("#manage")).to_be_visible()
    expect(neighbour.page.locator("#end")).to_be_visible()
    assert heard_within(guest, SOON) is not None
    does_not_know(stranger, link, title)
