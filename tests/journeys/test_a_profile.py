"""People at their profiles: a picture, another handle, and a protected account that is asked."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from accounts.pictures import PIXELS_MAX
from tests.journeys.for_all import checked_in_every_look
from tests.journeys.people import Person, open_space

pytestmark = pytest.mark.slow

BLUE = (91, 110, 225)


@pytest.fixture
def photograph(tmp_path) -> Path:
    """Larger than the server takes, in bytes and in pixels."""
    picture = Image.effect_noise((6200, 4200), 60).convert("RGB")
    ImageDraw.Draw(picture).ellipse((2100, 1100, 4100, 3100), fill=BLUE)
    path = tmp_path / "me.jpg"
    picture.save(path)
    assert path.stat().st_size > 5 * 2**20 and picture.width * picture.height > PIXELS_MAX
    return path


def broken() -> dict:
    out = BytesIO()
    Image.new("RGB", (300, 300)).save(out, "JPEG")
    return {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()[:400]}


def choose(someone: Person, file) -> None:
    someone.page.locator("#avatar-file").set_input_files(file)


def test_a_picture_stands_wherever_its_person_does(member, photograph):
    nora = member("Nora")
    page = nora.page
    page.goto("/me/")
    page.get_by_label("About you").fill("I read stories aloud.")
    choose(nora, broken())
    expect(page.locator("#notice")).to_contain_text("no picture one can read here")
    choose(nora, {"name": "big.png", "mimeType": "image/png", "buffer": b"x" * (6 * 2**20)})
    expect(page.locator("#notice")).to_contain_text("This file is too large.")
    choose(nora, photograph)
    expect(page.locator("#avatar-edit img.face")).to_be_visible()
    shown = page.request.get(page.locator("#avatar-edit img.face").get_attribute("src")).body()
    middle = Image.open(BytesIO(shown)).convert("RGB").getpixel((128, 128))
    assert all(abs(one - other) < 12 for one, other in zip(middle, BLUE, strict=True)), middle
    expect(page.locator("#nav img.face")).to_be_visible()
    # What one was typing is still there.
    expect(page.get_by_label("About you")).to_have_value("I read stories aloud.")
    # The focus where one looks.
    page.get_by_role("heading", name="Your profile").click()
    checked_in_every_look(nora)
    page.get_by_label("Your own page").fill("example.org/nora")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    expect(page.locator("#main img.face")).to_be_visible()
    expect(page.get_by_role("link", name="example.org/nora")).to_have_attribute("rel", "nofollow noopener ugc")
    checked_in_every_look(nora)


def test_another_handle_and_the_former_leads_on(member, person):
    nora, guest = member("Nora"), person("Guest")
    page, former = nora.page, nora.handle
    page.goto("/me/")
    page.get_by_label("Handle").fill("admin")
    page.get_by_role("button", name="Change the handle").click()
    expect(page.get_by_text("This handle is reserved.")).to_be_visible()
    page.get_by_label("Handle").fill(f"{former}_new")
    page.get_by_role("button", name="Change the handle").click()
    expect(page.get_by_text(f"You go by @{former}_new now.")).to_be_visible()
    guest.page.goto(f"/@{former}/followers/")
    expect(guest.page).to_have_url(f"{page.url}followers/")
    expect(guest.page.get_by_text("Nobody follows Nora yet.")).to_be_visible()


def test_a_protected_account_is_asked_and_answers_in_another_browser(member):
    nora, leo = member("Nora"), member("Leo", "host")
    open_space(nora, "Stories by lamplight")
    asked, asking = nora.page, leo.page
    asked.goto("/me/privacy/")
    asked.get_by_role("switch", name="Approve followers by hand").click()
    expect(asked.get_by_role("switch", name="Approve followers by hand")).to_be_checked()
    checked_in_every_look(nora)
    asked.get_by_role("link", name="Requests").click()
    expect(asked.get_by_text("Nobody waits for your answer.")).to_be_visible()

    asking.goto(f"/@{nora.handle}/")
    expect(asking.get_by_text("approves followers by hand. Their lists")).to_be_visible()
    expect(asking.get_by_text("Stories by lamplight")).to_have_count(0)
    asking.get_by_role("button", name="Ask to follow").click()
    expect(asking.get_by_role("button", name="Requested")).to_be_visible()
    checked_in_every_look(leo)

    # Live, in the window that was open.
    expect(asked.locator("#follow-requests")).to_contain_text("Leo")
    expect(asked.locator("#follow-requests-mark")).to_have_text("1 waiting")
    checked_in_every_look(nora)
    asked.get_by_role("button", name="Accept Leo").click()
    expect(asked.get_by_text("Nobody waits for your answer.")).to_be_visible()

    asking.reload()
    expect(asking.get_by_role("button", name="Following Nora")).to_be_visible()
    expect(asking.locator(".hosted-live")).to_contain_text("Stories by lamplight")
    checked_in_every_look(leo)
    asking.get_by_role("link", name="1 follower").click()
    expect(asking.get_by_role("heading", name="Followers")).to_be_visible()
    expect(asking.locator("#people")).to_contain_text("Leo")
    checked_in_every_look(leo)
    asking.get_by_role("link", name="Following").first.click()
    expect(asking.get_by_text("Nora follows nobody yet.")).to_be_visible()

    asked.goto(f"/@{nora.handle}/followers/")
    checked_in_every_look(nora)
    asked.get_by_role("button", name="Remove Leo").click()
    asked.locator("#confirm").get_by_role("button", name="Remove").click()
    expect(asked.get_by_text("Nobody follows you yet.")).to_be_visible()
