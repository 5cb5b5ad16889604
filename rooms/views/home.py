"""The home page: what is on air, and what is to come."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rooms import looking, selectors


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    look, shown = looking.look_of(request.user, request.GET), looking.shown(request.GET)
    found = selectors.home(look, shown)
    own = selectors.scheduled_space(look.user) if look.user.is_authenticated else None
    context = {
        "look": look,
        "home": found,
        "cards": looking.cards_named(found.spaces),
        "more": shown + selectors.CARDS_SHOWN if found.more and shown < selectors.CARDS_MOST else 0,
        "languages": selectors.languages(look),
        "topics": selectors.topics(look),
        "own": own,
        "waiting_count": selectors.waiting_count(own) if own else 0,
        "upcoming": [space for space in selectors.upcoming_spaces(look) if space != own],
    }
    return render(request, "rooms/home.html", context)
