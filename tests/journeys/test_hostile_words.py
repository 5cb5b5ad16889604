"""Forty hostile strings in every text field, and the pages that show them: they are words there, and nothing else."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import pytest
from django import forms
from django.urls import get_resolver
from playwright.sync_api import expect

from accounts.validators import clean_line
from tests.journeys.people import Person, send
from tests.support.hostile import HOSTILE

# Runs in each page before its own scripts; recorder.js keeps what the policy refused.
OWNED = "window.owned = () => probe.errors.push('a stranger’s words ran')"
AUTHORS = 5
TOPIC = 30
# Fields of forms people type words into, tried below; others of its kind must be added.
TRIED = {"display_name", "bio", "link", "handle", "title", "description", "topics", "reason"}
# Of staff and of programs.
NOT_SHOWN = {"accounts.admin", "accounts.views.push"}


def test_every_text_field_is_tried():
    assert get_resolver().url_patterns, "all forms are loaded with the views"
    assert {name for form in _forms(forms.BaseForm) for name in _text_fields(form)} == TRIED


def _forms(base: type):
    for form in base.__subclasses__():
        yield from _forms(form)
        if form.__module__.startswith(("accounts.", "rooms.")) and form.__module__ not in NOT_SHOWN:
            yield form


def _text_fields(form) -> list[str]:
    """Of allauth's forms in our words only ours: theirs are addresses, codes and passwords."""
    if form.__module__.startswith("accounts.forms.") and not form.__module__.endswith(".profile"):
        return []
    typed = {forms.TextInput, forms.Textarea}
    return [name for name, field in form.base_fields.items() if type(field.widget) in typed]


@dataclass
class Author:
    """Somebody who fills every field they find with one string after the other."""

    person: Person
    reader: Person
    space: str = ""
    words: str = ""

    def write(self, words: str) -> None:
        self.words = words
        self._send("/me/", display_name=words, bio=words, link="")
        about = {"title": words, "description": f"{words}\n{words}", "topics": words[:TOPIC].replace(",", "")}
        if self.space:
            self._send(f"{self.space}edit/", **about)
        else:
            self.space = urlsplit(self._send("/spaces/", **about)).path
            self._send(f"{self.space}invitations/", handle=self.reader.handle, kind="speak")
        self._send(f"/@{self.reader.handle}/message/", text=f"{words}\n{words}")

    def _send(self, to: str, method: str = "POST", **fields: str) -> str:
        answer = send(self.person, "/me/", to, fields, method)
        assert answer.ok, f"{to} with {self.words}: {answer.status}"
        return answer.url

    def follow(self) -> None:
        self._send(f"/@{self.reader.handle}/follow/", "PUT")


@pytest.fixture
def reader(member) -> Person:
    rita = member("Rita")
    rita.context.add_init_script(OWNED)
    return rita


@pytest.mark.long
def test_hostile_words_are_only_words(member, reader):
    inside, authors = member("Ingrid"), [Author(member(f"Author {n}"), reader) for n in range(AUTHORS)]
    inside.context.add_init_script(OWNED)
    for author in authors:
        send(reader, "/me/", f"/@{author.person.handle}/follow/", {}, "PUT")
        author.follow()
    for start in range(0, len(HOSTILE), AUTHORS):
        for author, words in zip(authors, HOSTILE[start:], strict=False):
            author.write(words)
        if not start:
            inside.listen(authors[0].space)
        for author in authors:
            read(reader, author.space, author.words)
            read(reader, f"/@{author.person.handle}/", author.words)
        for address in ("/", "/notifications/", "/messages/", f"/@{reader.handle}/followers/"):
            read(reader, address)
    for author in authors:
        read(reader, f"/@{author.person.handle}/message/", author.words)
    assert inside.page.evaluate("() => probe.errors") == []


@pytest.mark.long
def test_hostile_words_that_are_sought_or_refused_are_only_words(reader):
    page = reader.page
    for words in HOSTILE:
        read(reader, f"/search/?q={quote(words)}")
        assert page.locator("#q").input_value() == words
    for name in ("handle", "link"):
        for words in HOSTILE:
            refused(reader, "/me/", name, words)


@pytest.mark.long
def test_hostile_words_in_place_of_a_guest_are_only_words(member):
    # Nobody may invite more than thirty in a minute.
    half = len(HOSTILE) // 2
    for name, share in (("Hanna", HOSTILE[:half]), ("Hugo", HOSTILE[half:])):
        host = member(name)
        host.context.add_init_script(OWNED)
        space = urlsplit(send(host, "/me/", "/spaces/", {"title": "Open to all"}).url).path
        for words in share:
            refused(host, f"{space}invitations/", "handle", words)


def refused(reader: Person, address: str, name: str, words: str) -> None:
    """Typed where it will not do, sent, and shown again with what is wrong. One of them is a link all the same."""
    page = reader.page
    page.goto(address)
    page.locator(f"[name={name}]").fill(words)
    page.locator(f"[name={name}]").press("Enter")
    expect(page.locator(f"[name={name}][aria-invalid=true], a[rel~=ugc]").first).to_be_visible()
    assert page.evaluate("() => probe.errors") == [], f"{name}: {words}"


def read(reader: Person, address: str, heading: str = "") -> None:
    """Looks at a page, which shows the words as they were written, and did nothing else with them."""
    page = reader.page
    page.goto(address)
    if heading:
        expect(page.locator("h1")).to_have_text(clean_line(heading))
    assert page.evaluate("() => probe.errors") == [], f"{heading} at {address}"
    assert urlsplit(page.url).path == urlsplit(address).path or heading
