from importlib import import_module

from django.apps import AppConfig


class RecordingsConfig(AppConfig):
    name = "recordings"

    def ready(self) -> None:
        import_module("recordings.receivers")
        import_module("recordings.own_data")
