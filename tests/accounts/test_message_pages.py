"""The pages of messages: whose they are, what they answer, what they show of what people type."""

from urllib.parse import quote
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Conversation, Message, Side, User
from accounts.services import blocks, graph, messages
from accounts.templatetags.words import linked
from tests.support import cast
from tests.support.html import by_id

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ana(db) -> User:
    return cast.user("ana")


@pytest.fixture
def ben(ana) -> User:
    """He and Ana follow each other."""
    ben = cast.user("ben")
    graph.follow(person=ana, by=ben)
    graph.follow(person=ben, by=ana)
    return ben


def signed_in(user: User, **headers) -> Client:
    client = Client(headers=headers)
    client.force_login(user)
    return client


def write(by: User, to: User, text: str = "Hello") -> Message:
    return messages.send(to=to, text=text, by=by)


def address(message: Message, name: str = "conversation") -> str:
    own = [message.pk] if name in ("message", "report_message") else []
    return reverse(name, args=[message.conversation_id, *own])


# --- Only one's own ---


def test_visitors_are_led_to_where_one_signs_in_and_their_commands_refused(ana, ben):
    message = write(ana, ben)
    for where in (reverse("inbox"), reverse("message_requests"), address(message), reverse("write_to", args=["ana"])):
        answer = Client().get(where)
        assert (answer.status_code, answer["Location"]) == (302, f"/account/login/?next={quote(where)}")
    assert Client().post(address(message), {"text": "Hello"}).status_code == 403
    assert Client().delete(address(message)).status_code == 403


@pytest.mark.parametrize(
    ("verb", "name"),
    [
        ("get", "conversation"),
        ("post", "conversation"),
        ("delete", "conversation"),
        ("put", "reading"),
        ("post", "acceptance"),
        ("delete", "message"),
    ],
)
def test_a_conversation_of_others_does_not_exist(ana, ben, verb, name):
    message = write(ana, ben)
    stranger = signed_in(cast.user("stranger"))
    assert getattr(stranger, verb)(address(message, name)).status_code == 404
    nowhere = Message(pk=message.pk, conversation_id=uuid4())
    assert getattr(signed_in(ana), verb)(address(nowhere, name)).status_code == 404
    assert Side.objects.get(user=ben).unread == 1 and Message.objects.count() == 1


def test_a_message_is_deleted_in_its_own_conversation_alone(ana, ben):
    mine, other = write(ana, ben), write(ana, cast.user("cem"))
    assert signed_in(ana).delete(reverse("message", args=[other.conversation_id, mine.pk])).status_code == 404
    for made_up in (0, 2**63, 10**30):
        assert signed_in(ana).delete(reverse("message", args=[mine.conversation_id, made_up])).status_code == 404


@pytest.mark.parametrize(("verb", "name"), [("post", "message"), ("patch", "message"), ("get", "reading")])
def test_there_are_no_other_commands(ana, ben, verb, name):
    assert getattr(signed_in(ana), verb)(address(write(ana, ben), name)).status_code == 405


def test_commands_need_a_csrf_token(ana, ben):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    assert client.post(address(write(ana, ben)), {"text": "Hello"}).status_code == 403


@pytest.mark.parametrize("handle", ["nobody", "closed"])
def test_there_is_no_page_to_write_to_whom_nobody_can_meet(ana, handle):
    cast.user("closed", is_active=False)
    assert signed_in(ana).get(reverse("write_to", args=[handle])).status_code == 404


def test_a_refused_message_stays_in_the_field_and_a_sentence_says_why(ana, ben):
    message = write(ana, ben)
    blocks.block(person=ana, by=ben)
    answer = signed_in(ana, **HTMX).post(address(message), {"text": "Hello"})
    assert (answer.status_code, answer["HX-Push-Url"]) == (403, "false")
    shown = by_id(answer.content.decode())
    assert set(shown) == {"notice"} and "blocked" in shown["notice"]


# --- What one does there ---


def test_the_first_message_makes_the_conversation_and_looking_does_not(ana, ben):
    client, where = signed_in(ana), reverse("write_to", args=["ben"])
    page = client.get(where).content.decode()
    assert "Your first message to Ben" in page and not Conversation.objects.exists()
    answer = client.post(where, {"text": "Hello"})
    begun = reverse("conversation", args=[Conversation.objects.get().pk])
    assert answer["Location"] == client.get(where)["Location"] == begun
    assert "Hello" in client.get(begun).content.decode()


def test_one_is_told_beforehand_that_it_will_be_a_request(ana):
    cast.user("stranger")
    page = signed_in(ana).get(reverse("write_to", args=["stranger"])).content.decode()
    assert "it comes to their requests first" in page


def test_nobody_is_shown_a_page_to_write_to_themselves(ana):
    assert signed_in(ana).get(reverse("write_to", args=["ana"])).status_code == 403


def test_sending_answers_with_the_conversation_as_it_is(ana, ben):
    first = write(ben, ana, "Are you there?")
    answer = signed_in(ana, **HTMX).post(address(first), {"text": "I am", "from": str(first.pk)})
    shown = by_id(answer.content.decode())
    assert set(shown) == {"conversations", "thread", "composer"}
    assert "Are you there?" in shown["thread"] and "I am" in shown["thread"]
    assert "You: I am" in shown["conversations"]


