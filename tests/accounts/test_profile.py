"""The page of a person, and editing one's own."""

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.services import people

pytestmark = pytest.mark.django_db


def test_an_unknown_handle_is_not_found(client, ana):
    assert client.get("/@nobody/").status_code == 404


@pytest.mark.parametrize("page", ["", "followers/", "following/", "message/"])
def test_an_address_that_no_handle_has_is_not_found(client, ana, page):
    client.force_login(ana)
    for handle in ("a%00b", "an%C3%A4", "a" * 31, "a.b"):
        assert client.get(f"/@{handle}/{page}").status_code == 404


def test_a_closed_account_is_not_found(client, ana):
    ana.is_active = False
    ana.save()
    assert client.get(ana.get_absolute_url()).status_code == 404


def test_a_stranger_is_sent_to_sign_in(client):
    response = client.get(reverse("profile_edit"))
    assert response.url == "/account/login/?next=/me/"


def test_nobody_edits_somebody_else(ana, staff):
    with pytest.raises(PermissionError):
        people.edit_profile(user=ana, display_name="Mine now", bio="", link="", by=staff)


@pytest.mark.parametrize(
    "change",
    [{"display_name": ""}, {"display_name": "Ana\u202eamiL"}, {"bio": "x" * 161}, {"bio": "turned \u202e round"}],
)
def test_a_name_or_words_that_break_the_rules_are_refused(client, ana, change):
    client.force_login(ana)
    response = client.post(reverse("profile_edit"), {"display_name": "Ana", "bio": ""} | change)
    assert response.context["form"].errors.keys() == change.keys()
    assert User.objects.get().display_name == "Ana Lima"


def test_markup_in_a_name_is_only_text(client, ana):
    client.force_login(ana)
    client.post(reverse("profile_edit"), {"display_name": "<script>alert(1)</script>", "bio": "<b>bold</b>"})
    html = client.get(ana.get_absolute_url()).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html and "<b>bold" not in html


def test_anybody_sees_the_name_the_handle_and_the_words(client, ana):
    people.edit_profile(user=ana, display_name="Ana Lima", bio="I read stories aloud.", link="", by=ana)
    html = client.get("/@ana_lima/").content.decode()
    assert "Ana Lima" in html and "@ana_lima" in html and "I read stories aloud." in html
    assert "ana@example.org" not in html


def test_a_handle_in_capitals_leads_to_the_one_address(client, ana):
    assert client.get("/@Ana_Lima/").url == "/@ana_lima/"


def test_one_edits_ones_own_name_and_words(client, ana):
    client.force_login(ana)
    typed = {"display_name": " Ana  L. ", "bio": "Stories,\r\naloud."}
    response = client.post(reverse("profile_edit"), typed, follow=True)
    html = response.content.decode()
    assert "Ana L." in html and "Stories, aloud." in html and "Your profile is saved." in html


def test_the_same_again_writes_nothing(ana, django_assert_num_queries):
    with django_assert_num_queries(3):
        people.edit_profile(user=ana, display_name=ana.display_name, bio=ana.bio, link=ana.link, by=ana)


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Ana Lima", "AL"),
        ("ana", "A"),
        ("Ana de la Cruz", "AC"),
        ("李小龍", "李"),
        ("\u200dana", "A"),
        ("👩‍🚒 Kim", "👩K"),
    ],
)
def test_initials_are_the_first_letters_one_can_see(name, initials):
    assert User(handle="ana", display_name=name).initials == initials


def test_a_hue_is_one_of_twelve_and_stays_under_another_handle(ana):
    assert 0 <= ana.hue < User.HUES
    people.change_handle(handle="ana_of_the_roofs", by=ana)
    assert User.objects.get().hue == ana.hue


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "ftp://example.org/a",
        "data:text/html,x",
        "https://user:secret@example.org/",
        "https://openfloor.example@evil.example/",
        "https://example.org/\u202egpj.exe",
        "https://example.org/a b",
        "https://",
        "https://example.org/" + "x" * 200,
    ],
)
def test_a_link_that_does_not_say_where_it_leads_is_refused(client, ana, link):
    client.force_login(ana)
    response = client.post(reverse("profile_edit"), {"display_name": "Ana", "bio": "", "link": link})
    assert response.context["form"].errors.keys() == {"link"}
    assert User.objects.get().link == ""


def test_a_link_stands_on_the_page_as_where_it_leads(client, ana):
    client.force_login(ana)
    for typed in ("www.example.org/ana/", "https://www.example.org/ana/"):
        client.post(reverse("profile_edit"), {"display_name": "Ana", "bio": "", "link": typed})
        html = client.get("/@ana_lima/").content.decode()
        link = '<a href="https://www.example.org/ana/" rel="nofollow noopener ugc" target="_blank">example.org/ana<'
        assert link in html


def test_letters_that_look_like_others_do_not_hide_where_a_link_leads(client, ana):
    client.force_login(ana)
    client.post(reverse("profile_edit"), {"display_name": "Ana", "bio": "", "link": "https://\u0430pple.com/id"})
    html = client.get("/@ana_lima/").content.decode()
    assert ">xn--pple-43d.com/id<" in html and ">\u0430pple.com" not in html
