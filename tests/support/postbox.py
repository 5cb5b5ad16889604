"""A mail server that answers as it is told to: an SMTP conversation (RFC 5321) on a real socket."""

import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default


class Postbox(socketserver.ThreadingTCPServer):
    """`manner` is what it does next: take, be silent, put off (451), refuse (550), part (421), or take and hang up."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.manner = "take"
        self.mails: list = []
        self.asked = 0

    @property
    def taken(self) -> list[str]:
        """Who got a mail, once for each."""
        return sorted(mail["To"] for mail in self.mails)


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        if self.server.manner == "be silent":
            self.rfile.read()
            return
        self._say("220 ready")
        while line := self.rfile.readline():
            command = line[:4].upper()
            if command == b"RCPT":
                self.server.asked += 1
                answers = {"put off": "451 later", "refuse": "550 never", "part": "421 too many, goodbye"}
                self._say(answers.get(self.server.manner, "250 yes"))
                if self.server.manner == "part":
                    return
            elif command == b"DATA":
                self._say("354 go on")
                self.server.mails.append(message_from_bytes(b"".join(self._lines()), policy=default))
                if self.server.manner == "take and hang up":
                    return
                self._say("250 taken")
            elif command == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 yes")

    def _lines(self):
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            yield line

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def postbox():
    with Postbox() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
