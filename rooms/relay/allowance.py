"""How much one peer may send: counted by aioice_insides.py before anything is decrypted or handed to a library."""

# Packets and bytes per second. Speech is 50 packets and 5 kB; the rest is for repairs and for what a pause held back.
PEER = (200, 64_000)
# Binding requests per second in one peer's name from addresses that have not proved it: each costs an HMAC.
UNPROVEN = (20, 10_000)


class Allowance:
    """So much per second, counted in seconds of one's own that begin with a packet; what is beyond is refused."""

    __slots__ = ("_bytes", "_bytes_max", "_packets", "_packets_max", "_since")

    def __init__(self, packets: int, size: int) -> None:
        self._packets_max, self._bytes_max = packets, size
        self._since, self._packets, self._bytes = float("-inf"), 0, 0

    def takes(self, size: int, now: float) -> bool:
        """Whether a packet of `size` bytes at `now` (monotonic, s) is within it."""
        if now - self._since >= 1.0:
            self._since, self._packets, self._bytes = now, 0, 0
        self._packets += 1
        self._bytes += size
        return self._packets <= self._packets_max and self._bytes <= self._bytes_max
