"""The loss matrix: which weathers a voice has to get through, and what is required of what arrives."""

import itertools

import pytest

from rooms.relay.uplink import Uplink
from tests.support.weather import Weather

SECONDS = 20
# Mean length of a burst, in packets.
BURST = 3.0
LOSSES = (0.0, 0.05, 0.1, 0.2, 0.3)
PATTERNS = ("random", "burst")

# A far server over a line with little jitter, in seconds.
CALM = {"delay": 0.02, "jitter": 0.005}
# A bad mobile line.
ROUGH = {"delay": 0.04, "jitter": 0.02}
# The demo's host saying something else reaches 0.48: more than that is these very words.
INTELLIGIBLE = 0.6


def cells(losses=LOSSES) -> pytest.MarkDecorator:
    """Parametrizes a test with `loss`, `pattern` and `line`: the matrix, and one in ten lost on a rough line."""
    matrix = [(loss, pattern, CALM) for loss, pattern in itertools.product(losses, PATTERNS)]
    matrix.append((0.1, "random", ROUGH))
    names = [f"{loss:.0%}-{pattern}" for loss, pattern, _ in matrix[:-1]] + ["10%-random-rough"]
    return pytest.mark.parametrize(("loss", "pattern", "line"), matrix, ids=names)


def concealed_at_most(loss: float) -> float:
    """Required share of sound that is made up (0..1); beyond one loss in ten only understanding is."""
    return 0.02 if loss <= 0.05 else 0.05 if loss <= 0.1 else 1.0


def begin(weather: Weather, direction: str, loss: float, pattern: str, line: dict[str, float]) -> None:
    """Losses in one direction; the line's delay in both."""
    weather.up.change(**line)
    weather.down.change(**line)
    getattr(weather, direction).change(loss=loss, burst=BURST if pattern == "burst" else 0.0)


class Meter:
    """What a relay had to make up for one microphone since `Meter(uplink)`."""

    def __init__(self, uplink: Uplink) -> None:
        self._uplink, self._before = uplink, self._counts(uplink)

    def read(self) -> dict[str, float]:
        """Shares of what was played that were `concealed` and `recovered`; packets `lost` and `late`; the buffer."""
        spent = {name: count - self._before[name] for name, count in self._counts(self._uplink).items()}
        played = spent.pop("played")
        shares = {name: spent.pop(name) / played for name in ("concealed", "recovered")}
        return shares | spent | {"buffer_ms": self._uplink.delay * 1000}

    @staticmethod
    def _counts(uplink: Uplink) -> dict[str, int]:
        return {name: getattr(uplink, name) for name in ("played", "concealed", "recovered", "lost", "late")}


def cell(direction: str, loss: float, pattern: str, line: dict[str, float]) -> dict:
    """The columns that say which cell of the matrix a row is of."""
    jitter = f"{line['delay'] * 1000:.0f} +- {line['jitter'] * 1000:.0f} ms"
    return {"way": direction, "loss": loss, "pattern": pattern, "line": jitter}
