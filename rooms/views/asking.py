"""The page on which those who lead a Space invite people one by one, and see what became of it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import User
from accounts.selectors import followed_people, welcomes
from rooms import doors, fragments, selectors
from rooms.inviting import InvitationForm
from rooms.limits import limit
from rooms.models import Space
from rooms.refusals import Refused
from rooms.roles import Role
from rooms.services import invitations
from rooms.services.locking import leading_role
from rooms.views.scope import SpaceView


class AskingView(SpaceView):
    def asking(self) -> Space:
        """The Space in the address, for whoever may ask people into it."""
        space = self.space()
        doors.may_ask_people_in(space, role=self.role(space))
        return space

    def role(self, space: Space) -> Role | None:
        return leading_role(space, self.request.user)

    def lists(self) -> str:
        """What was sent and made, as it is now."""
        space = self.space()
        return fragments.asking(space, role=self.role(space))

    def page(self, space: Space, form: InvitationForm | None = None, new: dict | None = None, status: int = 200):
        """`new` is a link that was just made, and its address."""
        role = self.role(space)
        context = fragments.asking_context(space, role=role) | {
            "form": form or InvitationForm(space=space, role=role),
            "followed": followed_people(self.request.user),
            "new": new,
        }
        return render(self.request, "rooms/invitations.html", context, status=status)


class Invitations(AskingView):
    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        return self.page(self.asking())

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        space = self.asking()
        limit(f"invite:{request.user.pk}", times=30, seconds=60)
        form = InvitationForm(request.POST, space=space, role=self.role(space))
        if not form.is_valid():
            return self.page(space, form, status=422)
        person, kind = form.cleaned_data["handle"], form.cleaned_data["kind"]
        _spare(person, by=request.user)
        try:
            invitation = invitations.invite(space=space, user=person, kind=kind, by=request.user)
        except Refused as refusal:
            form.add_error("handle", refusal.sentence)
            return self.page(space, form, status=refusal.status)
        done = "is invited" if invitation else "is here already, and is offered a seat"
        messages.success(request, f"{person.display_name} {done}.")
        return redirect("invitations", slug)


class SentInvitation(AskingView):
    def delete(self, request: HttpRequest, slug: str, pk) -> HttpResponse:
        space = self.asking()
        if (invitation := selectors.sent_invitation(space, pk)) is None:
            raise Http404
        invitations.withdraw(invitation=invitation, by=request.user)
        return HttpResponse(self.lists())


def _spare(person: User, *, by: User) -> None:
    """Every invitation rings: nobody is asked again and again, nor are many who do not know who asks."""
    limit(f"invite:{by.pk}:{person.pk}", times=6, seconds=3600)
    if not welcomes(person, by):
        limit(f"invite-strangers:{by.pk}", times=30, seconds=3600)
