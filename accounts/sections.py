"""What a copy of somebody's data holds of this app: one function per list, read lazily, with nothing of others beyond
what they can see on the pages. Used by accounts.kept."""

from collections.abc import Iterator

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import F, Q, QuerySet

from accounts.models import AccountExport, Block, Follow, FollowRequest, Message, Mute, Notification, Side, User
from accounts.own_data import KeptFile, Section

# Rows fetched at once.
CHUNK = 1000


def sections(user: User) -> Iterator[Section]:
    yield Section("account", "Who you are here, and how you have set your account.", _account(user))
    yield Section("email_addresses", "The addresses of your account.", _email_addresses(user))
    yield Section("sessions", "Where you were signed in.", _sessions(user))
    yield Section("second_steps", "What you sign in with beside your password.", _second_steps(user))
    yield Section("former_handles", "Handles you had before.", _former_handles(user))
    yield Section("following", "Whom you follow, and since when.", _pairs(Follow, user, "follower", "followed"))
    yield Section("followers", "Who follows you, and since when.", _pairs(Follow, user, "followed", "follower"))
    asked, asks = ("asked", "asker"), ("asker", "asked")
    yield Section("follow_requests_received", "Who asks to follow you.", _pairs(FollowRequest, user, *asked))
    yield Section("follow_requests_sent", "Whom you asked to follow.", _pairs(FollowRequest, user, *asks))
    yield Section("blocked", "Whom you block.", _pairs(Block, user, "blocker", "blocked"))
    yield Section("muted", "Whom you mute.", _pairs(Mute, user, "muter", "muted"))
    yield Section("conversations", "With whom you write, and where it lies.", _conversations(user))
    yield Section("messages", "What you and others wrote to each other, as far as you kept it.", _messages(user))
    yield Section("notifications", "What you were told of.", _notifications(user))
    yield Section("preferences", "How you want to be told, where you have said so.", _preferences(user))
    yield Section("browsers", "Browsers that show you notifications.", _browsers(user))
    yield Section("copies", "Copies of your data you have asked for.", _copies(user))


def files(user: User) -> Iterator[KeptFile]:
    if user.avatar:
        yield KeptFile(f"picture.{user.avatar.rpartition('.')[2]}", "Your picture.", user.avatar)


def shown(person: User) -> dict:
    """Somebody else, as pages name them."""
    return {"handle": person.handle, "name": person.display_name}


def each(rows: QuerySet) -> Iterator:
    return rows.iterator(chunk_size=CHUNK)


def _account(user: User) -> Iterator[dict]:
    names = ["handle", "display_name", "bio", "link", "email", "is_protected", "shows_listening", "messages_from"]
    yield {name: getattr(user, name) for name in [*names, "date_joined", "last_login", "closing_at"]}


def _email_addresses(user: User) -> Iterator[dict]:
    return each(EmailAddress.objects.filter(user=user).values("email", "verified", "primary"))


def _sessions(user: User) -> Iterator[dict]:
    return each(UserSession.objects.filter(user=user).values("created_at", "last_seen_at", "ip", "user_agent"))


def _second_steps(user: User) -> Iterator[dict]:
    """Without the secrets they prove themselves by."""
    return each(Authenticator.objects.filter(user=user).values("type", "created_at", "last_used_at"))


def _former_handles(user: User) -> Iterator[dict]:
    return each(user.former_handles.values("handle", "changed_at", "until"))


def _pairs(model, user: User, mine: str, theirs: str) -> Iterator[dict]:
    rows = _open(model.objects.filter(**{mine: user}), theirs).order_by("pk")
    return ({**shown(getattr(row, theirs)), "since": row.created_at} for row in each(rows))


def _open(rows: QuerySet, side: str) -> QuerySet:
    """Those whose person on that side can be met: no page names the others."""
    return rows.filter(**{f"{side}__is_active": True, f"{side}__closing_at__isnull": True}).select_related(side)


def _conversations(user: User) -> Iterator[dict]:
    sides = Side.objects.filter(user=user, last_message_at__isnull=False).order_by("pk")
    for side in each(sides.select_related("conversation__first", "conversation__second")):
        yield {
            "conversation": side.conversation_id,
            "with": shown(_other(side.conversation, user)),
            "folder": side.folder,
            "unread": side.unread,
            "last_message_at": side.last_message_at,
        }


def _messages(user: User) -> Iterator[dict]:
    here = Q(conversation__sides__user=user, pk__gt=F("conversation__sides__cleared_up_to"))
    deleted = Q(sender=user, gone_for_sender=True) | (~Q(sender=user) & Q(gone_for_recipient=True))
    rows = Message.objects.filter(here).exclude(deleted).select_related("sender").order_by("pk")
    for message in each(rows):
        yield {
            "conversation": message.conversation_id,
            "from": shown(message.sender),
            "at": message.created_at,
            "text": message.text,
            "card": message.card_kind,
            "of_a_deleted_account": message.is_erased,
        }


def _notifications(user: User) -> Iterator[dict]:
    rows = _open(Notification.objects.filter(user=user, listed=True), "actor").order_by("pk")
    for told in each(rows):
        yield {
            "kind": told.kind,
            "of": shown(told.actor),
            "about": told.subject,
            "at": told.created_at,
            "seen_at": told.seen_at,
        }


def _preferences(user: User) -> Iterator[dict]:
    return each(user.preferences.values("kind", "in_app", "by_push", "by_mail"))


def _browsers(user: User) -> Iterator[dict]:
    """Without the addresses and keys that reach them."""
    return each(user.push_subscriptions.values("browser", "created_at"))


def _copies(user: User) -> Iterator[dict]:
    return each(AccountExport.objects.filter(user=user).values("asked_at", "state", "ready_at", "expires_at"))


def _other(conversation, user: User) -> User:
    return conversation.second if conversation.first_id == user.pk else conversation.first
