"""Commands of people inside a Space, about themselves and about others."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from rooms import identity
from rooms.limits import address, limit
from rooms.rules import may_listen
from rooms.services import attendance, removal, stage, succession
from rooms.views.scope import SpaceView, own_controls, see_other


class Attendance(SpaceView):
    """Joining and leaving answer with the Space's page as it then is, dock and all."""

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        space = self.space()
        if not self.person:
            limit(f"guest:{address(request)}", times=300, seconds=60)
        person, cookie = identity.on_this_device(self.person)
        attendance.join(space=space, by=person, unnamed="unnamed" in request.POST)
        response = see_other(space)
        identity.remember_device(response, cookie)
        return response

    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        """A host names who is host then (`host`); if leaving fails after that, they are inside as a speaker."""
        me = self.me()
        if heir := request.GET.get("host"):
            succession.hand_over(participant=self.somebody(heir), by=me)
        attendance.leave(participant=me, by=me)
        return see_other(me.space)


class Hand(SpaceView):
    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        limit(f"hand:{me.pk}", times=20, seconds=60)
        stage.raise_hand(participant=me, by=me)
        return own_controls(request, me)

    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        stage.lower_hand(participant=me, by=me)
        return own_controls(request, me)


class Hands(SpaceView):
    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        stage.lower_all_hands(space=me.space, by=me)
        return own_controls(request, me)


class Seat(SpaceView):
    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        stage.take_seat(participant=me, by=me)
        return own_controls(request, me)

    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Steps down, or declines what was offered."""
        me = self.me()
        if me.is_seated:
            stage.free_seat(participant=me, by=me)
        else:
            stage.drop_offer(participant=me, by=me)
        return own_controls(request, me)


class Mute(SpaceView):
    """One's own microphone: PUT mutes, DELETE opens."""

    def put(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        stage.mute(participant=me, by=me)
        return own_controls(request, me)

    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        stage.unmute(participant=me, by=me)
        return own_controls(request, me)


class MuteAll(SpaceView):
    """All others."""

    def put(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        stage.mute_all(space=me.space, by=me)
        return own_controls(request, me)


class Person(SpaceView):
    def delete(self, request: HttpRequest, slug: str, pid) -> HttpResponse:
        me = self.me()
        removal.remove(participant=self.somebody(), by=me)
        return own_controls(request, me)


class PersonRemoval(SpaceView):
    def delete(self, request: HttpRequest, slug: str, pid) -> HttpResponse:
        me = self.me()
        removal.lift(participant=self.somebody(), by=me)
        return own_controls(request, me)


class PersonHand(SpaceView):
    def delete(self, request: HttpRequest, slug: str, pid) -> HttpResponse:
        me = self.me()
        stage.lower_hand(participant=self.somebody(), by=me)
        return own_controls(request, me)


class PersonSeat(SpaceView):
    def post(self, request: HttpRequest, slug: str, pid) -> HttpResponse:
        me = self.me()
        stage.offer_seat(participant=self.somebody(), by=me)
        return own_controls(request, me)

    def delete(self, request: HttpRequest, slug: str, pid) -> HttpResponse:
        """Demotes a speaker, or withdraws what was offered to a listener."""
        me, somebody = self.me(), self.somebody()
        if somebody.is_seated:
            stage.free_seat(participant=somebody, by=me)
        else:
            stage.drop_offer(participant=somebody, by=me)
        return own_controls(request, me)


class PersonMute(SpaceView):
    def put(self, request: HttpRequest, slug: str, pid) -> HttpResponse:
        me = self.me()
        stage.mute(participant=self.somebody(), by=me)
        return own_controls(request, me)


class Token(SpaceView):
    """A bearer token and the addresses to use it at, for programs that are not browsers."""

    def post(self, request: HttpRequest, slug: str) -> JsonResponse:
        me = self.me()
        may_listen(me.space, me)
        page = request.build_absolute_uri(me.space.get_absolute_url())
        return JsonResponse(
            {"token": identity.bearer_token(me), "whep": f"{page}whep", "whip": f"{page}whip"},
            headers={"Cache-Control": "no-store"},
        )
