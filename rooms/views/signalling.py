"""WHIP (RFC 9725) and WHEP endpoints: authorise, check the request, hand the offer to the relay.

Browsers come with the session or guest cookie and a CSRF token, other programs with a bearer token.
"""

from channels.db import database_sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from rooms import identity, refusals, rules, selectors
from rooms.limits import address, limit
from rooms.models import Participant, Space
from rooms.relay import client as relay
from rooms.relay.protocol import Close, Offer, Refusal, SpaceState

# What the relay refuses, in sentences; what rules refuse has its own.
SENTENCES = {
    "no_relay": "The sound is coming back. Try again in a moment.",
    "moved": "The sound is moving to another server. Try again in a moment.",
    "busy": "This server carries as many listeners as it can right now. Try again in a moment.",
    "full": "This server is full right now. Try again in a little while.",
    "not_sdp": "This is not an SDP offer that can be answered.",
    "no_audio": "The offer must have exactly one section, and it must be audio with Opus.",
    "video_offered": "Openfloor carries sound only. Offer exactly one audio section.",
    "too_large": f"The offer is too large: {settings.SDP_MAX_BYTES} bytes at most.",
    "not_seated": "You have no seat on the stage. Raise your hand to ask for one.",
    "uplink_elsewhere": "Your microphone is open in another window. Close it there first.",
    "superseded": "You are listening in another window.",
    "no_session": "This connection is not open any more.",
    "media_type": "Send an SDP offer with Content-Type: application/sdp.",
    "token": "This token is not valid here. Get a new one from the Space's page.",
    "unknown_space": "There is no such Space.",
    "csrf": "Reload the page, then try again.",
}


class Problem(Exception):
    """An answer other than 201: RFC 9457 problem details."""

    def __init__(self, status: int, code: str, sentence: str = "", retry_after: int = 0):
        super().__init__(code)
        self.status, self.code, self.retry_after = status, code, retry_after
        self.sentence = sentence or SENTENCES[code]

    def response(self) -> JsonResponse:
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        body = {"type": "about:blank", "title": self.sentence, "status": self.status, "code": self.code}
        return JsonResponse(body, status=self.status, headers=headers, content_type="application/problem+json")


@method_decorator(csrf_exempt, name="dispatch")
class Endpoint(View):
    """One sound endpoint of a Space. CSRF is checked here, for those who come with a cookie."""

    kind: str

    async def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            return await super().dispatch(request, *args, **kwargs)
        except Problem as problem:
            return problem.response()
        except refusals.Refused as refusal:
            return Problem(refusal.status, refusal.code, refusal.sentence).response()

    async def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Offer in, answer out: 201 with the session's Location (RFC 9725, 4.2)."""
        sdp = _sdp(request)
        # Gives the connection back before the wait for the relay.
        offer = await database_sync_to_async(self._authorised_offer)(request, slug, sdp)
        answer = _expect(await relay.offer(offer))
        headers = {"Location": f"{request.path}/{answer.session}", "Cache-Control": "no-store"}
        return HttpResponse(answer.sdp, status=201, content_type="application/sdp", headers=headers)

    def _authorised_offer(self, request: HttpRequest, slug: str, sdp: str) -> Offer:
        # The state first: an offer must not bring the relay news that its own permission is older than.
        state = _space_state(slug)
        # Refuses also where there is no such Space, in the same order: a private one is not told from none.
        me = _participant(request, slug)
        limit(f"{self.kind}:{me.pk}", times=30, seconds=60)
        # An address may have a whole school behind it, but not all of a relay's turns (rooms/relay/turns.py).
        limit(f"offers:{address(request)}", times=600, seconds=60)
        self.check(me)
        replaces = request.GET.get("replaces", "")[:64]
        return Offer(kind=self.kind, participant=str(me.pk), sdp=sdp, state=state, replaces=replaces)

    def check(self, me: Participant) -> None:
        raise NotImplementedError


class Whep(Endpoint):
    kind = "whep"

    def check(self, me: Participant) -> None:
        rules.may_listen(me.space, me)


class Whip(Endpoint):
    kind = "whip"

    def check(self, me: Participant) -> None:
        rules.may_speak(me.space, me, stage_full=selectors.stage_full(me.space))


@method_decorator(csrf_exempt, name="dispatch")
class Session(Endpoint):
    """One session at its Location. Neither trickle nor ICE restart is offered, so PATCH is 405 (RFC 9725, 4.3)."""

    http_method_names = ["delete", "options"]

    async def delete(self, request: HttpRequest, slug: str, session: str) -> HttpResponse:
        me = await database_sync_to_async(_participant)(request, slug)
        _expect(await relay.close(str(me.space_id), Close(session=session, participant=str(me.pk))))
        return HttpResponse(status=200)


def _sdp(request: HttpRequest) -> str:
    if request.content_type != "application/sdp":
        raise Problem(415, "media_type")
    try:
        size = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        size = 0
    if size > settings.SDP_MAX_BYTES or len(request.body) > settings.SDP_MAX_BYTES:
        raise Problem(413, "too_large")
    try:
        return request.body.decode()
    except UnicodeDecodeError:
        raise Problem(422, "not_sdp") from None


def _participant(request: HttpRequest, slug: str) -> Participant:
    """The stay this request speaks for, in this Space."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        token = token.strip() if scheme.lower() == "bearer" else ""
        me = selectors.participant(identity.participant_id(token))
        if me is None or me.space.slug != slug or not (me.is_guest or me.user.is_open):
            raise Problem(401, "token")
        if not identity.holds(token, me):
            raise Problem(401, "token")
        return me
    if _CsrfCheck(lambda request: HttpResponse()).process_view(request, None, (), {}) is not None:
        raise Problem(403, "csrf")
    person = identity.person_of(request.user, request.COOKIES, request.session)
    me = selectors.participation(person, slug)
    if me is None:
        refusals.refuse_if(_space(slug, person).is_over, "ended")
        raise refusals.Refused("not_inside")
    return me


def _space(slug: str, person: identity.Person) -> Space:
    try:
        return selectors.space(slug, person)
    except Space.DoesNotExist:
        raise Problem(404, "unknown_space") from None


def _space_state(slug: str) -> SpaceState | None:
    try:
        return selectors.space_state(selectors.space_id(slug))
    except Space.DoesNotExist:
        return None


class _CsrfCheck(CsrfViewMiddleware):
    """Django's check as a function: the reason to refuse, or None."""

    def process_view(self, request, callback, args, kwargs):
        self.process_request(request)
        return super().process_view(request, callback, args, kwargs)

    def _reject(self, request, reason):
        return reason


def _expect(reply):
    if isinstance(reply, Refusal):
        code = reply.code
        if code in refusals.REFUSALS:
            raise Problem(reply.status, code, refusals.REFUSALS[code][1], reply.retry_after)
        raise Problem(reply.status, code, SENTENCES[code], reply.retry_after)
    return reply
