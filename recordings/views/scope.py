"""What views of recordings start from: a Space, loaded through the person who asks, and how a refusal is answered."""

from django.http import HttpRequest, HttpResponse

from recordings.refusals import Refused
from rooms.views.scope import SpaceView, refused


class RecordingView(SpaceView):
    """Verbs are HTTP methods; whatever a rule of this app or of rooms refuses becomes a sentence with its status."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            return super().dispatch(request, *args, **kwargs)
        except Refused as refusal:
            return refused(request, refusal)
