"""Context for every full page: what waits for an account."""

from django.utils.functional import SimpleLazyObject

from accounts import fragments


def requests(request) -> dict:
    """Lazy: pages that do not show it cost no query."""
    return {"requests": SimpleLazyObject(lambda: fragments.requests_mark_context(request.user)["requests"])}


def inbox(request) -> dict:
    """As lazy."""
    return {"inbox": SimpleLazyObject(lambda: fragments.mark_context(request.user))}
