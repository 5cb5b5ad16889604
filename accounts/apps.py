from importlib import import_module

from django.apps import AppConfig

from accounts import cards


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        import_module("accounts.kept")
        import_module("accounts.receivers")
        cards.register("message", import_module("accounts.news_of_messages").Messages())
