from importlib import import_module

from django.apps import AppConfig

from accounts import cards


class RoomsConfig(AppConfig):
    name = "rooms"

    def ready(self) -> None:
        import_module("rooms.receivers")
        import_module("rooms.own_data")
        own = import_module("rooms.cards")
        cards.register(own.SPACE, own.Spaces())
        cards.register(own.NOTICE, own.Notices())
        cards.register(own.INVITATION, own.Invitations())
