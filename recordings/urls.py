from django.urls import path

from recordings.views import audio, cards, episodes, own_data, podcasts, replays, retention, transcripts

urlpatterns = [
    path("spaces/<slug:slug>/retention/", retention.Retention.as_view(), name="retention"),
    path("spaces/<slug:slug>/replay/", replays.ReplayPage.as_view(), name="replay"),
    path("spaces/<slug:slug>/replay/edit/", replays.Editing.as_view(), name="replay_edit"),
    path("spaces/<slug:slug>/replay/progress/", replays.Progress.as_view(), name="replay_progress"),
    path("spaces/<slug:slug>/replay/mixing/", replays.Mixing.as_view(), name="replay_mixing"),
    path("spaces/<slug:slug>/replay/voice/", replays.Voice.as_view(), name="replay_voice"),
    path("spaces/<slug:slug>/replay/audio.<str:kind>", audio.Audio.as_view(), name="replay_audio"),
    path("spaces/<slug:slug>/replay/card.png", cards.Card.as_view(), name="replay_card"),
    path("spaces/<slug:slug>/replay/chapters.json", cards.Chapters.as_view(), name="replay_chapters"),
    path("spaces/<slug:slug>/replay/like/", episodes.Like.as_view(), name="replay_like"),
    path("spaces/<slug:slug>/replay/comments/", episodes.Comments.as_view(), name="replay_comments"),
    path("spaces/<slug:slug>/replay/comments/<uuid:pk>/", episodes.Comment.as_view(), name="replay_comment"),
    path("spaces/<slug:slug>/replay/clips/", episodes.Clips.as_view(), name="replay_clips"),
    path("spaces/<slug:slug>/replay/clips/<uuid:pk>/", episodes.Clip.as_view(), name="clip"),
    path("spaces/<slug:slug>/replay/clips/<uuid:pk>/card.png", cards.Card.as_view(), name="clip_card"),
    path("@<handle:handle>/podcast.xml", podcasts.Podcast.as_view(), name="podcast"),
    path("@<handle:handle>/podcast.jpg", podcasts.PodcastCover.as_view(), name="podcast_cover"),
    path("me/podcasts.opml", podcasts.FollowedPodcasts.as_view(), name="podcasts_opml"),
    path("spaces/<slug:slug>/replay/transcript.vtt", transcripts.Transcript.as_view(), name="replay_transcript"),
    path("spaces/<slug:slug>/replay/transcript/", transcripts.Words.as_view(), name="replay_words"),
    path("spaces/<slug:slug>/data/", own_data.SessionData.as_view(), name="session_data"),
    path("spaces/<slug:slug>/data/exports/", own_data.SessionExports.as_view(), name="session_exports"),
    path("spaces/<slug:slug>/data/exports/<uuid:pk>/links/", own_data.SessionLink.as_view(), name="session_link"),
    path(
        "spaces/<slug:slug>/data/exports/<uuid:pk>/<str:token>.zip", own_data.SessionFile.as_view(), name="session_file"
    ),
]
