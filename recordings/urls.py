from django.urls import path

from recordings.views import audio, retention

urlpatterns = [
    path("spaces/<slug:slug>/retention/", retention.Retention.as_view(), name="retention"),
    path("spaces/<slug:slug>/replay/audio.<str:kind>", audio.Audio.as_view(), name="replay_audio"),
]
