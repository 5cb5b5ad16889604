"""The journey this product exists for: open, join by link, hear, ask, speak, be heard, be muted."""

from playwright.sync_api import expect

from tests.journeys.people import open_space, sign_up, unmute
from tests.support import sound

CONCEALED_AT_MOST = 0.02
ALIKE = 0.7
UNLIKE = 0.5


def test_from_a_link_to_a_conversation(member, person, voices, installation):
    host, listener, guest = member("Hanna", "host"), person("Leo"), person("Guest")
    listener.handle = "leo"
    sign_up(listener, installation)
    said = {name: sound.read(path) for name, path in voices.items()}

    link = open_space(host, "Gardens on the roof")
    unmute(host)

    # A guest comes by the link and hears the host.
    guest.listen(link)
    listener.listen(link)
    expect(guest.page.locator("#roster")).to_contain_text("Leo")
    expect(host.page.locator("#roster")).to_contain_text("1 guest")
    before = guest.reception()
    heard = guest.hears(6)
    after = guest.reception()
    received, concealed = (after[key] - before[key] for key in ("totalSamplesReceived", "concealedSamples"))
    print(f"guest hears the host: likeness {sound.likeness(heard, said['host']):.2f}, {sound.dbfs(heard):.0f} dBFS, ")
    print(f"concealed {concealed / received:.2%} of {received} samples")
    assert sound.likeness(heard, said["host"]) >= ALIKE
    assert received > 5 * sound.RATE and concealed / received <= CONCEALED_AT_MOST

    # Who is talking shows in step with the sound, in everybody's window; the host does not hear themselves.
    expect(guest.page.locator("#stage .tile.speaking .tile-name")).to_have_text("Hanna")
    assert sound.dbfs(host.hears(2)) < sound.SILENCE_DBFS

    # A hand goes up, and is answered.
    listener.page.get_by_role("button", name="Raise hand").click()
    expect(host.page.locator("#manage")).to_contain_text("Leo")
    host.page.get_by_role("button", name="Offer Leo a seat").first.click()
    listener.page.get_by_role("button", name="Take the seat").click()
    for someone in (host, listener, guest):
        expect(someone.page.locator("#stage")).to_contain_text("Leo")
        expect(someone.page.locator("#roster")).not_to_contain_text("Leo")

    # One arrives muted: nothing of the new speaker is heard until they un-mute.
    expect(listener.page.locator("#dock-body")).to_have_attribute("data-seat", "muted")
    assert sound.dbfs(host.hears(1)) < sound.SILENCE_DBFS
    unmute(listener)
    expect(host.page.locator("#stage .tile.speaking .tile-name").filter(has_text="Leo")).to_be_visible()
    heard = host.hears(6)
    print(f"host hears the listener: {sound.likeness(heard, said['listener']):.2f}, themselves: ", end="")
    print(f"{sound.likeness(heard, said['host']):.2f}")
    assert sound.likeness(heard, said["listener"]) >= ALIKE
    assert sound.likeness(heard, said["host"]) <= UNLIKE

    # The host mutes the listener, demotes them, and ends it; every window says so without a reload.
    host.page.get_by_role("button", name="Mute Leo").click()
    expect(listener.page.locator("#dock-body")).to_have_attribute("data-seat", "muted")
    expect(guest.page.locator("#stage .tile", has_text="Leo")).to_contain_text("muted")
    assert sound.dbfs(host.hears(1)) < sound.SILENCE_DBFS
    host.page.get_by_label("More about Leo").first.click()
    host.page.get_by_role("button", name="Move to listeners").click()
    for someone in (host, listener, guest):
        expect(someone.page.locator("#stage")).not_to_contain_text("Leo")
        expect(someone.page.locator("#roster")).to_contain_text("Leo")
    listener.expect_sound()
    host.page.get_by_role("button", name="End").click()
    host.page.get_by_role("button", name="End for everybody").click()
    for someone in (host, listener, guest):
        expect(someone.page.get_by_text("This Space has ended")).to_be_visible()
        expect(someone.page.locator("#dock-body")).to_have_count(0)
