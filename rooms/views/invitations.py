"""What one is asked and told oneself, answered wherever it stands. Only one's own: 404 otherwise."""

from django.http import Http404, HttpRequest, HttpResponse

from rooms import fragments, identity, selectors
from rooms.services import invitations, reminders
from rooms.views.scope import SpaceView, controls, see_other


class Mine(SpaceView):
    def mine(self, find):
        found = find(self.request.user, self.kwargs["pk"]) if self.request.user.is_authenticated else None
        if found is None:
            raise Http404
        return found

    def as_it_is(self, stay=None) -> HttpResponse:
        """What waits for this person now, and inside their own controls: right even while the socket is down."""
        html = controls(stay) if stay is not None and stay.is_present else ""
        return HttpResponse(html + fragments.for_account(self.request.user), headers={"HX-Push-Url": "false"})


class Invitation(Mine):
    def post(self, request: HttpRequest, pk) -> HttpResponse:
        """Yes. Coming in by it answers with the Space's page as it then is, dock and all."""
        invitation = self.mine(selectors.invitation_to)
        before = selectors.participation(self.person, invitation.space.slug)
        person, cookie = identity.on_this_device(self.person)
        stay = invitations.accept(invitation=invitation, by=request.user, device=person.device)
        if stay is None or (before is not None and before.is_present):
            return self.as_it_is(stay)
        response = see_other(stay.space)
        identity.remember_device(response, cookie)
        return response

    def delete(self, request: HttpRequest, pk) -> HttpResponse:
        invitation = self.mine(selectors.invitation_to)
        invitations.decline(invitation=invitation, by=request.user)
        return self.as_it_is(selectors.participation(self.person, invitation.space.slug))


class Notice(Mine):
    def delete(self, request: HttpRequest, pk) -> HttpResponse:
        reminders.dismiss(notice=self.mine(selectors.notice_to), by=request.user)
        return self.as_it_is()
