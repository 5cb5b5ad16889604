"""Context for every full page: the dock, which follows one from page to page, and what waits for an account."""

from django.utils.functional import SimpleLazyObject

from rooms import fragments, identity, selectors


def dock(request) -> dict:
    """Lazy: pages and fragments without a dock cost no query."""
    return {"dock": SimpleLazyObject(lambda: _dock(request))}


def for_you(request) -> dict:
    return {"for_you": SimpleLazyObject(lambda: fragments.for_you_context(request.user))}


def _dock(request) -> dict:
    participant = selectors.current_participation(identity.person_of(request.user, request.COOKIES))
    return fragments.dock(participant)
