"""The page of a replay, and what its host and those who speak in it do with it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from recordings import rules
from recordings.forms import FOR_DAYS, FOR_GOOD, ReplayForm
from recordings.models import Replay
from recordings.refusals import Refused, refuse_if
from recordings.selectors import pages
from recordings.selectors.pages import Shown
from recordings.services import editing
from recordings.templatetags.episodes import moment
from rooms import refusals
from rooms.models import Space
from rooms.services import recording
from rooms.views.scope import SpaceView, see_other

GONE = ("expired", "deleted")


class ReplayView(SpaceView):
    def shown(self) -> Shown:
        """404 for whoever may not know of the Space or of its replay."""
        found = pages.shown(self.told_space(), self.person, timezone.now())
        if found is None:
            raise Http404
        return found


class ReplayPage(ReplayView):
    """DELETE by the host is for ever."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        found = self.shown()
        context = {"shown": found, "replay": found.replay, "space": found.replay.space}
        if found.standing == "ready":
            context |= player_context(found, request.user)
        status = 410 if found.standing in GONE else 200
        return render(request, "recordings/replay.html", context, status=status)

    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        editing.delete(replay=self.shown().replay, by=request.user)
        return HttpResponse(status=303, headers={"Location": reverse("replay", args=[slug])})


class Progress(ReplayView):
    """What a page that waits for a replay asks again and again."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        found = self.shown()
        if found.standing != "waiting":
            return HttpResponse(headers={"HX-Refresh": "true"})
        context = {"shown": found, "replay": found.replay, "oob": True}
        return render(request, "recordings/_waiting.html", context)


class Mixing(ReplayView):
    """POST: what failed is tried again."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        editing.try_again(replay=self.shown().replay, by=request.user)
        return redirect("replay", slug)


class Voice(ReplayView):
    """DELETE: one takes oneself out, also without a replay that one may know of."""

    http_method_names = ["delete"]

    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        space = self.space()
        spoke = pages.own_voice(space, self.person)
        refuse_if(spoke is None, "not_in_it")
        recording.answer(participant=spoke, by=spoke, yes=False)
        messages.success(
            request, "You are out. What your voice was in cannot be heard until it is made again without you."
        )
        return see_other(self._left(space))

    def _left(self, space: Space) -> Replay | Space:
        """What they may see of it."""
        try:
            return self.shown().replay
        except (Http404, refusals.Refused):
            return space


class Editing(ReplayView):
    """For the host alone."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        found = self._mine()
        replay = found.replay
        facts = {"title": replay.title, "visibility": replay.visibility, "clips_allowed": replay.clips_allowed}
        facts |= {"kept": FOR_GOOD if replay.for_good else FOR_DAYS, "starts_at": moment(replay.starts_at_ms)}
        return self._page(found, ReplayForm(initial=facts))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        found, form = self._mine(), ReplayForm(request.POST)
        if not form.is_valid():
            return self._page(found, form, status=422)
        try:
            editing.edit(replay=found.replay, by=request.user, **form.decided())
        except Refused as refusal:
            form.refuse(refusal)
            return self._page(found, form, status=refusal.status)
        messages.success(request, "Saved. Everybody sees it at once.")
        return redirect("replay", slug)

    def _mine(self) -> Shown:
        found = self.shown()
        rules.may_keep_replay(host=found.mine, deleted=found.standing in GONE)
        return found

    def _page(self, found: Shown, form: ReplayForm, status: int = 200) -> HttpResponse:
        context = {"shown": found, "replay": found.replay, "space": found.replay.space, "form": form}
        response = render(self.request, "recordings/replay_edit.html", context, status=status)
        if form.is_bound:
            # Reloading then asks for the form, not for the address it was sent to.
            response["HX-Push-Url"] = "false"
        return response


def player_context(found: Shown, reader) -> dict:
    """What the player of a replay shows: whoever may hear it."""
    heard = pages.talks(found.replay, reader)
    peaks = " ".join(map(str, found.replay.peaks))
    return {"people": heard.people, "chapters": heard.chapters, "voices": heard.voices, "peaks": peaks}
