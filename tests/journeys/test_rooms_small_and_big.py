"""A small Space is a table of faces; one person more makes it a hall, under everybody's eyes and without a jump."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.journeys.for_all import checked_in_every_look, press_until
from tests.journeys.people import Person, make_link, open_space, take_seat
from tests.setup.installation import Installation, installed

pytestmark = pytest.mark.slow

LARGE = 68
SMALL = 44


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """One in which four people are a forum, and five an audience."""
    with installed(FORUM_MAX="4") as running:
        yield running


@pytest.fixture(scope="module")
def site(installation) -> str:
    return installation.until_ready()


def shape(someone: Person):
    return expect(someone.page.locator("#space-header"))


def place(someone: Person, selector: str) -> dict:
    """Where it is on the screen, and how large."""
    return someone.page.locator(selector).first.bounding_box()


def listen_unnamed(someone: Person, link: str) -> None:
    someone.page.goto(link)
    someone.page.get_by_label("Listen without my name").check()
    someone.page.locator("#listen").click()
    someone.expect_sound()


def test_four_people_sit_around_one_table_and_the_fifth_makes_it_a_hall(member, person):
    host, speaker, shy, guest = member("Hanna", "host"), member("Leo"), member("Shirin"), person("Guest")
    room = open_space(host, "Supper club", private=True)
    link = make_link(host)
    host.page.goto(room)
    stranger = person("Stranger")
    assert stranger.page.goto(room).status == 404
    speaker.listen(link)
    take_seat(speaker, host)
    listen_unnamed(shy, link)
    guest.listen(link)

    for someone in (host, speaker, shy, guest):
        shape(someone).to_have_attribute("data-shape", "forum")
        shape(someone).to_contain_text("Private")
        expect(someone.page.locator("[data-share]")).to_be_hidden()
        expect(someone.page.locator("#stage")).to_contain_text("Leo")
        expect(someone.page.locator("#roster")).to_contain_text("1 guest")
        expect(someone.page.locator("#roster")).to_contain_text("1 listens unnamed")
        expect(someone.page.locator("#roster")).not_to_contain_text("Shirin")
        expect(someone.page.locator("#find")).to_be_hidden()
    assert place(guest, "#roster .face")["width"] >= LARGE
    stage, table = place(guest, "#stage"), place(guest, ".audience")
    assert abs(stage["y"] + stage["height"] - table["y"]) < 1, "stage and audience are one panel"
    expect(shy.page.locator("#dock")).to_contain_text("You listen without your name.")
    expect(guest.page.locator("#dock")).not_to_contain_text("without your name")
    for someone in (host, guest, shy):
        checked_in_every_look(someone)

    before = {someone.name: place(someone, "#stage .tile") for someone in (host, guest)}
    late = person("Late guest")
    late.listen(link)
    for someone in (host, speaker, shy, guest, late):
        shape(someone).to_have_attribute("data-shape", "hall")
        expect(someone.page.locator("#find")).to_be_visible()
    assert place(guest, "#roster .face")["width"] <= SMALL
    assert {someone.name: place(someone, "#stage .tile") for someone in (host, guest)} == before
    for someone in (host, guest):
        checked_in_every_look(someone)

    # Whoever asks for the floor is known to all.
    shy.page.get_by_role("button", name="Raise hand").click()
    for someone in (host, guest):
        expect(someone.page.locator("#roster .listener-hand")).to_contain_text("Shirin")
        expect(someone.page.locator("#roster")).not_to_contain_text("unnamed")
    expect(shy.page.locator("#dock")).not_to_contain_text("without your name")
    late.page.get_by_role("button", name="Leave").click()
    shape(guest).to_have_attribute("data-shape", "forum")


def test_somebody_is_found_in_a_hall_while_people_come_and_go(member, person):
    host, seeker, shy = member("Hanna", "host"), member("Noor"), member("Shirin")
    guests = [person(f"Guest {n}") for n in range(2)]
    link = open_space(host, "Gardens on the roof")
    seeker.listen(link)
    listen_unnamed(shy, link)
    for guest in guests:
        guest.listen(link)
    page = seeker.page
    shape(seeker).to_have_attribute("data-shape", "hall")

    press_until(page, "#find")
    page.keyboard.type("HANN")
    expect(page.locator("#found")).to_contain_text("Hanna")
    expect(page.locator("#found")).to_contain_text("Host")
    expect(page.locator("#found-news")).to_have_text("1 found")
    page.keyboard.press("Enter")
    checked_in_every_look(seeker)

    # News of the room takes away neither what was typed, nor what was found, nor the cursor.
    guests[0].page.get_by_role("button", name="Leave").click()
    shape(seeker).to_have_attribute("data-shape", "forum")
    expect(page.locator("#find")).to_have_value("HANN")
    expect(page.locator("#find")).to_be_focused()
    expect(page.locator("#found")).to_contain_text("Hanna")
    page.keyboard.type("x")
    expect(page.locator("#found-news")).to_contain_text("Nobody here goes by that name.")

    page.locator("#find").fill("shirin")
    expect(page.locator("#found-news")).to_contain_text("people who listen unnamed are not found")
    shy.page.get_by_role("button", name="Raise hand").click()
    expect(page.locator("#roster")).to_contain_text("Shirin")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_contain_text("hand raised")
    page.locator("#found a").click()
    expect(page.get_by_role("heading", name="Shirin")).to_be_visible()
    seeker.expect_sound()
