"""What workers do in rounds: one at a time, and none so long that the clock of the rooms finds no worker."""

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts import letters, tasks
from accounts import push as pushing
from accounts.models import AccountExport, Letter
from accounts.rounds import alone
from accounts.services import copies
from tests.setup.installation import wait_for
from tests.support.copies import make
from tests.support.postbox import postbox
from tests.support.push_sink import rings, switched_on

KEY = "test:round"


def test_there_is_one_round_at_a_time_and_the_next_begins_at_once():
    assert alone(KEY, 60, lambda: 1 + alone(KEY, 60, lambda: 1)) == 1
    assert alone(KEY, 60, lambda: 1) == 1


def test_a_round_that_fails_holds_up_nobody():
    with pytest.raises(ZeroDivisionError):
        alone(KEY, 60, lambda: 1 // 0)
    assert alone(KEY, 60, lambda: 1) == 1


def test_a_round_that_takes_too_long_does_not_end_that_of_whoever_came_next():
    def too_long() -> int:
        wait_for(lambda: cache.add(KEY, "the next", timeout=60), 5)
        return 1

    assert alone(KEY, 1, too_long) == 1
    assert cache.get(KEY) == "the next"


def test_no_round_of_letters_begins_another_when_its_time_is_over(ana, mailbox, monkeypatch):
    for _ in range(3):
        letters.write("closing", ana)
    Letter.objects.update(due_at=timezone.now())
    monkeypatch.setattr(letters, "ROUND_SECONDS", 0)
    assert tasks.send_letters() == 1 and Letter.objects.count() == 2
    monkeypatch.setattr(letters, "ROUND_SECONDS", 60)
    assert tasks.send_letters() == 2 and len(mailbox.mails()) == 3


def test_no_round_of_copies_begins_another_when_its_time_is_over(ana, bo, monkeypatch):
    copies.ask(by=bo)
    monkeypatch.setattr(copies, "ROUND_SECONDS", 0)
    make(ana)
    assert sorted(AccountExport.objects.values_list("state", flat=True)) == ["queued", "ready"]
    assert tasks.make_copies() == 1


def test_a_push_service_that_is_away_is_asked_for_a_handful_and_then_rests(ana, bo, window, sink, monkeypatch):
    for name in ("laptop", "phone", "tablet"):
        switched_on(window, sink, name)
    row = rings(ana, bo)
    monkeypatch.setattr(pushing, "AT_ONCE", 1)
    sink.answers = [(503, {})]
    assert pushing.send_due() == 0
    row.refresh_from_db()
    assert sink.asked == 1 and row.pushed_at is None


@pytest.mark.parametrize(("manner", "kept"), [("refuse", 0), ("put off", 1)])
def test_a_letter_nobody_takes_is_offered_again_only_where_the_server_says_later(ana, settings, manner, kept):
    letters.write("closing", ana)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with postbox() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        server.manner = manner
        assert letters.send_due() == 0 and server.asked == 1
    assert Letter.objects.count() == kept
