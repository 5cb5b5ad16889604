"""Somebody of whom the server keeps something in every table that names people, and words that are nobody else's."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.utils import timezone

from accounts.models import (
    AccountExport,
    Block,
    Conversation,
    FanOut,
    Follow,
    FollowRequest,
    FormerHandle,
    Kind,
    Message,
    Mute,
    Notification,
    Preference,
    PushSubscription,
    Side,
    User,
)
from recordings.models import Clip, Comment, Copy, Cue, Hold, Like, Replay, SessionExport, StaffAccess
from rooms.models import CalendarFeed, Consent, Invitation, Notice, Participant, Reminder, Space
from rooms.services import invitations, links, reminders, schedule, spaces
from tests.support import cast

# Of these nothing may be left anywhere.
WORDS = {
    "email": "zanzibar.quill@example.org",
    "handle": "zanzibar_quill",
    "display_name": "Zanzibar Quill",
    "bio": "Collects weathervanes.",
    "link": "https://weathervanes.example/",
}
SAID = "Meet me under the clockwork owl"
TITLE, DESCRIPTION, TOPIC = "Brass weathervanes", "How they are forged", "vanes"
BROWSER, ENDPOINT = "Quillfox on Slate", "https://push.example/quillfox"
FORMER, SECRET = "quill_of_old", "seed-of-many-codes"
TRACES = [*WORDS.values(), SAID, TITLE, DESCRIPTION, TOPIC, BROWSER, ENDPOINT, FORMER, SECRET, "zanzibar", "Zanzibar"]


def somebody() -> User:
    """Their account is to be erased, and the time to keep it is over."""
    # One whose account is older, and one whose is newer.
    early = cast.user("early")
    person = User.objects.create_user(password=cast.PASSWORD, **WORDS)
    other = cast.user("other")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    _among_people(person, other)
    _writing(person, [early, other])
    _told(person, other)
    _in_spaces(person, other)
    _around_replays(person, other)
    _in_replays(person, other)
    _in_the_staffs_log(person)
    _signed_in(person)
    person.avatar = default_storage.save("avatars/theirs.webp", ContentFile(b"webp"))
    person.save(update_fields=["avatar"])
    name = storages["private"].save("copies/theirs.zip", ContentFile(b"zip"))
    AccountExport.objects.create(user=person, asked_at=timezone.now(), state="ready", file=name)
    # As closing.condemn does, which ends sessions at once: here that is left to the end.
    User.objects.filter(pk=person.pk).update(closing_at=timezone.now())
    return User.objects.get(pk=person.pk)


def _among_people(person: User, other: User) -> None:
    third = cast.user("third")
    for one, two in ((person, third), (third, person)):
        Block.objects.create(blocker=one, blocked=two)
    for one, two in ((person, other), (other, person), (third, person)):
        Follow.objects.create(follower=one, followed=two)
        Mute.objects.create(muter=one, muted=two)
        FollowRequest.objects.create(asker=one, asked=two)
    until = timezone.now() + timedelta(days=3)
    FormerHandle.objects.create(user=person, handle=FORMER, changed_at=timezone.now(), until=until)


def _writing(person: User, partners: list[User]) -> None:
    for partner in partners:
        now = timezone.now()
        pair = dict(zip(("first", "second"), sorted((person, partner), key=lambda one: one.pk), strict=True))
        conversation = Conversation.objects.create(**pair, created_at=now)
        for one in (person, partner):
            Side.objects.create(conversation=conversation, user=one, last_message_at=now)
        for sender, text in ((person, SAID), (partner, "What they wrote themselves")):
            Message.objects.create(conversation=conversation, sender=sender, text=text, created_at=now)


def _told(person: User, other: User) -> None:
    Notification.objects.create(user=person, kind=Kind.FOLLOW, actor=other)
    Notification.objects.create(user=other, kind=Kind.FOLLOW, actor=person)
    FanOut.objects.create(kind=Kind.LIVE, actor=person, subject="space:1")
    Preference.objects.create(user=person, kind=Kind.FOLLOW, in_app=False, by_push=False, by_mail=False)
    PushSubscription.objects.create(user=person, endpoint_hash="hash", endpoint=ENDPOINT, browser=BROWSER)


def _in_spaces(person: User, other: User) -> None:
    words = {"title": TITLE, "description": DESCRIPTION, "topics": [TOPIC]}
    hosted = spaces.start(by=person, is_private=True, **words)
    links.make(space=hosted, by=person)
    spaces.end(space=hosted, by=Participant.objects.get(space=hosted, user=person))
    tomorrow = timezone.now() + timedelta(days=1)
    schedule.plan(by=person, scheduled_for=tomorrow, **words)
    elsewhere = schedule.plan(by=other, scheduled_for=tomorrow, title="Of others")
    invitations.invite(space=elsewhere, user=person, kind="speak", by=other)
    invited = {"space": elsewhere, "user": other, "kind": "listen", "invited_by": person}
    Invitation.objects.create(**invited, created_at=timezone.now(), expires_at=tomorrow)
    reminders.ask(space=elsewhere, by=person)
    Notice.objects.create(space=elsewhere, user=person, kind="moved", created_at=timezone.now())
    CalendarFeed.objects.create(user=person)
    stay = {"joined_at": timezone.now(), "left_at": timezone.now(), "device": "d" * 64}
    for number, removed in enumerate((None, timezone.now())):
        of_other = spaces.start(by=cast.user(f"host{number}"), title="Of others")
        Participant.objects.create(space=of_other, user=person, removed_at=removed, **stay)
    assert Reminder.objects.filter(user=person).exists()


def _around_replays(person: User, other: User) -> None:
    now = timezone.now()
    space = spaces.start(by=other, title="Of others, heard again")
    copy, after = Copy.objects.create(space=space), now + timedelta(days=30)
    replay = Replay.objects.create(space=space, title=space.title, wanted_at=now, expires_at=after)
    Like.objects.create(replay=replay, user=person, at=now)
    Comment.objects.create(replay=replay, user=person, at_ms=1000, text=SAID, written_at=now)
    Clip.objects.create(replay=replay, user=person, title=TITLE, start_ms=0, length_ms=9000, made_at=now)
    SessionExport.objects.create(copy=copy, user=person, kind="speaker", state="queued", asked_at=now)
    # Which staff did what stays known.
    Hold.objects.create(copy=copy, kind="report", key="1", reason="A report", by=person, placed_at=now)
    StaffAccess.objects.create(copy=copy, by=person, reason="A report", at=now)


def _in_replays(person: User, other: User) -> None:
    """In that of somebody else, by name and in words, and one of a Space of their own."""
    now, after = timezone.now(), timezone.now() + timedelta(days=30)
    theirs = Space.objects.get(host=other, state="live")
    stay = Participant.objects.create(space=theirs, user=person, joined_at=now, spoke_at=now, recording_answer="yes")
    Consent.objects.create(space=theirs, participant=stay, answer="yes", at=now, policy="1")
    Cue.objects.create(copy=theirs.copy, participant=stay, start_ms=0, end_ms=900, text=SAID)
    named = [{"at_ms": 0, "title": person.display_name, "participant": str(stay.pk)}]
    Replay.objects.filter(space=theirs).update(chapters=named, voices=[[str(stay.pk), 0, 900]])
    hosted = Space.objects.get(host=person, state="ended")
    Copy.objects.create(space=hosted, state="kept", expires_at=after)
    Replay.objects.create(space=hosted, title=TITLE, wanted_at=now, expires_at=after, chapters=named)


def _signed_in(person: User) -> None:
    session = SessionStore()
    session["said"] = WORDS["email"]
    session.create()
    UserSession.objects.create(user=person, ip="192.0.2.1", session_key=session.session_key, user_agent=BROWSER)
    Authenticator.objects.create(user=person, type="recovery_codes", data={"seed": SECRET, "used_mask": 0})


def _in_the_staffs_log(person: User) -> None:
    of_people = ContentType.objects.get_for_model(User)
    entry = {"content_type": of_people, "object_id": person.pk, "object_repr": str(person), "action_flag": CHANGE}
    LogEntry.objects.create(user=person, **entry)
    person.groups.add(Group.objects.create(name="keepers"))
    person.user_permissions.add(Permission.objects.first())
