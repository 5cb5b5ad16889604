"""What people say of a replay, on its page; podcasts, on pages of people: each tag brings what its partial needs."""

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from recordings import addresses, shows
from recordings.answering import CLIP_SECONDS_MIN, COMMENT_MAX
from recordings.models import Replay
from recordings.selectors import answers, podcasts
from rooms.selectors import shut_out

register = template.Library()


@register.filter
def moment(ms: int) -> str:
    """`12:34`, or `1:02:03`."""
    minutes, seconds = divmod(ms // 1000, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}" if minutes >= 60 else f"{minutes}:{seconds:02}"


@register.filter
def seconds(ms: int) -> str:
    """For addresses: `754`, `754.5`."""
    return f"{ms / 1000:g}" if ms % 1000 else str(ms // 1000)


@register.filter
def length(ms: int) -> str:
    return shows.length(ms)


@register.inclusion_tag("recordings/_head.html")
def replay_head(replay, clip=None) -> dict:
    """What other programs read of its page, or of a clip of it: in {% block head %}."""
    shown, thing = clip or replay, replay.get_absolute_url() if clip is None else clip.get_absolute_url()
    public = replay.visibility == Replay.Visibility.PUBLIC and not replay.space.is_private
    picture = "clip_card" if clip else "replay_card"
    where = [replay.space.slug, clip.pk] if clip else [replay.space.slug]
    return {
        "replay": replay,
        "space": replay.space,
        "clip": clip,
        "title": shown.title,
        "public": public,
        "address": addresses.absolute(thing),
        "picture": addresses.absolute(reverse(picture, args=where)),
        "audio": addresses.of_replay(replay.space, "replay_audio", "m4a"),
        "podcast": addresses.of_podcast(replay.space.host) if public and not replay.space.host.is_protected else "",
    }


@register.inclusion_tag("recordings/_answers.html", takes_context=True)
def replay_answers(context, replay) -> dict:
    """Sharing, likes, clips and comments: below the player. Seven queries at most."""
    user, request = context["user"], context["request"]
    parts = likes_context(replay, user) | clips_context(replay, user) | comments_context(replay, user)
    return parts | {"request": request, "may_answer": may_answer(replay, user)}


@register.inclusion_tag("recordings/_comment_marks.html", takes_context=True)
def comment_marks(context, replay) -> dict:
    """Where people said something, to lie over the waveform. One query."""
    return marks_context(replay, context["user"])


@register.inclusion_tag("recordings/_podcast_link.html")
def podcast_link(person) -> dict:
    """For other programs: in {% block head %}."""
    return _podcast(person)


@register.inclusion_tag("recordings/_podcast_button.html")
def podcast_button(person) -> dict:
    return _podcast(person)


@register.inclusion_tag("recordings/_followed_podcasts.html", takes_context=True)
def podcasts_of_followed(context) -> dict:
    """On the list of whom one follows. One query."""
    return {"hosts": podcasts.followed_podcasts(context["user"], timezone.now())}


def _podcast(person) -> dict:
    known = podcasts.has_podcast(person, timezone.now())
    return {"person": person, "has_podcast": known, "feed": addresses.of_podcast(person)}


def likes_context(replay, user) -> dict:
    return {"replay": replay, "user": user, "likes": answers.likes(replay, user)}


def comments_context(replay, user, *, after: str = "") -> dict:
    found = {"comments": answers.comments(replay, user, after=after), "comment_max": COMMENT_MAX}
    return {"replay": replay, "user": user} | found | marks_context(replay, user)


def marks_context(replay, user) -> dict:
    """Each mark in thousandths of the replay's length."""
    whole = max(1, replay.duration_ms)
    return {"marks": sorted({1000 * at // whole for at in answers.marks(replay, user)})}


def clips_context(replay, user) -> dict:
    """Where a clip may begin and how long it may be, in milliseconds: nowhere in a replay that is too short for one."""
    least, most = CLIP_SECONDS_MIN * 1000, settings.CLIP_SECONDS_MAX * 1000
    last = replay.duration_ms - least
    bounds = {"least": least, "most": most, "last": last if last >= replay.starts_at_ms else None}
    return {"replay": replay, "user": user, "clips": answers.clips(replay, user)} | bounds


def may_answer(replay, user) -> bool:
    """Whether to offer it: the services decide. One query, none for visitors."""
    return user.is_authenticated and not shut_out(replay.space, user)
