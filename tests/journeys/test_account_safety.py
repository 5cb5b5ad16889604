"""A second step and a passkey, made and used; and another password, which ends what another browser sees and hears."""

import time

import pytest
from playwright.sync_api import expect

from tests.journeys.for_all import checked_in_every_look
from tests.journeys.people import (
    PASSWORD,
    Person,
    heard_within,
    hold_authenticator,
    open_space,
    silent_within,
    sit_down,
    unmute,
)
from tests.support.authenticator import code

pytestmark = pytest.mark.slow

NEW = "another walk by the sea"
# Notes when the bar at the top is changed.
WATCH = """() => new MutationObserver(() => { window.signedOutAt ??= Date.now(); }).observe(
  document.getElementById("nav"), { subtree: true, childList: true })"""


@pytest.fixture
def site(installation) -> str:
    """Browsers keep passkeys for names alone: this machine's own."""
    return installation.until_ready().replace("127.0.0.1", "localhost")


def press(someone: Person, name: str) -> None:
    someone.page.locator("#main").get_by_role("button", name=name, exact=True).click()


def type_password(someone: Person, password: str = PASSWORD) -> None:
    page = someone.page
    page.goto("/account/login/")
    page.get_by_label("Handle or e-mail").fill(someone.handle)
    page.get_by_label("Password").fill(password)
    press(someone, "Sign in")


def prove_again(someone: Person) -> None:
    expect(someone.page.get_by_role("heading", name="Is it you?")).to_be_visible()
    someone.page.get_by_label("Password").fill(PASSWORD)
    press(someone, "Go on")


def expect_in(someone: Person) -> None:
    expect(someone.page.get_by_role("link", name=f"Your profile, {someone.name}")).to_be_visible()


def sign_out(someone: Person) -> None:
    someone.page.goto("/account/logout/")
    press(someone, "Sign out")
    expect(someone.page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def test_an_app_is_added_and_asked_for(member):
    nora = member("Nora")
    page = nora.page
    page.goto("/me/safety/")
    checked_in_every_look(nora)
    page.get_by_role("link", name="Add an app").click()
    prove_again(nora)
    expect(page.get_by_role("heading", name="Add an app")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.app-picture').naturalWidth > 0")
    checked_in_every_look(nora)
    secret = page.locator("#secret").inner_text()
    page.get_by_label("The code it shows now").fill(code(secret))
    press(nora, "Add the app")
    expect(page.locator(".codes li")).to_have_count(10)
    checked_in_every_look(nora)
    spare = page.locator(".codes li").first.inner_text()

    sign_out(nora)
    type_password(nora)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    checked_in_every_look(nora)
    page.get_by_label("Code").fill(code(secret, 1))
    press(nora, "Sign in")
    expect_in(nora)

    sign_out(nora)
    type_password(nora)
    page.get_by_label("Code").fill(spare)
    press(nora, "Sign in")
    expect_in(nora)
    page.goto("/me/safety/")
    expect(page.locator("#main")).to_contain_text("9 left")


def test_a_passkey_is_made_and_opens_the_door_alone_and_as_a_second_step(member):
    nora = member("Nora")
    page = nora.page
    hold_authenticator(nora)
    page.goto("/me/safety/")
    page.get_by_role("link", name="Add a passkey").click()
    prove_again(nora)
    expect(page.get_by_role("heading", name="Add a passkey")).to_be_visible()
    checked_in_every_look(nora)
    page.get_by_label("Name").fill("My laptop")
    press(nora, "Make the passkey")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto("/me/safety/")
    expect(page.get_by_role("link", name="Remove My laptop")).to_be_visible()
    checked_in_every_look(nora)

    sign_out(nora)
    page.goto("/account/login/")
    press(nora, "Sign in with a passkey")
    expect_in(nora)

    sign_out(nora)
    type_password(nora)
    press(nora, "Use a passkey")
    expect_in(nora)

    page.goto("/me/safety/")
    page.get_by_role("link", name="Remove My laptop").click()
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    page.get_by_role("link", name="Use a passkey").click()
    press(nora, "Use a passkey")
    press(nora, "Remove it")
    expect(page.locator("#main")).to_contain_text("The passkey is removed.")


def test_an_address_without_a_name_says_where_passkeys_work(member, installation):
    nora = member("Nora")
    page = nora.page
    bare = sit_down("Nora", nora.context.browser, installation.until_ready())
    bare.handle = nora.handle
    type_password(bare)
    expect_in(bare)
    bare.page.goto("/me/safety/")
    checked_in_every_look(bare)
    expect(bare.page.get_by_role("link", name="open this page at localhost")).to_be_visible()
    expect(bare.page.get_by_role("link", name="Add a passkey")).to_have_count(0)
    bare.page.goto("/account/login/")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)
    assert bare.problems == []
    bare.context.close()


def test_another_password_ends_what_the_other_browser_sees_and_hears(member, person, capsys):
    host, here = member("Hanna", "host"), member("Leo")
    there = person("Leo")
    there.handle = here.handle
    link = open_space(host, "Gardens on the roof")
    unmute(host)
    type_password(there)
    expect_in(there)
    here.page.goto("/me/safety/")
    beside = here.context.new_page()
    beside.goto(link)
    there.listen(link)
    assert heard_within(there, 10) is not None

    here.page.get_by_role("link", name="Change your password").click()
    here.page.get_by_label("Current password").fill(PASSWORD)
    here.page.get_by_label("New password", exact=True).fill(NEW)
    here.page.get_by_label("New password, again").fill(NEW)
    # Counted from the moment the button is pressed: what closes is told beside the answer.
    there.page.evaluate(WATCH)
    began = time.time()
    press(here, "Change it")
    expect(there.page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
    took = there.page.evaluate("() => window.signedOutAt") / 1000 - began
    assert silent_within(there, 10)
    with capsys.disabled():
        print(f"\nsigned out elsewhere after {took:.2f} s")
    there.page.wait_for_timeout(4000)
    assert silent_within(there, 2), "it does not come back"
    expect(there.page.locator("#dock")).not_to_have_attribute("data-sound", "playing")

    # This browser stays: in the window that changed it and in the one beside.
    expect(beside.get_by_role("link", name="Your profile, Leo")).to_be_visible()
    here.page.goto(link)
    here.expect_sound()
    assert heard_within(here, 10) is not None
    here.page.goto("/me/safety/")
    expect(here.page.locator("#places li")).to_have_count(1)
    checked_in_every_look(here)


def test_a_window_that_stays_hears_again_by_itself_and_another_is_signed_out_by_a_button(member, person):
    host, here = member("Hanna", "host"), member("Leo")
    there = person("Leo")
    there.handle = here.handle
    link = open_space(host, "Gardens on the roof")
    unmute(host)
    type_password(there)
    expect_in(there)
    here.listen(link)
    safety = here.context.new_page()
    safety.goto("/me/safety/")
    expect(safety.locator("#places li")).to_have_count(2)
    safety.locator("#places").get_by_role("button", name="Sign out Chrome on Linux").click()
    expect(safety.locator("#places li")).to_have_count(1)
    expect(there.page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
    here.expect_sound()
    assert heard_within(here, 10) is not None
    expect(here.page.locator("#dock-body")).to_have_attribute("data-inside", "1")
