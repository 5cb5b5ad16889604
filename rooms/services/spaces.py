"""Starting a Space, changing what it is about and who may do what, and ending it."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rooms import rules, wording
from rooms.events import SpaceChanged, SpaceHidden, SpaceListed, SpaceStarted
from rooms.identity import Person
from rooms.models import Participant, RecordingPeriod, Space, Topic
from rooms.publish import publish
from rooms.roles import Role
from rooms.services import attendance, claims, consents, hosting, news, recording, seats
from rooms.services.ending import end_space
from rooms.services.locking import bump, fresh, leading_role, lock, lock_user, unless_taken
from rooms.warmth import warmth

# What a host decides beside the words: the names of fields.
SETTINGS = ("speak_permission", "is_private", "guests_allowed", "captions_wanted", "recording_wanted")


def start(*, by, device: str = "", slug: str | None = None, **details) -> Space:
    """A live Space with `by` (a user) as its host, seated and muted. Ends their stay elsewhere.

    `device` as in Person. `details`: title, description, topics (names), language, and the fields of SETTINGS; all but
    the title may be left out.
    """
    host = _open(by=by, device=device, slug=slug, **details)
    attendance.leave_earlier(participant=host, by=Person(user=by, device=device))
    return host.space


@transaction.atomic
def _open(*, by, device: str, slug: str | None, **details) -> Participant:
    lock_user(by)
    hosting.may_host(by)
    rules.may_start(hosts_live_space=hosting.hosts_live_space(by))
    fields = {"slug": slug} if slug else {}
    with unless_taken("already_live"):
        space = create(host=by, started_at=timezone.now(), **details, **fields)
    host = seat_host(space, device=device)
    publish(SpaceStarted(space=space.pk, version=space.version))
    return host


def create(*, host, topics=(), **details) -> Space:
    """Under the host's lock, with cleaned words."""
    words, topics = _cleaned(**details, topics=topics)
    kept = {name: value for name, value in details.items() if name not in words}
    if began := kept.get("started_at"):
        kept["warmth"] = warmth(0, began)
    space = Space.objects.create(host=host, **words, **kept)
    _set_topics(space, topics)
    return space


def seat_host(space: Space, *, device: str) -> Participant:
    """The host of a Space that goes live, inside and muted."""
    now = timezone.now()
    host = Participant.objects.create(
        space=space, user=space.host, device=device, role=Role.HOST, role_since=now, joined_at=now
    )
    seats.give_host(space, host)
    recording.open_space(space, host)
    news.on_air(space)
    return host


@transaction.atomic
def describe(*, space: Space, title: str, description: str, topics, language: str, by) -> None:
    """What it is about; `by` is an account."""
    space = lock(space.pk)
    rules.may_describe(space, role=leading_role(space, by))
    words, topics = _cleaned(title=title, description=description, topics=topics, language=language)
    same = all(getattr(space, name) == value for name, value in words.items())
    if same and topics == [topic.name for topic in space.topics.all()]:
        return
    for name, value in words.items():
        setattr(space, name, value)
    space.calendar_sequence += space.is_scheduled
    space.save(update_fields=[*words, "calendar_sequence"])
    _set_topics(space, topics)
    publish(SpaceChanged(space=space.pk, version=bump(space), accounts=claims.shown_to(space)))


@transaction.atomic
def change_settings(*, space: Space, by, **changes) -> None:
    """`changes` of SETTINGS. Who may speak counts for hands raised from now on; guests are seen off at once."""
    space = lock(space.pk)
    rules.may_change_settings(space, role=leading_role(space, by))
    changed = {name: value for name, value in changes.items() if name in SETTINGS and getattr(space, name) != value}
    if not changed:
        return
    if changed.get("is_private") is False:
        rules.may_list(recorded=RecordingPeriod.objects.filter(space=space).exists())
    for name, value in changed.items():
        setattr(space, name, value)
    space.save(update_fields=list(changed))
    event, asked, shown = SpaceChanged, (), ()
    if "is_private" in changed:
        event = SpaceHidden if space.is_private else SpaceListed
        # The question about recording says who will hear the answer.
        asked, shown = consents.asked(space), claims.shown_to(space)
    publish(event(space=space.pk, version=bump(space), people=asked, accounts=shown))
    if space.is_live and not space.guests_allowed:
        attendance.see_guests_off(space=space)


@transaction.atomic
def end(*, space: Space, by: Participant) -> None:
    """Ends it for everybody."""
    space = lock(space.pk)
    if space.is_over:
        return
    rules.may_end(space, fresh(by))
    end_space(space, cause=Space.EndCause.HOST)


@transaction.atomic
def end_for_violation(*, space: Space, reason: str, by) -> None:
    """`by` is staff; whoever decides so keeps the reason."""
    space = lock(space.pk)
    if space.is_over:
        return
    rules.may_end_for_violation(space, is_staff=by.is_staff, reason=reason)
    end_space(space, cause=Space.EndCause.STAFF)


def _cleaned(*, title: str, description: str = "", topics=(), language: str = "en", **_) -> tuple[dict, list[str]]:
    words = {
        "title": wording.cleaned_title(title, longest=settings.TITLE_MAX),
        "description": wording.cleaned_description(description, longest=settings.DESCRIPTION_MAX),
        "language": wording.cleaned_language(language),
    }
    return words, wording.cleaned_topics(topics, most=settings.TOPICS_MAX, longest=settings.TOPIC_MAX)


def _set_topics(space: Space, names: list[str]) -> None:
    """With what it is found by."""
    space.search_text = "\n".join([space.title, space.description, *names])
    space.save(update_fields=["search_text"])
    space.topics.all().delete()
    Topic.objects.bulk_create(Topic(space=space, position=n, name=name) for n, name in enumerate(names, 1))
