"""Profile pages and following. Signing up, in and out are django-allauth's views with this site's templates."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View
from django.views.decorators.http import require_safe

from accounts import selectors
from accounts.forms.profile import ProfileForm
from accounts.limits import spent
from accounts.models import User
from accounts.rules import Refused, refuse_if
from accounts.services import graph, people
from accounts.views.scope import MyView, somebody


@require_safe
def profile(request, handle: str):
    person = somebody(handle)
    if handle != person.handle:
        return redirect(person, permanent=True)
    return render(request, "accounts/profile.html", _follow_context(person, request.user))


class Following(View):
    """Whether one follows a person: PUT begins, DELETE ends it."""

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
        return render(self.request, "accounts/follow_answer.html", _follow_context(person, me) | answer, status=status)


class Editing(MyView):
    def get(self, request: HttpRequest) -> HttpResponse:
        me = self.me
        return self._form(ProfileForm(initial={"display_name": me.display_name, "bio": me.bio}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ProfileForm(request.POST)
        if not form.is_valid():
            return self._form(form)
        people.edit_profile(user=self.me, by=self.me, **form.cleaned_data)
        messages.success(request, "Your profile is saved.")
        return redirect(self.me)

    def _form(self, form: ProfileForm) -> HttpResponse:
        return render(self.request, "accounts/profile_edit.html", {"form": form})


def _follow_context(person: User, user) -> dict:
    return {
        "person": person,
        "following": user.is_authenticated and selectors.follows(user, person),
        "follower_count": selectors.follower_count(person),
        "following_count": selectors.following_count(person),
    }
