"""The live socket of one account, on every page: what waits for its person. It takes no commands."""

from accounts.window import AccountWindow
from rooms import fragments


class AccountConsumer(AccountWindow):
    def shown_to(self, user) -> str:
        return fragments.for_account(user)
