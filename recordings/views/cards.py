"""What other programs read of a replay: the picture of its link, its chapters. Nothing of what is not for everybody."""

import hashlib

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response

from recordings import pictures, podcast, shows
from recordings.models import Clip as ClipRow
from recordings.models import Replay
from recordings.selectors.hearing import heard_clip, heard_replay
from recordings.selectors.pages import chapters
from recordings.views.drawing import drawn
from rooms.views.scope import SpaceView


class Card(SpaceView):
    def get(self, request: HttpRequest, slug: str, pk=None) -> HttpResponse:
        replay = heard_replay(self.told_space(), self.person, timezone.now())
        # Programs that ask for cards know nobody: what is not for everybody has none.
        if replay is None or not is_public(replay):
            raise Http404
        if pk is None:
            return card(request, replay, replay.title, "Replay", 0, replay.duration_ms)
        clip: ClipRow | None = heard_clip(replay, pk)
        if clip is None:
            raise Http404
        return card(request, replay, clip.title, "Clip", clip.start_ms, clip.end_ms)


class Chapters(SpaceView):
    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        replay = heard_replay(self.told_space(), self.person, timezone.now())
        if replay is None:
            raise Http404
        host = replay.space.host.display_name
        # The same for everybody: other programs keep it.
        marks = [each._asdict() for each in chapters(replay, AnonymousUser())]
        facts = {"title": replay.title, "author": host, "marks": marks, "starts_at_ms": replay.starts_at_ms}
        document = podcast.chapters(**facts)
        etag = f'"{hashlib.sha256(document.encode()).hexdigest()}"'
        response = HttpResponse(document, content_type=podcast.CHAPTERS)
        response["ETag"] = etag
        response["Cache-Control"] = "public, no-cache" if is_public(replay) else "private, no-store"
        if is_public(replay):
            # Players in other pages read it with their own scripts.
            response["Access-Control-Allow-Origin"] = "*"
        return get_conditional_response(request, etag=etag, response=response)


def is_public(replay: Replay) -> bool:
    return replay.visibility == Replay.Visibility.PUBLIC and not replay.space.is_private


def card(request: HttpRequest, replay: Replay, title: str, kind: str, start_ms: int, end_ms: int) -> HttpResponse:
    """Drawn from that stretch of it."""
    host = replay.space.host
    line = f"{kind} · {shows.length(end_ms - start_ms)}"
    first, last = (len(replay.peaks) * at // max(1, replay.duration_ms) for at in (start_ms, end_ms))
    facts = f"card|{title}|{line}|{shows.face_key(host)}|{first}-{last}|{replay.claim}"
    peaks = replay.peaks[first:last]
    return drawn(
        request, facts, lambda: pictures.card(title, face=shows.face(host), line=line, peaks=peaks), kind="image/png"
    )
