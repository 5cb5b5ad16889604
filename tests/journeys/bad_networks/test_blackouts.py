"""The network goes away altogether, for pages and for sound, and comes back."""

import pytest
from playwright.sync_api import expect

from tests.journeys.bad_networks.house import BACK_WITHIN_SECONDS
from tests.journeys.people import Person, heard_within, open_space, take_seat, unmute
from tests.support import sound

pytestmark = pytest.mark.long


@pytest.mark.parametrize("seconds", [5, 30])
def test_everybody_is_back_as_they_were_after_a_blackout(member, person, network, table, seconds):
    host, speaker, guest = member("Hanna", "host"), member("Leo"), person("Guest")
    link = open_space(host, "Gardens on the roof")
    unmute(host)
    guest.listen(link)
    speaker.listen(link)
    take_seat(speaker, host)
    assert heard_within(guest, BACK_WITHIN_SECONDS) is not None
    everybody = (host, speaker, guest)
    for someone in everybody:
        someone.page.evaluate("() => { window.probe.same = true; }")
    session = guest.page.locator("#dock").get_attribute("data-session")

    network.cut()
    for someone in everybody:
        someone.context.set_offline(True)
    guest.page.wait_for_timeout((seconds - 1) * 1000)
    assert sound.dbfs(guest.hears(1)) < sound.SILENCE_DBFS
    network.clear()
    for someone in everybody:
        someone.context.set_offline(False)

    back = heard_within(guest, BACK_WITHIN_SECONDS)
    now = guest.page.locator("#dock").get_attribute("data-session")
    table.add(cut_seconds=seconds, back_seconds=back, session="kept" if now == session else "renewed")
    assert back is not None, f"no sound {BACK_WITHIN_SECONDS} s after the network was back"
    expect(host.page.locator("#dock-body")).to_have_attribute("data-seat", "open")
    expect(speaker.page.locator("#dock-body")).to_have_attribute("data-seat", "muted")
    for someone in (host, speaker):
        expect(someone.page.locator("#dock")).to_have_attribute("data-mic", "sending")
    for someone in everybody:
        someone.expect_sound()
        expect(someone.page.locator("#stage .tile", has_text="Leo")).to_contain_text("muted")
        assert someone.page.evaluate("() => window.probe.same"), "the page was reloaded"
        forgive_offline(someone)


def forgive_offline(someone: Person) -> None:
    """Browsers call every request they cannot send an error."""
    someone.problems[:] = [each for each in someone.problems if "ERR_INTERNET_DISCONNECTED" not in each]