@pytest.mark.parametrize("start", ["", "x", "-1", "9" * 40, "٣"])
def test_a_made_up_beginning_shows_the_newest_page(ana, ben, start):
    first = write(ben, ana, "Are you there?")
    answer = signed_in(ana, **HTMX).post(address(first), {"text": "I am", "from": start})
    assert "I am" in answer.content.decode() or start == "9" * 40


def test_earlier_messages_come_by_pages(ana, ben, settings):
    settings.MESSAGES_PER_MINUTE = 1000
    written = [write(ben, ana, f"Number {number};") for number in range(70)]
    client = signed_in(ana)
    page = client.get(address(written[0])).content.decode()
    assert "Number 20;" in page and "Number 19;" not in page and "Earlier messages" in page
    earlier = client.get(f"{address(written[0])}?before={written[20].pk}").content.decode()
    assert "Number 19;" in earlier and "Number 20;" not in earlier and "Earlier messages" not in earlier


def test_reading_takes_the_mark_away(ana, ben):
    message = write(ben, ana)
    client = signed_in(ana)
    assert ">1</span>" in by_id_in(client.get("/").content.decode(), "inbox-mark")
    put = {"data": f"up_to={message.pk}", "content_type": "application/x-www-form-urlencoded"}
    assert client.put(address(message, "reading"), **put).status_code == 204
    assert ">1</span>" not in by_id_in(client.get("/").content.decode(), "inbox-mark")


def by_id_in(page: str, key: str) -> str:
    return page[page.index(f'id="{key}"') :].partition("</div>")[0]


def test_accepting_a_request_puts_it_into_the_inbox(ana):
    message = write(cast.user("stranger"), ana, "May I?")
    client = signed_in(ana)
    assert "May I?" in client.get(reverse("message_requests")).content.decode()
    assert "May I?" not in client.get(reverse("inbox")).content.decode()
    assert "would like to write with you" in client.get(address(message)).content.decode()
    client.post(address(message, "acceptance"))
    assert "May I?" in client.get(reverse("inbox")).content.decode()
    assert "would like to write" not in client.get(address(message)).content.decode()


def test_deleting_a_conversation_leads_to_the_list_without_it(ana, ben):
    message = write(ben, ana, "Gone soon")
    answer = signed_in(ana).delete(address(message))
    assert (answer.status_code, answer["Location"]) == (303, reverse("inbox"))
    assert "Gone soon" not in signed_in(ana).get(reverse("inbox")).content.decode()
    assert "Gone soon" in signed_in(ben).get(reverse("inbox")).content.decode()


def test_a_conversation_with_a_closed_account_is_read_and_has_no_field(ana, ben):
    message = write(ben, ana, "Farewell")
    User.objects.filter(pk=ben.pk).update(is_active=False)
    page = signed_in(ana).get(address(message)).content.decode()
    assert "Farewell" in page and "Nobody can write to it any more." in page and "<textarea" not in page


def test_every_page_costs_the_same_however_much_there_is(ana, ben, settings, django_assert_max_num_queries):
    settings.MESSAGES_PER_MINUTE = 1000
    for number in range(30):
        message = write(ben, ana, f"Number {number}")
        write(cast.user(f"writer{number}"), ana, f"Hello from {number}")
    client = signed_in(ana)
    for where in (reverse("inbox"), reverse("message_requests"), address(message)):
        with django_assert_max_num_queries(25):
            client.get(where)


# --- What people type ---

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    '"><svg onload=alert(1)>',
    "{{ settings.SECRET_KEY }}",
    "http://x.example/\"onmouseover='alert(1)'",
    "https://x.example/<script>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_is_text_in_the_thread_and_in_the_list(ana, ben, text):
    message = write(ben, ana, text)
    client = signed_in(ana)
    for page in (client.get(address(message)), client.get(reverse("inbox"))):
        html = page.content.decode()
        assert "<script>alert" not in html and "<img src=x" not in html and "<svg onload" not in html
        assert " onmouseover='" not in html and '"onmouseover' not in html


def test_line_breaks_stay_and_what_cannot_be_seen_goes(ana, ben):
    sent = write(ana, ben, "One\r\n\r\n\r\n\r\ntwo\u202egpj.exe\tthree\u200b \n")
    assert sent.text == "One\n\ntwo gpj.exe three"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Look at https://example.org/a?b=1&c=2.", ["https://example.org/a?b=1&c=2"]),
        ("(see http://example.org/x_(y))", ["http://example.org/x_(y)"]),
        ("HTTPS://Example.org and https://b.example!", ["HTTPS://Example.org", "https://b.example"]),
        ("javascript:alert(1) data:text/html,x file:///etc/passwd //x.example", []),
        ("https://bank.example@evil.example/", []),
        ("https://bank.example\\@evil.example/", []),
        ("http:// https://? http://[::1 https://a.example:99999/", []),
        ("https://\u0430pple.com/x", ["https://xn--pple-43d.com/x"]),
        ("https://bücher.example:8443/ä", ["https://xn--bcher-kva.example:8443/ä"]),
    ],
)
def test_addresses_of_the_web_are_links_and_nothing_else_is(text, links):
    assert [piece.href for piece in linked(text) if piece.href] == links
    for piece in linked(text):
        assert not piece.href or piece.text == piece.href


def test_links_open_elsewhere_and_recommend_nothing(ana, ben):
    page = signed_in(ana).get(address(write(ben, ana, "https://example.org/?a=1&b=2"))).content.decode()
    link = '<a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener ugc" target="_blank">'
    assert link + "https://example.org/?a=1&amp;b=2</a></p>" in page
