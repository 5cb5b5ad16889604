"""Somebody leaves for good: at once they are met by nobody, for a week they can come back, and then nothing is left."""

import hashlib
import json
import sqlite3
import subprocess
import sys
import zipfile

import pytest
from playwright.sync_api import expect

from tests.journeys.for_all import checked_in_every_look
from tests.journeys.people import PASSWORD, Person, heard_within, open_space, plan, silent_within, take_seat, unmute
from tests.setup.installation import HOME, Installation, environment, wait_for
from tests.support.mailbox import Mailbox

pytestmark = pytest.mark.slow


@pytest.fixture
def database(installation):
    """What an administrator could do: the clock of one account is put forward."""

    def write(sql: str, *values) -> None:
        with sqlite3.connect(installation.var / "openfloor.sqlite3", timeout=20) as connection:
            connection.execute(sql, values)
        connection.close()

    return write


def ask_worker(task: str, installation: Installation) -> None:
    """Now, and not when its hour has come."""
    command = [sys.executable, "-m", "celery", "-A", "config.celery", "call", task]
    subprocess.run(command, env=environment(installation.var), cwd=HOME, check=True, capture_output=True, timeout=60)


def mailed(someone: Person, subject: str, installation: Installation) -> bool:
    return subject in {mail["Subject"] for mail in Mailbox(installation.var / "mail").mails(to=someone.email)}


def prove_it(someone: Person) -> None:
    """Who one is, once more, where it is asked."""
    expect(someone.page.get_by_role("heading", name="Is it you?")).to_be_visible()
    someone.page.get_by_label("Password").fill(PASSWORD)
    someone.page.get_by_role("button", name="Go on").click()


def ask_to_be_deleted(someone: Person) -> None:
    page = someone.page
    page.goto("/me/data/")
    page.get_by_role("button", name="Delete my account").click()
    if page.get_by_role("heading", name="Is it you?").count():
        prove_it(someone)
    expect(page.get_by_role("heading", name="Your account will be deleted on")).to_be_visible()


def sign_in(someone: Person) -> None:
    page = someone.page
    page.goto("/account/login/")
    page.get_by_label("Handle or e-mail").fill(someone.handle)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(someone: Person) -> None:
    someone.page.get_by_role("button", name="Sign out").click()
    expect(someone.page.get_by_role("link", name="Sign in").first).to_be_visible()


def test_whoever_leaves_is_out_at_once_comes_back_and_leaves_for_good(member, person, installation, database):
    nora, host = member("Nora", "host"), member("Hanna", "host")
    planned = plan(nora, "Tomatoes", days=2)
    link = open_space(host, "Gardens on the roof")

    # On the stage in one browser, signed in at another.
    nora.listen(link)
    take_seat(nora, host)
    unmute(nora)
    assert heard_within(host, 15)
    second = person("Nora")
    second.handle = nora.handle
    sign_in(second)
    second.page.goto("/me/data/")
    checked_in_every_look(second)
    ask_to_be_deleted(second)
    assert silent_within(host, 5)
    wait_for(lambda: mailed(nora, "Your account will be deleted", installation), 30)
    expect(host.page.locator("#stage .tile", has_text="Nora")).to_have_count(0)
    nora.page.goto("/me/")
    expect(nora.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert host.page.request.get(f"/@{nora.handle}/").status == 404

    # One page is all there is, until they keep it.
    checked_in_every_look(second)
    second.page.goto("/spaces/new/")
    expect(second.page.get_by_role("heading", name="Your account will be deleted on")).to_be_visible()
    sign_out(second)
    sign_in(second)
    second.page.get_by_role("button", name="Keep my account").click()
    expect(second.page.get_by_text("Your account is yours again")).to_be_visible()
    assert host.page.request.get(f"/@{nora.handle}/").status == 200
    second.page.goto(planned)
    expect(second.page.get_by_text("has cancelled this Space")).to_be_visible()

    # Again, and a week later.
    ask_to_be_deleted(second)
    database("UPDATE accounts_user SET closing_at = datetime('now', '-1 second') WHERE handle = ?", nora.handle)
    ask_worker("accounts.tasks.erase_accounts", installation)
    wait_for(lambda: mailed(nora, "Your account is deleted", installation), 30)
    assert host.page.request.get(f"/@{nora.handle}/").status == 404
    second.page.goto("/")
    expect(second.page.get_by_role("link", name="Sign in").first).to_be_visible()


def test_a_copy_is_asked_for_made_and_downloaded(member, tmp_path):
    nora = member("Nora")
    page = nora.page
    page.goto("/me/data/")
    page.get_by_role("button", name="Ask for a copy").click()
    prove_it(nora)
    # By itself, without loading the page anew.
    page.get_by_role("button", name="Make a download link").click()
    checked_in_every_look(nora)
    with page.expect_download() as started:
        page.get_by_role("link", name="Download it").click()
    file = tmp_path / "copy.zip"
    started.value.save_as(file)
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        for each in manifest["files"]:
            assert hashlib.sha256(archive.read(each["path"])).hexdigest() == each["sha256"]
        account = json.loads(archive.read("accounts/account.jsonl"))
    assert (account["handle"], account["email"]) == (nora.handle, nora.email)
