"""Asked from one browser, answered in another: cards that come by themselves, a yes that is heard, links that end."""

import os
import signal

import pytest
from playwright.sync_api import expect

from tests.journeys.for_all import checked_in_every_look
from tests.journeys.people import invite, open_space


def card(someone, title: str):
    return someone.page.locator("#for-you li", has_text=title)


def test_an_invitation_comes_by_itself_and_a_yes_leads_on_stage_with_sound(member):
    host, guest = member("Hanna", "host"), member("Lou")
    guest.page.goto("/")
    expect(guest.page.locator("#bell")).to_have_text("Notifications")
    title = f"Gardens of {host.handle}"
    link = open_space(host, title)
    invite(host, guest)
    host.expect_sound()
    checked_in_every_look(host)
    expect(card(guest, title)).to_contain_text("Hanna invites you to speak")
    expect(guest.page.locator("#bell")).to_have_text("1 for you: notifications 1 for you")
    checked_in_every_look(guest)
    expect(host.page.locator("#invitation-list")).to_contain_text("No answer yet")
    card(guest, title).get_by_role("button", name="Accept").click()
    guest.expect_sound()
    expect(guest.page).to_have_url(link)
    expect(guest.page.locator("#dock-body")).to_have_attribute("data-seat", "muted")
    expect(guest.page.locator("#bell")).to_have_text("Notifications")
    expect(host.page.locator("#invitation-list")).not_to_contain_text("Lou")


@pytest.mark.slow
def test_whoever_listens_elsewhere_is_asked_before_a_yes_takes_them_away(member):
    host, other, guest = member("Hanna", "host"), member("Olga"), member("Lou")
    here, there = f"Gardens of {host.handle}", f"Bees of {other.handle}"
    guest.listen(open_space(other, there))
    link = open_space(host, here)
    invite(host, guest)
    guest.page.get_by_role("link", name="Openfloor").first.click()
    card(guest, here).get_by_role("button", name="Accept").click()
    dialog = guest.page.locator("#confirm")
    expect(dialog).to_contain_text(f"You are in “{there}”.")
    dialog.get_by_role("button", name="Cancel").click()
    expect(guest.page.locator("#dock-title")).to_have_text(there)
    card(guest, here).get_by_role("button", name="Accept").click()
    dialog.get_by_role("button", name="Leave it and come in").click()
    expect(guest.page.locator("#dock-title")).to_have_text(here)
    expect(guest.page).to_have_url(link)
    guest.expect_sound()


@pytest.mark.slow
def test_inside_a_yes_on_the_home_page_changes_the_dock_and_leads_nowhere(member, site):
    host, guest = member("Hanna", "host"), member("Lou")
    title = f"Gardens of {host.handle}"
    guest.listen(open_space(host, title))
    guest.page.get_by_role("link", name="Openfloor").first.click()
    invite(host, guest, "To help to host")
    card(guest, title).get_by_role("button", name="Accept").click()
    expect(guest.page.locator("#dock-body")).to_have_attribute("data-role", "cohost")
    expect(guest.page.locator("#for-you")).to_be_hidden()
    expect(guest.page).to_have_url(f"{site}/")


@pytest.mark.slow
def test_a_no_clears_the_card_and_tells_the_host(member, site):
    host, guest = member("Hanna", "host"), member("Lou")
    title = f"Gardens of {host.handle}"
    open_space(host, title)
    guest.page.goto("/")
    invite(host, guest, "To help to host")
    card(guest, title).get_by_role("button", name="Decline").click()
    expect(guest.page.locator("#for-you")).to_be_hidden()
    expect(guest.page).to_have_url(f"{site}/")
    expect(host.page.locator("#invitation-list")).to_contain_text("Said no · to help to host")


@pytest.mark.slow
def test_one_socket_for_the_account_outlives_browsing_and_comes_back_after_the_server(member, installation, site):
    host, guest = member("Hanna", "host"), member("Lou")
    title = f"Gardens of {host.handle}"
    open_space(host, title)
    page, opened = guest.page, []
    page.on("websocket", lambda socket: opened.append(socket.url))
    page.goto("/")
    page.get_by_role("link", name="Your profile").click()
    expect(page.get_by_role("heading", name="Lou")).to_be_visible()
    page.get_by_role("link", name="Your calendar").click()
    expect(page.get_by_role("heading", name="Your calendar", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Lou")).to_be_visible()
    # The home page has one of its own.
    assert [url for url in opened if "/ws/home/" not in url] == [f"{site.replace('http', 'ws')}/ws/me/"]
    web = next(pid for pid, command in installation.processes().items() if "daphne" in command)
    os.kill(web, signal.SIGKILL)
    with page.expect_websocket(lambda socket: socket.url.endswith("/ws/me/"), timeout=30_000) as again:
        pass
    again.value.wait_for_event("framereceived", timeout=30_000)
    expect(host.page.locator("#dock")).to_have_attribute("data-news", "on")
    invite(host, guest)
    expect(page.locator("#bell")).to_contain_text("1")
    # A server that is killed is an error in every browser's console.
    for someone in (host, guest):
        someone.problems.clear()


@pytest.mark.slow
def test_signing_out_in_one_window_empties_the_others(member):
    host, guest = member("Hanna", "host"), member("Lou")
    open_space(host, f"Gardens of {host.handle}")
    guest.page.goto("/")
    invite(host, guest)
    expect(guest.page.locator("#bell")).to_contain_text("1")
    second = guest.context.new_page()
    second.goto(f"/@{guest.handle}/")
    second.get_by_role("button", name="Sign out").click()
    expect(second.get_by_role("link", name="Sign in")).to_be_visible()
    # The next news finds nobody to speak to.
    host.page.get_by_role("button", name="Withdraw the invitation of Lou").click()
    expect(guest.page.locator("#nav").get_by_role("link", name="Sign in")).to_be_visible()
    expect(guest.page.locator("#for-you")).to_be_hidden()
    expect(guest.page.locator("#account")).not_to_have_attribute("ws-connect", "/ws/me/")


def test_a_link_lets_people_without_an_account_into_a_private_space_until_it_is_revoked(member, person, site):
    host, guest, late = member("Hanna", "host"), person("Guest"), person("Late")
    link = open_space(host, f"Gardens of {host.handle}")
    space = link.removeprefix(site)
    page = host.page
    page.goto(f"{space}edit/")
    page.get_by_text("Only people I let in").click()
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(link)
    assert guest.page.goto(link).status == 404
    page.goto(f"{space}invitations/")
    page.get_by_role("button", name="Make a link").click()
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    address = page.evaluate("() => navigator.clipboard.readText()")
    checked_in_every_look(host)
    guest.listen(address)
    expect(guest.page).to_have_url(link)
    late.page.goto(address)
    expect(late.page.locator("#listen")).to_be_visible()
    page.get_by_role("button", name="Revoke the link").click()
    page.locator("#confirm").get_by_role("button", name="Revoke the link").click()
    expect(page.locator("#new-link-address")).to_have_count(0)
    expect(late.page.get_by_role("heading", name="Nobody here")).to_be_visible()
    assert late.page.goto(address).status == 404
    guest.expect_sound()
    expect(guest.page.locator("#dock-body")).to_have_attribute("data-inside", "1")
