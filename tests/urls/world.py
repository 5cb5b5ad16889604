"""One of everything that has an address, all of it of one host; and six people who come to each address."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.http import HttpRequest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts import links as link_tokens
from accounts.models import AccountExport, FollowRequest, Notification, User
from accounts.services import avatars, blocks, digests, graph, messages
from recordings import places
from recordings.models import Replay, SessionExport
from recordings.services import answers
from rooms.feeds import feed_token
from rooms.models import Notice, Space
from rooms.selectors.calendars import FIRST
from rooms.services import invitations, links, reminders
from tests.support import cast, episodes
from tests.support.passkey import give_passkey
from tests.support.planned import plan

# As the columns of table.txt.
ROLES = ("anonymous", "stranger", "blocked", "follower", "host", "staff")
# In a row's name: of the host's private Space, not of the one that is live and listed.
PRIVATE = "@private"
# Addresses below a replay, by the beginning of their names.
OF_A_REPLAY = ("replay", "clip", "session_")
# In a route, by its name.
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass
class World:
    """`people` by role; nobody for the anonymous one. `things` are what addresses name, by the argument's name, where
    two mean the same by "name of the URL:argument"."""

    people: dict[str, User | None]
    live: Space
    private: Space
    recorded: Space
    things: dict[str, Any] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def address(self, row: str) -> str:
        name = row.removesuffix(PRIVATE)
        space = self.private if row.endswith(PRIVATE) else self.live
        if name.startswith(OF_A_REPLAY):
            space = self.recorded
        things = self.things | {"slug": space.slug}
        wanted = ARGUMENT.findall(addresses()[name][0])
        return reverse(name, kwargs={each: things.get(f"{name}:{each}", things.get(each)) for each in wanted})

    def browser(self, role: str) -> Client:
        """Theirs, signed in, as it was before anything was asked with it."""
        client = Client()
        client.cookies.load(self.cookies.get(role, {}))
        return client

    def sign_in(self) -> None:
        for role, person in self.people.items():
            if person is None:
                continue
            client = Client()
            client.force_login(person)
            # What is asked for once more before great changes was answered a moment ago.
            request = HttpRequest()
            request.session = client.session
            record_authentication(request, person, method="password", reauthenticated=True)
            request.session.save()
            self.cookies[role] = client.cookies.output(header="")


@cache
def addresses() -> dict[str, tuple[str, URLPattern]]:
    """Every URL of the project, its route and its pattern, by its name with its namespace, or by its route where it has
    no name. Of two with one name the first is the one that answers."""
    found: dict[str, tuple[str, URLPattern]] = {}
    for namespace, route, pattern in _walk(get_resolver().url_patterns, "", ""):
        found.setdefault(namespace + (pattern.name or route), (route, pattern))
    return found


def staff_paths() -> Iterator[str]:
    """A path for every URL of the staff's admin, of something or of nothing."""
    for namespace, route, _ in _walk(get_resolver().url_patterns, "", ""):
        if namespace == "admin:":
            route = ARGUMENT.sub("1", route.replace("^", "").replace("$", ""))
            yield "/" + re.sub(r"\(\?P<\w+>([\w.]+)[^)]*\)", lambda found: found[1].replace(".", "nowhere"), route)


def _walk(patterns, prefix: str, namespace: str) -> Iterator[tuple[str, str, URLPattern]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route, f"{pattern.namespace}:" if pattern.namespace else namespace)
        else:
            yield namespace, route, pattern


def methods(name: str) -> set[str]:
    """What a class-based view answers; empty for functions, which do not say."""
    view = getattr(addresses()[name][1].callback, "view_class", None)
    return {m.upper() for m in view.http_method_names if hasattr(view, m)} - {"HEAD", "OPTIONS"} if view else set()


