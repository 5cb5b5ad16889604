"""The mail of the day: who gets one, how often, what stands in it, and the link that ends it."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import letters, selectors
from accounts.models import Block, Kind, Letter, Notification, User
from accounts.services import digests, messages, notifications
from accounts.services.graph import follow
from tests.support.cast import user

pytestmark = pytest.mark.django_db


@pytest.fixture
def wanted(ana):
    """She wants mail of whoever follows her."""
    notifications.wish(kind=Kind.FOLLOW, way="by_mail", on=True, by=ana)


def later(**length):
    return time_machine.travel(timezone.now() + timedelta(**length), tick=True)


def told(ana, bo):
    notifications.tell(kind=Kind.FOLLOW, users=[ana.pk], actor=bo.pk)


def test_whoever_wants_no_mail_of_a_kind_gets_none(ana, bo):
    told(ana, bo)
    with later(hours=2):
        assert digests.write_due() == 0


def test_whoever_looks_in_soon_gets_none(ana, bo, wanted):
    told(ana, bo)
    assert digests.write_due() == 0
    notifications.see(up_to=Notification.objects.get().pk, by=ana)
    with later(hours=2):
        assert digests.write_due() == 0


def test_a_closed_account_gets_none(ana, bo, wanted):
    told(ana, bo)
    User.objects.filter(pk=ana.pk).update(is_active=False)
    with later(hours=2):
        assert digests.write_due() == 0


def test_nothing_is_said_of_somebody_who_was_blocked_meanwhile(ana, bo, wanted):
    told(ana, bo)
    Block.objects.create(blocker=ana, blocked=bo)
    with later(hours=2):
        assert digests.write_due() == 0 and not Letter.objects.exists()


def test_one_mail_for_all_that_was_not_seen_and_none_again_that_day(ana, bo, wanted, mailbox):
    for person in (bo, user("cy")):
        told(ana, person)
    with later(hours=2):
        assert (digests.write_due(), digests.write_due(), letters.send_due()) == (1, 0, 1)
    [mail] = mailbox.mails(to=ana.email)
    assert mail["Subject"] == "Cy and Bo followed you"
    assert reverse("followers", args=[ana.handle]) in mail.get_content()
    told(ana, user("di"))
    with later(hours=20):
        assert digests.write_due() == 0
    with later(hours=settings.DIGEST_HOURS + 3):
        assert digests.write_due() == 1


def test_a_message_that_was_not_read_is_told_of_without_its_words(ana, bo, mailbox):
    follow(person=bo, by=ana)
    messages.send(to=ana, text="the key lies under the mat", by=bo)
    with later(hours=2):
        assert (digests.write_due(), letters.send_due()) == (1, 1)
    [mail] = mailbox.mails(to=ana.email)
    assert "Bo wrote to you" in mail.get_content() and "mat" not in mail.get_content()


def test_a_message_that_was_read_is_no_news(ana, bo):
    follow(person=bo, by=ana)
    message = messages.send(to=ana, text="hello", by=bo)
    messages.read(conversation=message.conversation, up_to=message.pk, by=ana)
    with later(hours=2):
        assert digests.write_due() == 0


def test_names_cannot_add_headers_to_a_mail(ana, wanted, mailbox):
    nasty = user("nasty")
    User.objects.filter(pk=nasty.pk).update(display_name="Eve\nBcc: all@example.org")
    told(ana, nasty)
    with later(hours=2):
        assert (digests.write_due(), letters.send_due()) == (1, 1)
    [mail] = mailbox.mails(to=ana.email)
    assert mail["Bcc"] is None and mail["Subject"].startswith("Eve Bcc")


# --- The link that ends it ---


def unsubscribe(ana) -> str:
    return reverse("unsubscribe", args=[digests.token(ana)])


@pytest.mark.parametrize("token", ["nonsense", "1:abc:def", "MQ:1sABCD:xxxxxxxxxxxxxxxxxxxxxxxxxxx"])
def test_a_link_that_was_not_made_here_leads_nowhere(db, token):
    for verb in ("get", "post"):
        assert getattr(Client(), verb)(reverse("unsubscribe", args=[token])).status_code == 404


def test_a_look_at_the_link_changes_nothing(ana):
    page = Client().get(unsubscribe(ana))
    assert "Stop these mails" in page.content.decode()
    assert selectors.ways(ana)[Kind.MESSAGE].by_mail


def test_one_press_ends_it_without_signing_in_and_leaves_reminders(ana, bo, wanted):
    told(ana, bo)
    one_click = Client(enforce_csrf_checks=True)
    answer = one_click.post(unsubscribe(ana), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200 and "No more of these mails" in answer.content.decode()
    by_mail = {kind for kind, ways in selectors.ways(ana).items() if ways.by_mail}
    assert by_mail == {Kind.REMINDER}
    with later(hours=2):
        assert digests.write_due() == 0


def test_mail_programs_find_the_link(ana, bo, wanted, mailbox):
    told(ana, bo)
    with later(hours=2):
        digests.write_due()
        letters.send_due()
    [mail] = mailbox.mails(to=ana.email)
    address = mail["List-Unsubscribe"].strip(" <>\n")
    assert Client().post(address.removeprefix(settings.SITE_URL)).status_code == 200
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_marks_in_a_name_are_themselves_in_the_subject(ana, bo, wanted):
    User.objects.filter(pk=bo.pk).update(display_name="Bo “O'Hara” & <Co>")
    told(ana, bo)
    with later(hours=2):
        assert digests.write_due() == 1
    assert Letter.objects.get().subject == "Bo “O'Hara” & <Co> followed you"
