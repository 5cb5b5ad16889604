"""Being told: by the bell in every window, by the page it leads to, and by push to a browser."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.journeys.for_all import checked_in_every_look
from tests.setup.installation import installed, wait_for
from tests.support.push_sink import Sink

pytestmark = pytest.mark.slow

PUT = """async ({address, said}) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = {"X-CSRFToken": token};
  const answer = await fetch(address, {method: "PUT", headers, body: new URLSearchParams(said)});
  return answer.status;
}"""

REGISTER = """() => navigator.serviceWorker.register("/push-worker.js").then(() => navigator.serviceWorker.ready)
  .then(() => true)"""
SHOWN = """() => navigator.serviceWorker.ready.then((worker) => worker.getNotifications())
  .then((all) => all.map((each) => each.title))"""


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture(scope="module")
def installation(sink) -> Iterator:
    """One that knows the push service of this machine."""
    with installed(PUSH_TEST_ORIGIN=sink.origin) as running:
        yield running


@pytest.fixture(scope="module")
def site(installation) -> str:
    return installation.until_ready()


def follow(someone, other) -> None:
    someone.page.goto(f"/@{other.handle}/")
    someone.page.get_by_role("button", name="Follow").first.click()
    expect(someone.page.get_by_role("button", name="Following")).to_be_visible()


def test_a_follow_rings_in_the_others_window_and_is_seen_once_shown(member):
    reader, fan, other = member("Rita"), member("Finn"), member("Gina")
    bell = reader.page.locator("#bell")
    reader.page.goto("/notifications/")
    expect(reader.page.locator("main")).to_contain_text("Nothing new from people yet.")
    checked_in_every_look(reader)
    reader.page.goto("/")
    follow(fan, reader)
    expect(bell).to_contain_text("1 for you")
    bell.get_by_role("link").click()
    row = reader.page.locator(".notification", has_text="Finn followed you")
    expect(row).to_contain_text("New")
    expect(bell).to_have_text("Notifications")
    checked_in_every_look(reader)
    reader.page.reload()
    expect(row).not_to_contain_text("New")

    # What comes while one reads is there at once, and seen: in this window, and counted in no other.
    reader.page.evaluate("() => { window.same = true; }")
    follow(other, reader)
    row = reader.page.locator(".notification", has_text="Gina and Finn followed you")
    expect(row).to_contain_text("New")
    expect(bell).to_have_text("Notifications")
    assert reader.page.evaluate("() => window.same"), "the page was reloaded"
    row.get_by_role("link").click()
    expect(reader.page.get_by_role("heading", level=1, name="Followers")).to_be_visible()


def test_a_kind_that_is_switched_off_rings_no_more(member):
    reader, fan = member("Rita"), member("Finn")
    reader.page.goto("/me/notifications/")
    switch = reader.page.locator("#wish-follow-in_app").get_by_role("switch")
    expect(switch).to_be_checked()
    checked_in_every_look(reader)
    with reader.page.expect_response("**/me/notifications/follow/in_app/"):
        switch.uncheck()
    reader.page.reload()
    expect(switch).not_to_be_checked()
    follow(fan, reader)
    reader.page.goto("/notifications/")
    expect(reader.page.locator("main")).to_contain_text("Nothing new from people yet.")


def test_a_push_arrives_at_a_browser_that_asked_for_it(member, sink):
    reader, fan = member("Rita"), member("Finn")
    reader.page.goto("/me/notifications/")
    said = sink.browser("rita").keys
    assert reader.page.evaluate(PUT, {"address": "/me/push/", "said": said}) == 204
    with reader.page.expect_response("**/me/notifications/follow/by_push/"):
        reader.page.locator("#wish-follow-by_push").get_by_role("switch").check()
    follow(fan, reader)
    wait_for(lambda: sink.to("rita"), 30)
    [got] = sink.to("rita")
    assert (got.said["title"], got.said["body"]) == ("Finn", "followed you")
    assert got.said["url"] == f"/@{fan.handle}/"


def test_the_worker_of_the_page_shows_what_is_pushed(member, site):
    """What the browser's push service would hand to it, which cannot be reached from here."""
    reader = member("Rita")
    reader.context.grant_permissions(["notifications"], origin=site)
    reader.page.goto("/me/notifications/")
    reader.page.evaluate(REGISTER)
    devtools = reader.context.new_cdp_session(reader.page)
    known: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: known.extend(each["registrationId"] for each in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    wait_for(lambda: reader.page.evaluate(SHOWN) == [] and known, 15)
    letter = json.dumps({"title": "Finn", "body": "followed you", "url": "/@finn/", "tag": "t"})
    delivery = {"origin": site, "registrationId": known[-1], "data": letter}
    devtools.send("ServiceWorker.deliverPushMessage", delivery)
    wait_for(lambda: reader.page.evaluate(SHOWN) == ["Finn"], 15)