def world() -> World:
    room = cast.live_space()
    people: dict[str, User | None] = {role: cast.user(role) for role in ROLES if role not in ("anonymous", "host")}
    people |= {"anonymous": None, "host": room.host.user}
    for person in filter(None, people.values()):
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    User.objects.filter(pk=people["staff"].pk).update(is_staff=True, is_superuser=True)
    graph.follow(person=people["host"], by=people["follower"])
    blocks.block(person=people["blocked"], by=people["host"])
    private = plan(people["host"], "Quiet garden", is_private=True)
    things = {"pid": room.listener.shown_id, "session": "no-such-session"}
    things |= _of_the_account(**people) | _of_spaces(private, people["host"], people["follower"])
    replay = episodes.episode(host=people["host"])
    things |= _of_a_replay(replay, people["follower"])
    things |= _of_the_session(replay.space)
    made = World(people=people, live=room.space, private=private, recorded=replay.space, things=things)
    made.sign_in()
    return made


def _of_the_account(host: User, follower: User, stranger: User, **others) -> dict[str, Any]:
    said = messages.send(to=host, text="Good evening", by=follower)
    asked = FollowRequest.objects.create(asker=stranger, asked=host)
    told = Notification.objects.filter(user=host).latest("pk")
    phone = UserSession.objects.create(user=host, session_key="of-their-phone", ip="127.0.0.1", user_agent="Phone")
    stored = storages["private"].save(f"copies/{uuid4()}.zip", ContentFile(b"zip"))
    copy = AccountExport.objects.create(
        user=host, state="ready", file=stored, size=3, asked_at=told.created_at, ready_at=told.created_at
    )
    AccountExport.objects.filter(pk=copy.pk).update(expires_at=told.created_at + timedelta(days=1))
    passkey = give_passkey(host)
    avatars.put(picture=b"a picture", by=host)
    picture = User.objects.get(pk=host.pk).avatar
    return {
        "handle": host.handle,
        "conversation": said.conversation_id,
        "message:pk": said.pk,
        "report_message:pk": said.pk,
        "follow_request:handle": asked.asker.handle,
        "follower:handle": follower.handle,
        "up_to": told.pk,
        "kind": "live",
        "way": "by_push",
        "session:session": phone.pk,
        "copy_link:pk": copy.pk,
        "export_file:pk": copy.pk,
        "unsubscribe:token": digests.token(host),
        "replay_audio:kind": "m4a",
        "export_file:token": link_tokens.token(copy, timezone.now()),
        "mfa_edit_webauthn:pk": passkey.pk,
        "mfa_remove_webauthn:pk": passkey.pk,
        "name": picture.removeprefix("avatars/").removesuffix(".webp"),
    }


def _of_a_replay(replay: Replay, follower: User) -> dict[str, Any]:
    comment = answers.write(replay=replay, at_ms=1000, text="Well said", by=follower)
    clip = answers.clip(replay=replay, title="The best of it", start_ms=1000, length_ms=10_000, by=follower)
    return {"replay_comment:pk": comment.pk, "clip:pk": clip.pk, "clip_card:pk": clip.pk}


def _of_the_session(space: Space) -> dict[str, Any]:
    now = timezone.now()
    times = {"asked_at": now, "ready_at": now, "expires_at": now + timedelta(days=1)}
    export = SessionExport(copy=space.copy, user=space.host, kind="host", state="ready", size=3, **times)
    export.file = storages["copies"].save(places.export(space.pk, export.pk, "1"), ContentFile(b"zip"))
    export.save()
    token = link_tokens.token(export, now)
    return {"session_link:pk": export.pk, "session_file:pk": export.pk, "session_file:token": token}


def _of_spaces(private: Space, host: User, follower: User) -> dict[str, Any]:
    link, token = links.make(space=private, by=host)
    invitation = invitations.invite(space=private, user=follower, kind="listen", by=host)
    reminders.tell(private, Notice.Kind.SOON, [host.pk])
    return {
        "join:token": token,
        "calendar_feed:token": feed_token(host.pk, FIRST),
        "link:pk": link.pk,
        "invitation:pk": invitation.pk,
        "sent_invitation:pk": invitation.pk,
        "notice:pk": Notice.objects.get(user=host).pk,
    }
