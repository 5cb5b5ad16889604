"""What was said is kept; staff listen to it once they have said why; and everybody reads of that, and until when."""

import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.for_all import checked_in_every_look
from tests.journeys.people import Person, open_space, unmute
from tests.setup.installation import HOME, Installation, environment, wait_for

pytestmark = pytest.mark.slow

# Listens in on what the page plays.
LISTEN_IN = """() => {
  const { connect } = AudioNode.prototype;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to === this.context.destination) {
      window.ear ??= new AnalyserNode(this.context, { fftSize: 32768 });
      connect.call(this, window.ear);
    }
    return connect.call(this, to, ...rest);
  };
}"""
LOUDNESS = """() => {
  const heard = new Float32Array(window.ear?.fftSize ?? 1);
  window.ear?.getFloatTimeDomainData(heard);
  return Math.sqrt(heard.reduce((sum, value) => sum + value * value, 0) / heard.length);
}"""


def become_staff(someone: Person, installation: Installation) -> None:
    facts = "is_staff=True, is_superuser=True"
    code = f"from accounts.models import User; User.objects.filter(handle='{someone.handle}').update({facts})"
    command = [sys.executable, "manage.py", "shell", "-c", code]
    subprocess.run(command, cwd=HOME, env=environment(installation.var), check=True, capture_output=True, timeout=60)


def stored(installation: Installation) -> int:
    return len(list((installation.var / "copies" / "spaces").rglob("*.opus")))


def kept_of(someone: Person, link: str) -> Page:
    """In a window of its own."""
    page = someone.context.new_page()
    page.goto(f"{link}retention/")
    return page


def test_staff_listen_to_what_was_kept_and_everybody_reads_of_it(member, person, installation):
    host, keeper, guest = member("Hanna", "host"), member("Kim"), person("Guest")
    link = open_space(host, f"Gardens of {host.handle}")
    before = stored(installation)
    unmute(host)
    clock = kept_of(guest, link)
    expect(clock.get_by_text("The clock starts when this Space ends.")).to_be_visible()
    wait_for(lambda: stored(installation) >= before + 2, 60)
    host.page.locator("#end").click()
    host.page.get_by_role("button", name="End for everybody").click()

    expect(host.page.locator(".copy-fate")).to_contain_text("for staff alone, is kept and destroyed on")
    host.page.get_by_role("link", name="What is kept, and until when").click()
    expect(host.page.get_by_text("That is the usual time: 30 days after the end.")).to_be_visible()
    expect(host.page.get_by_text("Nobody so far.")).to_be_visible()
    checked_in_every_look(host)

    become_staff(keeper, installation)
    page = keeper.page
    page.goto(f"/staff/recordings/copy/?q={host.handle}")
    page.get_by_role("link", name=f"Gardens of {host.handle}").click()
    page.get_by_role("link", name="Listen", exact=True).click()
    page.get_by_label("Why do you have to listen?").fill("Report 7: what was said at the beginning")
    page.get_by_role("button", name="Write it down and listen").click()
    expect(page.get_by_text("Ready.")).to_be_visible()
    page.evaluate(LISTEN_IN)
    page.get_by_role("button", name="Next voice").click()
    page.get_by_role("button", name="Play").click()
    wait_for(lambda: page.evaluate(LOUDNESS) > 0.005, 30)
    assert page.evaluate(LOUDNESS) > 0.005
    page.get_by_role("button", name="Pause").click()

    clock.reload()
    expect(clock.get_by_text("Staff opened it one time.")).to_be_visible()
    expect(clock.get_by_text("Report 7")).to_have_count(0)
