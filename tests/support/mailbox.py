"""Mail as the embedded backend kept it under VAR_DIR."""

import email
import re
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

_CODE = re.compile(r"^ +([A-Z]{4}-[A-Z]{4})$", re.MULTILINE)


class Mailbox:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mails(self, to: str = "") -> list[EmailMessage]:
        """Oldest first; with `to`, only those to that address."""
        found = [email.message_from_bytes(f.read_bytes(), policy=default) for f in sorted(self.folder.glob("*.eml"))]
        return [mail for mail in found if to in mail["To"]]

    def last(self, to: str = "") -> EmailMessage:
        return self.mails(to)[-1]

    def code(self, to: str = "") -> str:
        """The code in the newest mail."""
        return _CODE.search(self.last(to).get_content())[1]
