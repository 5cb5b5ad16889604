"""Before anybody hears: the sound check shows how loud one is, sends nothing and lets go of the microphone."""

import pytest
from playwright.sync_api import expect

from tests.journeys.for_all import checked_in_every_look
from tests.journeys.people import Person, open_space, unmute
from tests.setup.installation import wait_for
from tests.support import sound

pytestmark = pytest.mark.slow

REFUSED = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
ASKING = "Allow the microphone when your browser asks."
# Everything that could keep a microphone warm or carry a voice away.
WATCHED = """(() => {
  const Native = window.AudioContext;
  window.contexts = [];
  window.AudioContext = class extends Native { constructor(...all) { super(...all); window.contexts.push(this); } };
})()"""
# A voice of a level that no fake microphone has: a browser's own gain would even it out.
STEADY = """(gain) => {
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext();
    const [tone, volume] = [new OscillatorNode(context), new GainNode(context, { gain })];
    const end = new MediaStreamAudioDestinationNode(context);
    tone.connect(volume).connect(end);
    tone.start();
    await context.resume();
    return end.stream;
  };
}"""


@pytest.fixture
def host(member) -> Person:
    """On the page where a Space is started, having asked for nothing yet."""
    someone = member("Hanna", "host")
    someone.page.add_init_script(WATCHED)
    someone.offers = []
    someone.page.on("request", lambda request: someone.offers.append(request.url) if "/wh" in request.url else None)
    someone.page.goto("/spaces/new/")
    return someone


def test_refused_permission_says_what_to_do_and_one_can_start_all_the_same(host):
    host.page.add_init_script(REFUSED)
    host.page.goto("/spaces/new/")
    begin(host)
    expect(said(host)).to_contain_text("Allow it beside the address")
    expect(host.page.get_by_role("button", name="Test your microphone")).to_be_focused()
    open_space(host, "Gardens on the roof")


def test_the_level_follows_the_voice_and_nothing_is_sent(host):
    expect(said(host)).to_be_empty()
    host.page.evaluate("() => probe.watch('#soundcheck-said')")
    begin(host)
    expect(said(host)).to_have_text("We can hear you.")
    gaps = host.page.evaluate(
        """() => new Promise((resolve) => {
          const [level, told] = [document.getElementById("soundcheck-level"), []];
          new MutationObserver(() => {
            told.push([performance.now(), Number(level.ariaValueNow)]);
            if (told.length === 6) resolve(told);
          }).observe(level, { attributeFilter: ["aria-valuenow"] });
        })"""
    )
    assert len({value for _, value in gaps}) > 2, "it does not move"
    assert all(0 <= value <= 100 for _, value in gaps)
    assert all(after - before > 450 for (before, _), (after, _) in zip(gaps, gaps[1:], strict=False)), "read too often"
    wait_for(lambda: drawn(host) > 0.2, 10)
    assert drawn(host) <= 1
    assert {"Say something.", "We can hear you."} >= set(host.page.evaluate("() => probe.words")) - {ASKING}
    host.page.get_by_role("button", name="Stop").click()
    assert_quiet(host)
    expect(said(host)).to_be_empty()
    assert drawn(host) == 0
    assert host.offers == [] and host.page.evaluate("() => probe.connections.length") == 0


@pytest.mark.parametrize(
    ("gain", "sentence"),
    [(1.6, "That is too loud"), (0.006, "That is very quiet"), (0, "Nothing is heard")],
)
def test_a_voice_too_loud_too_quiet_or_missing_is_told_apart(host, gain, sentence):
    host.page.evaluate(STEADY, gain)
    begin(host)
    expect(said(host)).to_contain_text(sentence)


def test_leaving_without_a_reload_lets_go_of_the_microphone(host):
    begin(host)
    expect(said(host)).to_have_text("We can hear you.")
    host.page.get_by_role("link", name="Openfloor").first.click()
    expect(host.page.get_by_role("heading", name="On air now")).to_be_visible()
    assert_quiet(host)
    host.page.go_back()
    expect(host.page.get_by_role("button", name="Test your microphone")).to_be_visible()
    assert len(microphones(host)) == 1, "it opened a microphone by itself"


def test_a_microphone_allowed_after_one_has_left_is_let_go_of(host):
    host.page.evaluate(
        """() => {
          const ask = navigator.mediaDevices.getUserMedia;
          window.allowed = new Promise((resolve) => (window.allow = resolve));
          navigator.mediaDevices.getUserMedia = (wishes) => allowed.then(() => ask(wishes));
        }"""
    )
    begin(host)
    expect(said(host)).to_contain_text("Allow the microphone")
    host.page.get_by_role("link", name="Openfloor").first.click()
    expect(host.page.get_by_role("heading", name="On air now")).to_be_visible()
    host.page.evaluate("() => allow()")
    wait_for(lambda: microphones(host), 10)
    assert_quiet(host)


