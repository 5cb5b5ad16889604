"""Commands about recording: the host's switch, and one's own answer."""

from django.http import HttpRequest, HttpResponse

from rooms.services import recording
from rooms.views.scope import SpaceView, own_controls


class Recording(SpaceView):
    """PUT switches it on, DELETE off."""

    def put(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        recording.start(space=me.space, by=me)
        return own_controls(request, me)

    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        recording.stop(space=me.space, by=me)
        return own_controls(request, me)


class Consent(SpaceView):
    """One's own: PUT is a yes, DELETE a no, also after one left and after the end."""

    def put(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        recording.answer(participant=me, by=me, yes=True)
        return own_controls(request, me)

    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        recording.answer(participant=me, by=me, yes=False)
        return own_controls(request, me)
