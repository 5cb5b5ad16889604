"""Sound that is lost on its way from a browser is asked for again, and comes (RFC 4585 6.2.1)."""

from collections.abc import Iterator

import pytest

from tests.journeys.people import open_space, unmute
from tests.setup.installation import Installation, installed, wait_for
from tests.support.weather import PROXY, RELAY, Weather

pytestmark = pytest.mark.slow

# What the browser itself says of its streams, over all connections it ever had.
COUNTS = """async () => {
  const counts = { nackCount: 0, retransmittedPacketsSent: 0, packetsSent: 0, offered: 0, answered: 0 };
  for (const pc of probe.connections) {
    counts.offered += Number(/a=rtcp-fb:\\d+ nack\\r/.test(pc.localDescription?.sdp ?? ""));
    counts.answered += Number(/a=rtcp-fb:\\d+ nack\\r/.test(pc.remoteDescription?.sdp ?? ""));
    for (const report of (await pc.getStats()).values()) {
      if (report.type !== "outbound-rtp") continue;
      for (const key of ["nackCount", "retransmittedPacketsSent", "packetsSent"]) counts[key] += report[key] ?? 0;
    }
  }
  return counts;
}"""


@pytest.fixture(scope="module")
def weather() -> Iterator[Weather]:
    with Weather() as weather:
        yield weather


@pytest.fixture(scope="module")
def installation(weather) -> Iterator[Installation]:
    """Behind bad weather: everything that browsers send to the relay and get from it passes there."""
    with installed(RELAY_ADDRESS=RELAY, RELAY_PUBLIC_ADDRESS=PROXY, RELAY_PORT=str(weather.port)) as running:
        yield running


@pytest.fixture(scope="module")
def site(installation) -> str:
    return installation.until_ready()


def test_a_browser_sends_again_what_was_lost(member, weather):
    host = member("Hanna", "host")
    open_space(host, "Gardens in the rain")
    unmute(host)
    weather.up.change(loss=0.1)
    wait_for(lambda: host.page.evaluate(COUNTS)["packetsSent"] > 500, 30)
    counts = host.page.evaluate(COUNTS)
    weather.clear()
    print(counts)
    # For what it says and for what it hears.
    assert counts["offered"] == counts["answered"] == 2
    assert counts["nackCount"] > 0
    assert counts["retransmittedPacketsSent"] > 0