def test_the_chosen_microphone_is_the_one_that_goes_on_air_after_the_test_has_ended(host, person):
    begin(host)
    choice = host.page.get_by_label("Microphone", exact=True)
    expect(choice).to_have_value("default")
    names = choice.locator("option").all_inner_texts()
    choice.focus()
    choice.select_option(label=names[-1])
    wait_for(lambda: open_now(host) == [names[-1]], 10)
    assert open_now(host) == [names[-1]]
    expect(choice).to_be_focused()
    host.page.get_by_label("What is it about?").fill("Gardens on the roof")
    host.page.get_by_text("More:").click()
    host.page.get_by_label("Everyone").check()
    host.page.get_by_role("button", name="Go on air").click()
    host.expect_sound()
    expect(host.page.locator("#dock")).to_have_attribute("data-mic", "sending")
    assert open_now(host) == [names[-1]], "two are open, or another"
    unmute(host)
    guest = person("Guest")
    guest.listen(host.page.url)
    wait_for(lambda: sound.dbfs(guest.hears(0.5)) > sound.SILENCE_DBFS, 15)


def test_a_chosen_microphone_that_is_gone_gives_way_to_another(host):
    host.page.evaluate("() => localStorage.setItem('openfloor-microphone', 'unplugged')")
    begin(host)
    expect(said(host)).to_have_text("We can hear you.")
    expect(host.page.get_by_label("Microphone", exact=True)).to_have_value("default")


def test_a_microphone_that_is_unplugged_ends_the_test(host):
    begin(host)
    expect(said(host)).to_have_text("We can hear you.")
    host.page.evaluate("() => probe.microphones[0].getTracks()[0].dispatchEvent(new Event('ended'))")
    expect(said(host)).to_contain_text("is gone")
    assert_quiet(host)


def test_a_microphone_plugged_in_meanwhile_can_be_chosen(host):
    begin(host)
    options = host.page.get_by_label("Microphone", exact=True).locator("option")
    expect(options).not_to_have_count(0)
    host.page.evaluate(
        """async () => {
          const now = await navigator.mediaDevices.enumerateDevices();
          const added = { kind: "audioinput", deviceId: "new", label: "Headset" };
          navigator.mediaDevices.enumerateDevices = async () => [...now, added];
          navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
        }"""
    )
    expect(options.last).to_have_text("Headset")
    expect(host.page.get_by_label("Microphone", exact=True)).to_have_value("default")


def test_a_page_that_is_put_aside_lets_go_of_the_microphone(host):
    begin(host)
    expect(said(host)).to_have_text("We can hear you.")
    host.page.evaluate("() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert_quiet(host)
    expect(host.page.get_by_role("button", name="Test your microphone")).to_be_visible()


def test_one_hears_oneself(host):
    begin(host)
    expect(said(host)).to_have_text("We can hear you.")
    host.page.evaluate(
        """() => {
          const start = AudioBufferSourceNode.prototype.start;
          AudioBufferSourceNode.prototype.start = function () { window.played = this.buffer; start.call(this); };
        }"""
    )
    host.page.get_by_role("button", name="Hear yourself").click()
    expect(said(host)).to_contain_text("Speak now")
    expect(said(host)).to_have_text("This is how you sound.")
    loudest = host.page.evaluate(
        "() => played.getChannelData(0).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)"
    )
    seconds = host.page.evaluate("() => played.duration")
    assert seconds > 2 and loudest > 0.02
    expect(said(host)).to_have_text("We can hear you.")
    host.page.get_by_role("button", name="Hear yourself").click()
    host.page.get_by_role("button", name="Stop").click()
    expect(said(host)).to_be_empty()
    assert_quiet(host)


def test_it_is_accessible_at_rest_and_at_work(host):
    checked_in_every_look(host)
    begin(host)
    expect(said(host)).to_have_text("We can hear you.")
    checked_in_every_look(host)


def begin(someone: Person) -> None:
    someone.page.get_by_role("button", name="Test your microphone").click()


def said(someone: Person):
    return someone.page.locator("#soundcheck-said")


def drawn(someone: Person) -> float:
    return float(someone.page.locator(".soundcheck-bar").evaluate("(bar) => bar.style.getPropertyValue('--level')"))


def microphones(someone: Person) -> list[dict]:
    """Every track this page was ever given."""
    return someone.page.evaluate(
        """() => probe.microphones.flatMap((stream) => stream.getTracks())
          .map(({ label, readyState }) => ({ name: label, live: readyState === "live" }))"""
    )


def open_now(someone: Person) -> list[str]:
    return [track["name"] for track in microphones(someone) if track["live"]]


def assert_quiet(someone: Person) -> None:
    """No track is live and no audio context runs: the browser shows no microphone any more."""
    wait_for(lambda: not open_now(someone), 5)
    assert open_now(someone) == []
    running = "() => contexts.filter((context) => context.state !== 'closed').length"
    wait_for(lambda: someone.page.evaluate(running) == 0, 5)
    assert someone.page.evaluate(running) == 0
