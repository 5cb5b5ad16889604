"""The home page: what is on air, and what is to come."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rooms import selectors


def home(request: HttpRequest) -> HttpResponse:
    user = request.user if request.user.is_authenticated else None
    own = selectors.scheduled_space(user) if user else None
    context = {
        "spaces": selectors.live_spaces(),
        "own": own,
        "waiting_count": selectors.waiting_count(own) if own else 0,
        "upcoming": [space for space in selectors.upcoming_spaces(user) if space != own],
    }
    return render(request, "rooms/home.html", context)
