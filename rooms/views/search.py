"""Finding Spaces and people."""

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.search import LONGEST_QUERY, asked
from accounts.selectors import found_people
from rooms import selectors
from rooms.limits import address, limit
from rooms.models import Space
from rooms.views.scope import SpaceView

# Kinds in the order in which they are shown, and the state of a Space that each is.
KINDS = {"live": Space.State.LIVE, "upcoming": Space.State.SCHEDULED, "past": Space.State.ENDED, "people": None}
# Of each kind beside others; of one alone, and at most.
EACH, PAGE, MOST = 6, 20, 200


class Search(SpaceView):
    def get(self, request: HttpRequest) -> HttpResponse:
        limit(f"search:{request.user.pk or address(request)}", times=60, seconds=60)
        kind = request.GET.get("kind", "")
        kind = kind if kind in KINDS else ""
        shown = _shown(request.GET.get("shown", "")) if kind else EACH
        text = request.GET.get("q", "")[:LONGEST_QUERY]
        found = _found(asked(text), request.user, [kind] if kind else list(KINDS), shown)
        context = {"q": text, "kind": kind, "kinds": KINDS, "found": found, "longest": LONGEST_QUERY}
        return render(request, "rooms/search.html", context | {"next": min(shown + PAGE, MOST)})


def _found(words: list[str], user, kinds: list[str], shown: int) -> list[dict]:
    """Each kind of which there is something, as many as are shown, and whether there are more."""
    if not words:
        return []
    states = [KINDS[kind] for kind in kinds if KINDS[kind]]
    spaces = selectors.found_spaces(words, user, states=states, most=shown + 1) if states else {}
    people = found_people(words, user, shown + 1) if "people" in kinds else []
    found = {kind: spaces[KINDS[kind]] if KINDS[kind] else people for kind in kinds}
    return [{"kind": kind, "those": f[:shown], "more": len(f) > shown < MOST} for kind, f in found.items() if f]


def _shown(text: str) -> int:
    return max(PAGE, min(int(text), MOST)) if re.fullmatch(r"[0-9]{1,4}", text) else PAGE
