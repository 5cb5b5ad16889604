"""What a Space is about, for its hosts; who may do what and when it starts, for its host."""

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from rooms import rules, selectors
from rooms.forms import LiveForm, PlanForm, WordsForm, as_typed
from rooms.limits import limit
from rooms.models import Space
from rooms.refusals import Refused
from rooms.roles import Role
from rooms.services import editing
from rooms.services.locking import leading_role
from rooms.views.scope import SpaceView


class Editing(LoginRequiredMixin, SpaceView):
    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        space, form = self._form()
        return page(request, space, form)

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        space, form = self._form(request.POST)
        if not form.is_valid():
            return page(request, space, form, status=422)
        try:
            if form.moved:
                limit(f"move:{space.pk}", times=10, seconds=3600)
            editing.edit(space=space, **form.parts, by=request.user)
        except Refused as refusal:
            form.refuse(refusal)
            return page(request, space, form, status=refusal.status)
        messages.success(request, "Saved.")
        return redirect(space)

    def _form(self, data=None) -> tuple[Space, WordsForm]:
        """The form this person may fill in. Raises Refused for whoever may change nothing."""
        space = self.space()
        role = leading_role(space, self.request.user)
        rules.may_describe(space, role=role)
        kind = WordsForm if role != Role.HOST else LiveForm if space.is_live else PlanForm
        return space, kind(data, initial=as_typed(space))


def page(request: HttpRequest, space: Space, form: WordsForm, status: int = 200) -> HttpResponse:
    context = {"space": space, "form": form}
    if space.is_scheduled:
        context["waiting_count"] = selectors.waiting_count(space)
    response = render(request, "rooms/space_edit.html", context, status=status)
    if form.is_bound:
        response["HX-Push-Url"] = "false"
    return response
