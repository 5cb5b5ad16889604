"""What people do with a replay they may hear: like it, comment on a moment, cut clips. Each answers with its part of
the page as it is now."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.validators import key
from recordings.models import Replay
from recordings.refusals import refuse_if
from recordings.selectors import answers as reading
from recordings.selectors.hearing import heard_clip, heard_replay
from recordings.services import answers
from recordings.templatetags.episodes import clips_context, comments_context, likes_context, may_answer
from rooms.limits import limit
from rooms.views.scope import SpaceView

COMMENTS_AN_HOUR, CLIPS_AN_HOUR = 100, 30
# Of a clip's waveform.
BARS = 60


class EpisodeView(SpaceView):
    def replay(self) -> Replay:
        """If this person may hear it now; 404 otherwise."""
        replay = heard_replay(self.told_space(), self.person, timezone.now())
        if replay is None:
            raise Http404
        return replay

    def part(self, template: str, context: dict) -> HttpResponse:
        """One part of the page, whoever has no htmx gets all of it again."""
        if not self.request.htmx:
            return redirect(context["replay"])
        oob = {"oob": True, "may_answer": may_answer(context["replay"], self.request.user)}
        return render(self.request, template, context | oob)


class Like(EpisodeView):
    """Whether one likes it: PUT and DELETE."""

    def put(self, request: HttpRequest, slug: str) -> HttpResponse:
        return self._change(answers.like)

    def delete(self, request: HttpRequest, slug: str) -> HttpResponse:
        return self._change(answers.unlike)

    def _change(self, change) -> HttpResponse:
        replay = self.replay()
        change(replay=replay, by=self.request.user)
        return self.part("recordings/_likes.html", likes_context(replay, self.request.user))


class Comments(EpisodeView):
    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """The next page of them."""
        replay = self.replay()
        context = comments_context(replay, request.user, after=request.GET.get("after", ""))
        return render(request, "recordings/_comment_rows.html", context) if request.htmx else redirect(replay)

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        replay = self.replay()
        refuse_if(not request.user.is_authenticated, "account_needed")
        limit(f"comment:{request.user.pk}", times=1, seconds=1)
        limit(f"comments:{request.user.pk}", times=COMMENTS_AN_HOUR, seconds=3600)
        at_ms = key(request.POST.get("at_ms", ""))
        answers.write(replay=replay, at_ms=at_ms, text=request.POST.get("text", ""), by=request.user)
        return self.part("recordings/_comment_list.html", comments_context(replay, request.user))


class Comment(EpisodeView):
    def delete(self, request: HttpRequest, slug: str, pk) -> HttpResponse:
        replay = self.replay()
        if (comment := reading.comment(replay, pk)) is None:
            raise Http404
        answers.erase_comment(comment=comment, by=request.user)
        return self.part("recordings/_comment_list.html", comments_context(replay, request.user))


class Clips(EpisodeView):
    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        replay = self.replay()
        refuse_if(not request.user.is_authenticated, "account_needed")
        limit(f"clips:{request.user.pk}", times=CLIPS_AN_HOUR, seconds=3600)
        extent = {name: key(request.POST.get(name, "")) for name in ("start_ms", "length_ms")}
        made = answers.clip(replay=replay, title=request.POST.get("title", ""), **extent, by=request.user)
        context = clips_context(replay, request.user) | {"made": made}
        return self.part("recordings/_clip_list.html", context) if request.htmx else redirect(made)


class Clip(EpisodeView):
    def get(self, request: HttpRequest, slug: str, pk) -> HttpResponse:
        replay = self.replay()
        if (clip := heard_clip(replay, pk)) is None:
            raise Http404
        context = {"replay": replay, "clip": clip, "space": replay.space, "bars": bars(replay, clip)}
        return render(request, "recordings/clip.html", context)

    def delete(self, request: HttpRequest, slug: str, pk) -> HttpResponse:
        replay = self.replay()
        if (clip := reading.clip(replay, pk)) is None:
            raise Http404
        answers.erase_clip(clip=clip, by=request.user)
        if "page" in request.GET:
            return HttpResponse(status=303, headers={"Location": replay.get_absolute_url()})
        return self.part("recordings/_clip_list.html", clips_context(replay, request.user))


def bars(replay: Replay, clip) -> list[tuple[int, int, int]]:
    """Its waveform: each bar's left, top and height where all of it is 100 high, and 10 from one to the next."""
    first, last = (len(replay.peaks) * at // max(1, replay.duration_ms) for at in (clip.start_ms, clip.end_ms))
    peaks = replay.peaks[first:last] or [0]
    heights = [max(6, 100 * peaks[len(peaks) * n // BARS] // 255) for n in range(BARS)]
    return [(n * 10, (100 - height) // 2, height) for n, height in enumerate(heights)]
