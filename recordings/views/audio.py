"""The sound of a replay, to be played or saved."""

import re

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from recordings.models import Replay
from recordings.selectors.hearing import heard_replay
from recordings.streaming import Stored, answer
from rooms.views.scope import SpaceView

TYPES = {"m4a": "audio/mp4", "opus": "audio/ogg; codecs=opus"}
# What some system does not allow in a file's name.
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x20\x7f]+')


class Audio(SpaceView):
    """For whoever may hear the replay at this second; `?download` saves it."""

    def get(self, request: HttpRequest, slug: str, kind: str) -> HttpResponseBase:
        replay = heard_replay(self.told_space(), self.person, timezone.now())
        if replay is None or kind not in TYPES:
            raise Http404
        try:
            return answer(request, stored(replay, kind), download="download" in request.GET)
        except FileNotFoundError as error:
            raise Http404 from error


def stored(replay: Replay, kind: str) -> Stored:
    public = replay.visibility == Replay.Visibility.PUBLIC and not replay.space.is_private
    return Stored(
        name=getattr(replay, kind),
        size=getattr(replay, f"{kind}_bytes"),
        content_type=TYPES[kind],
        filename=f"{_NOT_IN_NAMES.sub(' ', replay.title).strip()}.{kind}",
        until=replay.expires_at,
        public=public,
    )
