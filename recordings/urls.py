from django.urls import path

from recordings.views import audio

urlpatterns = [
    path("spaces/<slug:slug>/replay/audio.<str:kind>", audio.Audio.as_view(), name="replay_audio"),
]
