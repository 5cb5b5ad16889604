"""Commands of one at a time: the mode itself, and the turn that runs."""

from django.http import HttpRequest, HttpResponse, QueryDict

from rooms.services import turns
from rooms.views.scope import SpaceView, own_controls


class Turns(SpaceView):
    def put(self, request: HttpRequest, slug: str) -> HttpResponse:
        """With turns of `seconds`; while it is on, the length of those to come."""
        me = self.me()
        turns.open_turns(space=me.space, seconds=_seconds(request), by=me)
        return own_controls(request, me)

    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        turns.close_turns(space=me.space, by=me)
        return own_controls(request, me)


class Turn(SpaceView):
    """PUT gives who has the floor as much time again, DELETE ends it."""

    def put(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        turns.extend_turn(space=me.space, by=me)
        return own_controls(request, me)

    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        turns.end_turn(space=me.space, by=me)
        return own_controls(request, me)


def _seconds(request: HttpRequest) -> int:
    """None is a turn of no length, which the rule refuses with the sentence for all of them."""
    try:
        return int(QueryDict(request.body).get("seconds", ""))
    except ValueError:
        return 0
