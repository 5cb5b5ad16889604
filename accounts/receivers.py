"""What happens to people's sessions when django-allauth or Django's own sign-out ended some of them."""

from allauth.account.signals import password_changed, password_reset, password_set
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver

from accounts import sessions
from accounts.services import push, safety


@receiver([password_changed, password_set])
def end_all_sessions_but_this(sender, request, user, **kwargs) -> None:
    # Sockets read the session from its row, which is otherwise written after this request.
    request.session.save()
    before, after = request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""), request.session.session_key
    sessions.note_move(before, after)
    push.move_session(before=before, after=after)
    safety.note_ended(user=user)


@receiver(password_reset)
def end_all_sessions(sender, request, user, **kwargs) -> None:
    safety.note_ended(user=user)


@receiver(user_logged_out)
def end_this_session(sender, request, user, **kwargs) -> None:
    """Its row goes first: Django deletes it after this signal only, and sockets would find it still there."""
    if user is not None:
        push.forget_session(session_key=request.session.session_key)
        request.session.delete()
        safety.note_ended(user=user)
