"""What happens around every request: a session is seen. Called by Django; must never refuse anything."""

from allauth.usersessions.models import UserSession
from django.utils.deprecation import MiddlewareMixin

from accounts.limits import spent

# A session is noted this often (seconds): a row written with every request would be most of what this server writes.
SEEN_SECONDS = 5 * 60


class NoteSessions(MiddlewareMixin):
    """In the place of allauth's own, which writes with every request: from where, with what, and when a session was
    last used, for the person's own eyes (views/safety.py)."""

    def process_response(self, request, response):
        # Who never looked at their session has no need of it; nor has one that was just ended.
        session = getattr(request, "session", None)
        if session is None or not session.accessed or not session.session_key or not request.user.is_authenticated:
            return response
        if not spent(f"seen:{session.session_key}", times=1, seconds=SEEN_SECONDS):
            UserSession.objects.create_from_request(request)
        return response
