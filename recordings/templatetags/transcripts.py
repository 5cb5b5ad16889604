"""What was said in a replay, on its page."""

from itertools import groupby

from django import template

from recordings import selectors
from recordings.models import Replay
from recordings.selectors.transcripts import Said

register = template.Library()


@register.inclusion_tag("recordings/_transcript.html", takes_context=True)
def replay_transcript(context, replay: Replay) -> dict:
    """The words themselves are asked for when they come into sight. Four queries."""
    return words_context(replay, context["user"], None) | {"wanted": selectors.has_transcript(replay)}


def words_context(replay: Replay, user, said: list[Said] | None) -> dict:
    """`turns`: the lines of whoever speaks, until somebody else does."""
    turns = [list(lines) for _, lines in groupby(said or (), key=lambda each: each.who)]
    return {"replay": replay, "user": user, "turns": turns, "hosts": user.pk == replay.space.host_id}
