"""Following: the button, the two lists of a profile, and taking a follower off one's own."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from accounts import selectors
from accounts.limits import spent
from accounts.models import User
from accounts.rules import Refused, is_hidden, may_look_around, may_meet, refuse_if
from accounts.services import graph
from accounts.views.scope import MyView, PersonPage, see_other, somebody


class Following(View):
    """Whether one follows a person, or has asked to: PUT begins, DELETE ends it."""

    def put(self, request: HttpRequest, handle: str) -> HttpResponse:
        return self._change(graph.follow)

    def delete(self, request: HttpRequest, handle: str) -> HttpResponse:
        return self._change(graph.unfollow)

    def _change(self, change) -> HttpResponse:
        """Answers with the button as it is now, right also after a refusal, which comes with its sentence."""
        person, me = somebody(self.kwargs["handle"]), self.request.user
        answer, status = {"oob": True}, 200
        try:
            refuse_if(not me.is_authenticated, "sign_in_first")
            refuse_if(spent(f"follow:{me.pk}", times=60, seconds=60), "too_often")
            change(person=person, by=me)
        except Refused as refusal:
            answer["sentence"], status = refusal.sentence, refusal.status
        return render(self.request, "accounts/follow_answer.html", follow_context(person, me) | answer, status=status)


class Followers(PersonPage):
    def get(self, request: HttpRequest, handle: str) -> HttpResponse:
        return people_page(request, self.person, selectors.followers)


class Followed(PersonPage):
    def get(self, request: HttpRequest, handle: str) -> HttpResponse:
        return people_page(request, self.person, selectors.following)


class Follower(MyView):
    """One of one's own followers."""

    def delete(self, request: HttpRequest, handle: str) -> HttpResponse:
        graph.remove_follower(person=somebody(handle), by=self.me)
        return see_other(reverse("followers", args=[self.me.handle]))


def people_page(request: HttpRequest, person: User, side) -> HttpResponse:
    """One of the two lists, for those who may look. Eight queries, however many people stand on it."""
    me = request.user if request.user.is_authenticated else None
    terms = selectors.terms(request.user, person)
    may_meet(blocks=terms.blocks, blocked=terms.blocked)
    may_look_around(person, request.user, follows=me is not None and selectors.follows(me, person))
    page = side(person, reader=request.user, after=request.GET.get("after", ""))
    keys = [row.pk for row in page.rows]
    followed, asked = (selectors.followed_among(me, keys), selectors.asked_among(me, keys)) if me else ((), ())
    context = {
        "person": person,
        "of_followers": side is selectors.followers,
        "rows": [(row, row.pk in followed, row.pk in asked) for row in page.rows],
        "after": page.after,
        "follower_count": selectors.follower_count(person),
        "following_count": selectors.following_count(person),
    }
    return render(request, "accounts/people.html", context)


def follow_context(person: User, user) -> dict:
    following = user.is_authenticated and selectors.follows(user, person)
    return {
        "person": person,
        "following": following,
        "hidden": is_hidden(person, user, follows=following),
        "requested": user.is_authenticated and person.is_protected and selectors.has_asked(user, person),
        "follower_count": selectors.follower_count(person),
        "following_count": selectors.following_count(person),
    }
