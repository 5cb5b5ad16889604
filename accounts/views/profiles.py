"""Profile pages and editing one's own. Signing up, in and out are django-allauth's views with this site's templates."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import selectors
from accounts.forms.profile import ProfileForm
from accounts.services import people
from accounts.views.following import follow_context
from accounts.views.scope import MyView, PersonPage


class Profile(PersonPage):
    def get(self, request: HttpRequest, handle: str) -> HttpResponse:
        person, me = self.person, request.user
        context = follow_context(person, me)
        context["follows_me"] = me.is_authenticated and selectors.follows(person, me)
        return render(request, "accounts/profile.html", context)


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
