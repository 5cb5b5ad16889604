"""A body longer than BODY_MAX_BYTES is refused while it arrives. Called once by config.asgi.

Daphne keeps a whole body, on the disk from 100 kB on, before the application hears of the request: a limit in ASGI
would come when the disk is full. So this stands in Daphne's own request (daphne 4.2, `http_protocol.WebRequest`), and
here alone; tests/setup/test_big_bodies.py fails when another version moves it.
"""

from daphne import http_protocol
from django.conf import settings

SENTENCE = b"That is too large for this server. Choose something smaller.\n"
ANSWER = (
    b"HTTP/1.1 413 Content Too Large\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Length: %d\r\n"
    b"Connection: close\r\n\r\n%b" % (len(SENTENCE), SENTENCE)
)
# So many bodies' worth is still read and thrown away: a client that is cut off while it sends never reads the answer.
PATIENCE = 4


class BoundedRequest(http_protocol.WebRequest):
    received = 0
    refused = False

    def gotLength(self, length: int | None) -> None:
        refused = (length or 0) > settings.BODY_MAX_BYTES
        super().gotLength(0 if refused else length)
        if refused:
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:
        self.received += len(data)
        if not self.refused and self.received <= settings.BODY_MAX_BYTES:
            return super().handleContentChunk(data)
        if not self.refused:
            self._refuse()
        if self.received > PATIENCE * settings.BODY_MAX_BYTES:
            self.channel.loseConnection()

    def process(self):
        """Once the whole body is there."""
        return self.channel.loseConnection() if self.refused else super().process()

    def _refuse(self) -> None:
        self.refused = True
        self.content.truncate(0)
        self.channel.transport.write(ANSWER)


def limit() -> None:
    """From now on Daphne makes its requests of this kind."""
    http_protocol.WebRequest = BoundedRequest
