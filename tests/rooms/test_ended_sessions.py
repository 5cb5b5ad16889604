"""What ends with a session: its sockets at once, all sound of the account, tokens; and what goes on."""

import json
from contextlib import contextmanager

import pytest
from allauth.usersessions.models import UserSession
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.test import Client
from django.urls import reverse

from accounts.services import people, safety
from rooms import redis, selectors
from rooms.identity import Person, bearer_token, holds, participant_id
from rooms.relay import protocol
from tests.rooms.test_signalling import post, problem
from tests.support import cast
from tests.support.live import AtHome, Visitor
from tests.support.mailbox import Mailbox

act = database_sync_to_async
NEW = "another walk by the sea"
# All of this comes by news: the pulses of these sockets are a minute away, longer than they are waited for.


@pytest.fixture
def mailbox(settings, tmp_path) -> Mailbox:
    settings.EMAIL_BACKEND = "accounts.mail.PrintedAndKeptBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return Mailbox(settings.EMAIL_FILE_PATH)


class Browser:
    """One browser of one account: its cookies, and two windows, one of them in the Space."""

    def __init__(self, participant):
        self.participant, self.slug, self.client = participant, participant.space.slug, Client()
        self.client.force_login(participant.user)
        self.client.get("/me/")
        self.session = self.client.session.session_key

    async def open(self) -> "Browser":
        jar = {"sessionid": self.session}
        self.windows = [await Visitor(self.slug, jar).open(), await AtHome(jar).open()]
        return self

    async def post(self, path: str, **fields):
        return await sync_to_async(self.client.post)(path, fields)

    async def until_closed(self) -> None:
        for window in self.windows:
            await window.until(lambda w=window: w.closed in (1012, 4401))

    async def until_it_hears(self) -> None:
        """News of the Space and of the account still come."""
        for window in self.windows:
            before = window.received
            await act(safety.note_ended)(user=self.participant.user)
            await window.until(lambda w=window, b=before: w.received > b)
            assert window.closed is None

    async def close(self) -> None:
        for window in self.windows:
            await window.close()


async def at(participant) -> Browser:
    return await (await act(Browser)(participant)).open()


async def changes_password(here: Browser, there: Browser, mailbox) -> None:
    answer = await here.post("/account/password/change/", oldpassword=cast.PASSWORD, password1=NEW, password2=NEW)
    assert answer.status_code == 302


async def resets_password(here: Browser, there: Browser, mailbox) -> None:
    client, email = Client(), here.participant.user.email
    ask = sync_to_async(client.post)
    await ask("/account/password/reset/", {"email": email})
    await ask("/account/password/reset/confirm/", {"code": mailbox.code(email)})
    answer = await ask("/account/password/reset/complete/", {"password1": NEW, "password2": NEW})
    assert answer.status_code == 302


async def revokes_it(here: Browser, there: Browser, mailbox) -> None:
    noted = await act(UserSession.objects.get)(session_key=there.session)
    await sync_to_async(here.client.delete)(reverse("session", args=[noted.pk]))


async def revokes_all_others(here: Browser, there: Browser, mailbox) -> None:
    await sync_to_async(here.client.delete)(reverse("sessions"))


ENDS = [changes_password, revokes_it, revokes_all_others]


@pytest.fixture
def room(committed_room):
    for each in ("listener", "speaker"):
        user = getattr(committed_room, each).user
        user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return committed_room


# --- Sockets ---


@pytest.mark.parametrize("ends", ENDS)
async def test_the_sockets_of_the_other_browser_close_and_those_of_this_one_do_not(room, mailbox, ends):
    here, there, somebody = await at(room.listener), await at(room.listener), await at(room.speaker)
    await ends(here, there, mailbox)
    await there.until_closed()
    for browser in (here, somebody):
        await browser.until_it_hears()
        await browser.close()


async def test_a_new_password_by_mail_closes_the_sockets_of_every_browser(room, mailbox):
    here, there = await at(room.listener), await at(room.listener)
    await resets_password(here, there, mailbox)
    for browser in (here, there):
        await browser.until_closed()


async def test_signing_out_closes_the_sockets_of_that_browser_alone(room, mailbox):
    here, there = await at(room.listener), await at(room.listener)
    await there.post("/account/logout/")
    await there.until_closed()
    assert here.windows[1].closed is None
    await here.windows[1].until(lambda: here.windows[1].received > 1)
    await here.close()


async def test_a_second_password_is_followed_too(room, mailbox):
    here, there = await at(room.listener), await at(room.listener)
    await changes_password(here, there, mailbox)
    answer = await here.post("/account/password/change/", oldpassword=NEW, password1="x" + NEW, password2="x" + NEW)
    assert answer.status_code == 302
    await here.until_it_hears()
    await here.close()


async def test_nobody_leaves_the_space_because_their_password_changed(room, mailbox):
    here, there = await at(room.speaker), await at(room.speaker)
    await changes_password(here, there, mailbox)
    await there.until_closed()
    assert (await act(room.now)("speaker")).is_present
    assert (await act(room.now)("speaker")).is_seated
    await here.close()


# --- Sound ---


@contextmanager
def a_relay(space):
    """What the relay of that Space is told, read from its own channel."""
    told, bus = [], redis.client()
    bus.set(protocol.origin_key(str(space.pk)), "me", px=30_000)
    with bus.pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe(protocol.relay_channel("me"))
        channel.get_message(timeout=5)
        yield told
        while message := channel.get_message(timeout=0.5):
            told.append(protocol.decode_request(message["data"])[0])
    bus.delete(protocol.origin_key(str(space.pk)))


def test_all_sound_of_the_account_is_closed_and_nobody_elses(room):
    with a_relay(room.space) as told:
        safety.note_ended(user=room.listener.user)
    hung_up = [request for request in told if isinstance(request, protocol.HangUp)]
    assert hung_up == [protocol.HangUp(str(room.space.pk), str(room.listener.pk))]


def test_without_a_stay_there_is_no_sound_to_close(room):
    stranger = people.open_account(handle="lone", email="l@example.org", password=NEW, display_name="Lone")
    with a_relay(room.space) as told:
        safety.note_ended(user=stranger)
    assert told == []


# --- Tokens ---


def test_a_token_of_before_opens_no_sound_once_a_session_ended(room):
    token = bearer_token(room.listener)
    assert problem(post(room, "whep", token=token)) == (503, "no_relay")
    safety.note_ended(user=room.listener.user)
    assert problem(post(room, "whep", token=token)) == (401, "token")
    assert problem(post(room, "whep", room.now("listener"))) == (503, "no_relay")


def test_a_token_of_before_opens_no_sound_after_another_password(room):
    token = bearer_token(room.speaker)
    room.speaker.user.set_password(NEW)
    room.speaker.user.save()
    assert problem(post(room, "whip", token=token)) == (401, "token")


def test_a_token_of_a_guest_holds_and_names_nobody_else(room):
    token = bearer_token(room.guest)
    assert participant_id(token) == str(room.guest.pk)
    assert holds(token, room.guest) and not holds(token, room.listener)
    assert problem(post(room, "whep", token=token)) == (503, "no_relay")


def test_a_token_is_asked_for_with_a_session_and_dies_with_any(room):
    browser = Client()
    browser.force_login(room.listener.user)
    address = reverse("token", args=[room.space.slug])
    token = json.loads(browser.post(address).content)["token"]
    other = Client()
    other.force_login(room.listener.user)
    other.get("/me/")
    browser.delete(reverse("sessions"))
    assert problem(post(room, "whep", token=token)) == (401, "token")
    assert selectors.participation(Person(user=room.listener.user), room.space.slug).is_present
