"""Whether somebody has an account cannot be told from what this site answers, nor from how hard it works for it."""

import re

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from tests.accounts.conftest import SECRET

pytestmark = pytest.mark.django_db

WRONG = "not the password"
VARIES = {"Content-Length", "Expires"}


class Counting(MD5PasswordHasher):
    """What takes the time of a sign-in, counted instead of timed."""

    count = 0

    def encode(self, *args, **kwargs) -> str:
        Counting.count += 1
        return super().encode(*args, **kwargs)


@pytest.fixture(autouse=True)
def counted(settings, ana) -> None:
    settings.PASSWORD_HASHERS = ["tests.accounts.test_unknown_people.Counting"]
    ana.set_password(SECRET)
    ana.save()


def answer(path: str, **fields: str) -> tuple[str, int]:
    """Every byte a stranger's browser is answered with, headers and redirects too, apart from what is random, the time
    and what was typed; and the passwords hashed for it."""
    client, before = Client(), Counting.count
    response = client.post(path, fields, follow=True)
    seen = [f"{response.status_code} {response.redirect_chain}"]
    seen += sorted(f"{name}: {value}" for name, value in response.headers.items() if name not in VARIES)
    seen += sorted(client.cookies)
    text = "\n".join([*seen, response.content.decode()])
    for typed in sorted(fields.values(), key=len, reverse=True):
        text = text.replace(typed, "TYPED")
    text = re.sub(r'(csrf[-\w]*" (?:value|content)=")\w+', r"\1", text)
    return re.sub(r'(name="now" content=")[\d.]+', r"\1", text), Counting.count - before


@pytest.mark.parametrize(("known", "unknown"), [("ana_lima", "ana_limb"), ("ana@example.org", "anb@example.org")])
def test_a_wrong_password_is_answered_as_an_unknown_name(known, unknown):
    first = answer("/account/login/", login=known, password=WRONG)
    assert first == answer("/account/login/", login=unknown, password=WRONG)
    assert first[1] > 0


@pytest.mark.parametrize(("known", "unknown"), [("ana_lima", "ana_limb"), ("ana@example.org", "anb@example.org")])
def test_the_sixth_guess_is_answered_alike_too(known, unknown):
    for _ in range(5):
        for name in (known, unknown):
            Client(REMOTE_ADDR="192.0.2.1").post("/account/login/", {"login": name, "password": WRONG})
    first = answer("/account/login/", login=known, password=WRONG)
    assert "too many attempts" in first[0]
    assert first == answer("/account/login/", login=unknown, password=WRONG)


def test_a_closed_account_is_answered_as_an_unknown_name(ana):
    ana.is_active = False
    ana.save()
    first = answer("/account/login/", login="ana_lima", password=WRONG)
    assert first == answer("/account/login/", login="ana_limb", password=WRONG)


def test_whoever_forgot_a_password_is_answered_alike(mailbox):
    first = answer("/account/password/reset/", email="ana@example.org")
    assert first == answer("/account/password/reset/", email="anb@example.org")
    assert len(mailbox.mails("ana@example.org")) == len(mailbox.mails("anb@example.org")) == 1


def test_a_wrong_code_for_a_new_password_is_answered_alike(mailbox):
    answers = []
    for email in ("ana@example.org", "anb@example.org"):
        client = Client()
        client.post("/account/password/reset/", {"email": email})
        page = client.post("/account/password/reset/confirm/", {"code": "ZZZZ-ZZZZ"}).content.decode()
        page = re.sub(r'(csrf[-\w]*" (?:value|content)=")\w+', r"\1", page.replace(email, "TYPED"))
        answers.append(re.sub(r'(name="now" content=")[\d.]+', r"\1", page))
    assert answers[0] == answers[1]


def test_opening_an_account_with_a_known_address_is_answered_as_with_a_new_one(mailbox):
    typed = {"display_name": "Bo Berg", "password1": SECRET}
    first = answer("/account/signup/", username="bo_berg_1", email="ana@example.org", **typed)
    assert first == answer("/account/signup/", username="bo_berg_2", email="anb@example.org", **typed)
    assert first[1] == 1
    assert len(mailbox.mails("ana@example.org")) == len(mailbox.mails("anb@example.org")) == 1


def test_nor_can_it_be_told_by_the_handle_that_was_asked_for(mailbox):
    typed = {"display_name": "Bo Berg", "password1": SECRET}
    answers = []
    for handle, email in (("bo_berg_1", "ana@example.org"), ("bo_berg_2", "anb@example.org")):
        answer("/account/signup/", username=handle, email=email, **typed)
        page = Client().get(f"/@{handle}/")
        again = answer("/account/signup/", username=handle, email="bo@example.net", **typed)
        answers.append((page.status_code, again))
    assert answers[0] == answers[1]


# --- One address is one address ---


def guess(client: Client, number: int):
    return client.post("/account/login/", {"login": f"nobody{number}", "password": WRONG})


def is_throttled(response) -> bool:
    return "too many attempts" in str(response.context["form"].non_field_errors())


@pytest.mark.parametrize(
    "addresses",
    [
        [f"2001:db8:1:2::{n:x}" for n in range(1, 12)],
        [f"2001:db8:1:2:{n:x}::1" for n in range(1, 12)],
        ["192.0.2.9", "::ffff:192.0.2.9"] * 6,
    ],
    ids=["hosts of a network", "parts of a /64", "IPv4 in IPv6"],
)
def test_guesses_from_one_network_count_together(addresses):
    answers = [guess(Client(REMOTE_ADDR=address), number) for number, address in enumerate(addresses)]
    assert [is_throttled(each) for each in answers[:10]] == [False] * 10
    assert all(is_throttled(each) for each in answers[10:])


@pytest.mark.parametrize(
    "addresses",
    [[f"2001:db8:1:{n:x}::1" for n in range(1, 13)], [f"::ffff:192.0.2.{n}" for n in range(1, 13)]],
    ids=["networks", "IPv4 in IPv6"],
)
def test_other_networks_do_not_pay_for_it(addresses):
    assert not any(is_throttled(guess(Client(REMOTE_ADDR=each), n)) for n, each in enumerate(addresses))
