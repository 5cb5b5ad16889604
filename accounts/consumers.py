"""The live sockets of the pages of messages: the lists, and the conversation that is open. They take no commands."""

from django.http import QueryDict

from accounts import audiences, fragments, selectors
from accounts.models import Side
from accounts.validators import key
from accounts.window import AccountWindow


class InboxConsumer(AccountWindow):
    """`?folder=` is the list that is shown."""

    def shown_to(self, user) -> str:
        requests = _asked(self, "folder") == Side.Folder.REQUESTS
        return fragments.conversation(user, Side.Folder.REQUESTS if requests else Side.Folder.INBOX)


class ConversationConsumer(AccountWindow):
    """`?from=` is the key of the first message the page shows."""

    async def connect(self) -> None:
        self.conversation = self.scope["url_route"]["kwargs"]["pk"]
        self.start = key(_asked(self, "from"))
        await super().connect()

    def audiences(self) -> set[str]:
        return super().audiences() | {audiences.conversation(self.conversation)}

    def shown_to(self, user) -> str | None:
        try:
            side = selectors.conversation(user, self.conversation)
        except Side.DoesNotExist:
            return None
        return fragments.conversation(user, side.folder, selectors.thread(side, start=self.start))


def _asked(window: AccountWindow, name: str) -> str:
    return QueryDict(window.scope["query_string"]).get(name, "")
