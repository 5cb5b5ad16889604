"""The transcript of a replay: to read on its page, to take along as WebVTT, and for its host to write."""

import logging
from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from redis.exceptions import RedisError

from recordings import selectors, vtt
from recordings.models import Replay
from recordings.services import transcripts
from recordings.templatetags.transcripts import words_context
from recordings.views.cards import is_public
from recordings.views.episodes import EpisodeView
from rooms.limits import limit

log = logging.getLogger(__name__)

# So long what is written out for one reader serves all who may read the same.
KEPT_SECONDS = 60


class Transcript(EpisodeView):
    """A file for players and podcasts, on the time of the replay. Empty where nothing is written down."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        replay = self.replay()
        edition = selectors.transcript_edition(replay, request.user)
        if early := get_conditional_response(request, etag=f'"{edition}"'):
            return early
        text = _kept(f"transcript:{edition}", lambda: self.text(replay))
        response = HttpResponse(text, content_type="text/vtt; charset=utf-8")
        # Whom a reader does not meet has no name in theirs.
        for_all = is_public(replay) and not request.user.is_authenticated
        response["Cache-Control"] = "public, no-cache" if for_all else "private, no-store"
        response["ETag"] = f'"{edition}"'
        response["X-Content-Type-Options"] = "nosniff"
        if is_public(replay):
            # Players in other pages read it with their own scripts.
            response["Access-Control-Allow-Origin"] = "*"
        return response

    def text(self, replay: Replay) -> str:
        return "".join(vtt.blocks(selectors.as_lines(selectors.transcript(replay, self.request.user))))


class Words(EpisodeView):
    """The part of the page: GET shows it, POST writes it anew from a file, DELETE removes what is written."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        replay = self.replay()
        if not request.htmx or request.user.pk == replay.space.host_id:
            return self.shown(replay)
        key = f"words:{selectors.transcript_edition(replay, request.user)}"
        return HttpResponse(_kept(key, lambda: self.html(replay)))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        replay, sent = self.replay(), request.FILES.get("transcript")
        limit(f"transcript:{self.person}", times=20, seconds=600)
        # One byte more than is allowed says that there are too many.
        data = sent.read(transcripts.BYTES_MAX + 1) if sent else None
        return self.shown(replay, transcripts.upload(replay=replay, data=data, by=request.user))

    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        replay = self.replay()
        transcripts.remove(replay=replay, by=request.user)
        return self.shown(replay)

    def shown(self, replay: Replay, written: transcripts.Written | None = None) -> HttpResponse:
        if not self.request.htmx:
            return redirect(replay)
        return HttpResponse(self.html(replay, written))

    def html(self, replay: Replay, written: transcripts.Written | None = None) -> str:
        context = words_context(replay, self.request.user, selectors.transcript(replay, self.request.user))
        return render_to_string("recordings/_transcript.html", context | {"written": written, "oob": True})


def _kept(key: str, write: Callable[[], str]) -> str:
    try:
        return cache.get_or_set(key, write, KEPT_SECONDS)
    except RedisError as error:
        log.warning("%s was not kept: %s", key, error)
        return write()
