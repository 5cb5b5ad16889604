"""Every page of the site, in the states it can be found in: in small and large windows, light and dark, by keyboard."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.template.loader import render_to_string
from django.urls import URLResolver, get_resolver, resolve
from playwright.sync_api import expect

from accounts.services import digests
from tests.journeys.for_all import troubles_in_every_look
from tests.journeys.people import (
    PASSWORD,
    Person,
    hold_authenticator,
    invite,
    mailed_code,
    make_cohost,
    make_link,
    more_about,
    open_space,
    plan,
    take_seat,
)
from tests.setup.installation import Installation, installed, wait_for
from tests.support.authenticator import code
from tests.support.mailbox import Mailbox

# Commands, answered by what changed; what only programs read; what leads on to a page of another address; and what has
# a tour of its own (test_an_episode.py, test_a_review_copy.py).
NO_PAGES = set(
    """
    notifications_seen notification_wish push push_worker podcast podcast_cover podcasts_opml replay_audio clip_card
    replay_progress healthz readyz space_ics space_json calendar_feed whep whep_session whip whip_session
    airing reminder attendance hand hands seat mute mute_all people heirs turns turn token links link notice follow
    block mute_person handle avatar avatar_file protection listening follow_request follower replay_voice
    person person_seat person_mute person_hand person_removal person_cohost person_host invitation sent_invitation
    message reading acceptance messages_from replay_card replay_chapters replay_like replay_comments replay_comment
    retention own_copies copy_link export_file closing keeping session_exports session_link session_file session_data
    spaces join account_confirm_login_code account_set_password clip replay_clips replay replay_edit replay_mixing
    sessions session app_picture mfa_index mfa_list_webauthn mfa_login_webauthn mfa_download_recovery_codes
    """.split()
)


pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """One in which a Space expires as soon as its time has come."""
    with installed(SCHEDULE_EXPIRES_SECONDS="1", SCHEDULE_SLACK_SECONDS="180") as running:
        yield running


@pytest.fixture(scope="module")
def site(installation) -> str:
    """By name, because passkeys are kept for names alone."""
    return installation.until_ready().replace("127.0.0.1", "localhost")


class Tour:
    """From page to page: the names of the addresses that were looked at, and what was found there."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.found: dict[str, list[str]] = {}

    def look(self, someone: Person, heading: str) -> None:
        """At the page somebody has before them."""
        expect(someone.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        self.names.add(resolve(urlsplit(someone.page.url).path).url_name)
        if found := troubles_in_every_look(someone.page):
            self.found[f"{someone.name} at {heading!r}"] = found

    def visit(self, someone: Person, address: str, heading: str) -> None:
        someone.page.goto(address)
        self.look(someone, heading)


def pages() -> set[str]:
    """The names of all addresses but the staff's, whose pages are Django's own."""
    return set(names(get_resolver()))


def names(resolver) -> Iterator[str]:
    for each in resolver.url_patterns:
        if not isinstance(each, URLResolver):
            yield each.name
        elif each.namespace != "admin":
            yield from names(each)


def test_every_page_of_the_site_is_for_everybody(member, person, installation):
    tour = Tour()
    of_accounts(tour, member("Nora"), person("Guest"), installation)
    of_safety(tour, member("Nell"), person("Nell"))
    of_messages(tour, member("Noor"), member("Pia"))
    of_the_calendar(tour, member("Petra"), person("Guest"))
    of_a_live_space(tour, member("Hanna", "host"), member("Leo"), member("Mia"), person("Guest"))
    of_a_private_space(tour, member("Olga", "host"), member("Lou"), person("Guest"))
    of_mishaps(tour, person("Guest"), member("Nils"))
    assert tour.found == {}
    assert tour.names | NO_PAGES == pages()
    assert not tour.names & NO_PAGES


def of_accounts(tour: Tour, member: Person, guest: Person, installation: Installation) -> None:
    tour.visit(member, f"/@{member.handle}/", "Nora")
    tour.visit(member, "/me/", "Your profile")
    tour.visit(member, "/search/", "Search")
    tour.visit(member, "/search/?q=nora", "Search")
    tour.visit(member, f"/@{member.handle}/followers/", "Followers")
    tour.visit(member, f"/@{member.handle}/following/", "Following")
    tour.visit(member, "/me/privacy/", "Privacy")
    tour.visit(member, "/me/requests/", "Follow requests")
    tour.visit(member, "/me/notifications/", "Tell me when …")
    tour.visit(member, "/notifications/", "Notifications")
    tour.visit(member, "/me/blocked/", "Blocked and muted")
    tour.visit(guest, link_of_mail(member, installation), "Stop the mail of the day?")
    tour.visit(member, "/calendar/", "Your calendar")
    tour.visit(member, "/me/data/", "Your data")
    tour.visit(member, "/account/email/", "Your e-mail")
    tour.visit(member, "/account/password/change/", "Change your password")
    tour.visit(member, "/account/reauthenticate/", "Is it you?")
    tour.visit(member, "/account/logout/", "Sign out?")

    tour.visit(guest, "/", "The floor is yours")
    tour.visit(guest, "/account/login/", "Sign in")
    tour.visit(guest, "/account/inactive/", "This account is closed")
    tour.visit(guest, "/account/signup/", "Open an account")
    form = {"Handle": "x", "Name": "Guest", "E-mail": "guest@example.org", "Password": "1"}
    fill_in(guest, form, "Open the account")
    expect(guest.page.locator(".errors")).not_to_have_count(0)
    tour.look(guest, "Open an account")
    fill_in(guest, form | {"Handle": "guest_of_ours", "Password": PASSWORD}, "Open the account")
    tour.look(guest, "Look into your mail")
    guest.page.get_by_role("button", name="Cancel").click()

    tour.visit(guest, "/account/password/reset/", "Forgotten your password?")
    fill_in(guest, {"E-mail": member.email}, "Send the code")
    tour.look(guest, "Look into your mail")
    wait_for(lambda: len(Mailbox(installation.var / "mail").mails(to=member.email)) == 2, 15)
    fill_in(guest, {"Code": mailed_code(member, installation)}, "Go on")
    tour.look(guest, "Choose a new password")
    fill_in(guest, {"New password": PASSWORD, "New password, again": PASSWORD}, "Keep it")
    tour.look(guest, "Your new password holds")


def of_safety(tour: Tour, member: Person, elsewhere: Person) -> None:
    page = member.page
    hold_authenticator(member)
    tour.visit(member, "/me/safety/", "Safety")
    page.goto("/account/mfa/totp/activate/")
    fill_in(member, {"Password": PASSWORD}, "Go on")
    tour.look(member, "Add an app")
    fill_in(member, {"The code it shows now": code(page.locator("#secret").inner_text())}, "Add the app")
    tour.look(member, "Recovery codes")
    tour.visit(member, "/account/mfa/recovery-codes/generate/", "Make new recovery codes?")
    tour.visit(member, "/account/mfa/totp/deactivate/", "Remove the app?")
    tour.visit(member, "/account/mfa/webauthn/add/", "Add a passkey")
    fill_in(member, {"Name": "My laptop"}, "Make the passkey")
    tour.look(member, "Safety")
    for act, heading in {"Rename": "Rename a passkey", "Remove": "Remove “My laptop”?"}.items():
        page.goto("/me/safety/")
        tour.visit(member, page.get_by_role("link", name=f"{act} My laptop").get_attribute("href"), heading)
    tour.visit(member, "/account/mfa/reauthenticate/", "Is it you?")
    tour.visit(member, "/account/mfa/webauthn/reauthenticate/", "Is it you?")
    elsewhere.page.goto("/account/login/")
    fill_in(elsewhere, {"Handle or e-mail": member.handle, "Password": PASSWORD}, "Sign in")
    tour.look(elsewhere, "One more step")


def of_messages(tour: Tour, writer: Person, reader: Person) -> None:
    tour.visit(reader, "/messages/", "Messages")
    tour.visit(writer, f"/@{reader.handle}/message/", "Pia")
    writer.page.get_by_label("Message to Pia").fill("Hello! More of it at https://example.org/roofs")
    writer.page.get_by_role("button", name="Send").click()
    expect(writer.page.locator("#thread")).to_contain_text("Hello!")
    tour.look(writer, "Pia")
    tour.visit(reader, "/messages/requests/", "Messages")
    reader.page.locator("#conversations").get_by_role("link", name="Noor").click()
    tour.look(reader, "Noor")
    reader.page.locator(".message").hover()
    reader.page.locator(".message-menu > summary").click()
    reader.page.get_by_role("link", name="Report").click()
    tour.look(reader, "Report this message")


def link_of_mail(member: Person, installation: Installation) -> str:
    """That ends the mail of the day, as it would stand in hers."""
    key = (installation.var / "keys" / "secret_key").read_text()
    pk = int(member.page.locator("#account").get_attribute("data-person"))
    return f"/mail/unsubscribe/{signing.dumps(pk, key=key, salt=digests.SALT)}/"


def of_the_calendar(tour: Tour, host: Person, guest: Person) -> None:
    page = host.page
    tour.visit(host, "/spaces/new/", "Start a Space")
    address = plan(host, "Tomatoes", days=2)
    tour.look(host, "Tomatoes")
    tour.visit(guest, address, "Tomatoes")
    tour.visit(guest, "/", "The floor is yours")
    tour.visit(host, "/", "The floor is yours")
    tour.visit(host, "/spaces/new/?when=later", "Start a Space")
    tour.visit(host, "/calendar/", "Your calendar")
    tour.visit(host, f"{address}edit/", "Edit this Space")
    page.goto(address)
    page.get_by_role("button", name="Cancel the Space").click()
    page.locator("#confirm").get_by_role("button", name="Cancel the Space").click()
    expect(page.get_by_text("has cancelled this Space")).to_be_visible()
    tour.look(host, "Tomatoes")
    tour.visit(guest, address, "Tomatoes")

    # Now, or a minute ago at most: its time has come, and it has not begun.
    address = plan(host, "Apples", at=datetime.now())
    for someone in (host, guest):
        someone.page.goto(address)
        expect(someone.page.get_by_text("it has expired")).to_be_visible(timeout=60_000)
        tour.look(someone, "Apples")


def of_a_live_space(tour: Tour, host: Person, speaker: Person, other: Person, guest: Person) -> None:
    title = "Gardens on the roof, and who waters them in August"
    link = open_space(host, title)
    tour.visit(guest, link, title)
    tour.visit(other, link, title)
    tour.visit(guest, "/", "On air now")
    for someone in (speaker, other, guest):
        someone.listen(link)
        tour.look(someone, title)
    take_seat(speaker, host)
    tour.look(host, title)
    tour.look(speaker, title)
    make_cohost(other, host)
    tour.look(other, title)
    more_about(host, "Guest")
    tour.look(host, title)
    tour.visit(host, "/", "On air now")
    tour.visit(host, "/spaces/new/", "Start a Space")
    tour.visit(host, f"{link}edit/", "Edit this Space")
    host.page.goto(link)
    more_about(host, "Guest")
    host.page.get_by_role("button", name="Remove from the Space").first.click()
    host.page.locator("#confirm").get_by_role("button", name="Remove").click()
    tour.look(guest, "You were removed from this Space")
    host.page.get_by_role("button", name="Leave or end").click()
    expect(host.page.get_by_role("dialog")).to_be_visible()
    tour.look(host, title)
    host.page.get_by_role("button", name="End for everybody").click()
    expect(speaker.page.locator("#spoke-title")).to_be_visible()
    tour.look(speaker, title)
    tour.visit(guest, link, title)


def of_a_private_space(tour: Tour, host: Person, member: Person, guest: Person) -> None:
    title = "Supper club"
    link = open_space(host, title, private=True)
    tour.look(host, title)
    tour.visit(member, link, "Nobody here")
    address = make_link(host)
    tour.look(host, "Invite people")
    host.page.goto(link)
    invite(host, member)
    tour.look(host, "Invite people")
    tour.visit(member, "/", "The floor is yours")
    tour.visit(guest, address, title)
    guest.page.locator("#listen").click()
    guest.expect_sound()
    tour.look(guest, title)


def of_mishaps(tour: Tour, guest: Person, member: Person) -> None:
    tour.visit(guest, "/@nobody_at_all/", "Nobody here")
    # A page that was open for so long that its cookie is gone.
    page = guest.page
    page.goto("/account/login/")
    guest.context.clear_cookies()
    fill_in(guest, {"Handle or e-mail": "x", "Password": "y"}, "Sign in")
    tour.look(guest, "Please try again")
    # Nothing here breaks on demand, or refuses before many tries: what would be shown then, by itself.
    shown_instead(guest, "/account/login/", "500.html")
    tour.visit(guest, "/account/login/", "Something broke")
    for template, heading in {"403.html": "This door stays shut", "429.html": "That was too often"}.items():
        shown_instead(member, "/account/login/", template)
        tour.visit(member, "/account/login/", heading)


def shown_instead(someone: Person, address: str, template: str) -> None:
    body = render_to_string(template)
    someone.page.route(f"**{address}", lambda route: route.fulfill(body=body, content_type="text/html"))


def fill_in(someone: Person, fields: dict[str, str], button: str) -> None:
    for label, value in fields.items():
        someone.page.get_by_label(label, exact=True).fill(value)
    someone.page.locator("#main").get_by_role("button", name=button, exact=True).click()
