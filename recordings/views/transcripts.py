"""The transcript of a replay: to read on its page, to take along as WebVTT, and for its host to write."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response

from recordings import selectors, vtt
from recordings.models import Replay
from recordings.services import transcripts
from recordings.templatetags.transcripts import words_context
from recordings.views.cards import is_public
from recordings.views.episodes import EpisodeView
from rooms.limits import limit


class Transcript(EpisodeView):
    """A file for players and podcasts, on the time of the replay. Empty where nothing is written down."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        replay = self.replay()
        said = selectors.transcript(replay, request.user)
        text = "".join(vtt.blocks(selectors.as_lines(said)))
        response = HttpResponse(text, content_type="text/vtt; charset=utf-8")
        # Whom a reader does not meet has no name in theirs.
        for_all = is_public(replay) and not request.user.is_authenticated
        response["Cache-Control"] = "public, no-cache" if for_all else "private, no-store"
        response["ETag"] = etag = f'"{hashlib.sha256(text.encode()).hexdigest()}"'
        response["X-Content-Type-Options"] = "nosniff"
        if is_public(replay):
            # Players in other pages read it with their own scripts.
            response["Access-Control-Allow-Origin"] = "*"
        return get_conditional_response(request, etag=etag, response=response)


class Words(EpisodeView):
    """The part of the page: GET shows it, POST writes it anew from a file, DELETE removes what is written."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        return self.shown(self.replay())

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
        context = words_context(replay, self.request.user, selectors.transcript(replay, self.request.user))
        return render(self.request, "recordings/_transcript.html", context | {"written": written, "oob": True})
