"""Profile pages and editing one's own. Signing up, in and out are django-allauth's views with this site's templates."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import pictures, selectors
from accounts.forms.profile import HandleForm, ProfileForm
from accounts.rules import Refused
from accounts.services import people
from accounts.views.following import follow_context
from accounts.views.scope import MyView, PersonPage


class Profile(PersonPage):
    def get(self, request: HttpRequest, handle: str) -> HttpResponse:
        person, me = self.person, request.user
        terms = selectors.terms(me, person)
        if terms.apart:
            return render(request, "accounts/profile_blocked.html", {"person": person, "terms": terms})
        context = follow_context(person, me) | {"terms": terms}
        context["follows_me"] = me.is_authenticated and selectors.follows(person, me)
        return render(request, "accounts/profile.html", context)


class Editing(MyView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ProfileForm(request.POST)
        if not form.is_valid():
            return self.page(form=form)
        people.edit_profile(user=self.me, by=self.me, **form.cleaned_data)
        messages.success(request, "Your profile is saved.")
        return redirect(self.me)

    def page(self, **typed) -> HttpResponse:
        """`typed` are forms with what is wrong in them; reloading then asks for this page, not for where they were
        sent to."""
        me = self.me
        context = {
            "form": ProfileForm(initial={"display_name": me.display_name, "bio": me.bio, "link": me.link}),
            "avatar_max_bytes": settings.AVATAR_MAX_BYTES,
            "avatar_side": pictures.SENT_SIDE,
            "handle_form": HandleForm(initial={"handle": me.handle}),
        }
        response = render(self.request, "accounts/profile_edit.html", context | typed)
        if typed:
            response["HX-Push-Url"] = "false"
        return response


class Handle(Editing):
    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("profile_edit")

    def post(self, request: HttpRequest) -> HttpResponse:
        form = HandleForm(request.POST)
        if not form.is_valid():
            return self.page(handle_form=form)
        try:
            me = people.change_handle(by=self.me, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("handle", refusal.sentence)
            return self.page(handle_form=form)
        messages.success(request, f"You go by @{me.handle} now.")
        return redirect(me)
