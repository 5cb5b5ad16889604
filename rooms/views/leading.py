"""Commands about who leads: co-hosts, and the host when they go."""

from django.http import HttpRequest, HttpResponse

from rooms import fragments, selectors
from rooms.limits import limit
from rooms.rules import may_end
from rooms.services import invitations, leading, succession
from rooms.views.scope import SpaceView, own_controls


class PersonCohost(SpaceView):
    def post(self, request: HttpRequest, slug: str, pid) -> HttpResponse:
        me, somebody = self.me(), self.somebody()
        limit(f"invite:{me.pk}:{somebody.pk}", times=6, seconds=3600)
        leading.ask_to_cohost(participant=somebody, by=me)
        return own_controls(request, me)

    def delete(self, request: HttpRequest, slug: str, pid) -> HttpResponse:
        """Withdraws the question, or dismisses whoever said yes."""
        me, somebody = self.me(), self.somebody()
        if somebody.shown_user and (asked := selectors.cohost_offer(somebody)):
            invitations.withdraw(invitation=asked, by=me.user)
        else:
            leading.dismiss_cohost(participant=somebody, by=me)
        return own_controls(request, me)


class PersonHost(SpaceView):
    def put(self, request: HttpRequest, slug: str, pid) -> HttpResponse:
        me = self.me()
        succession.hand_over(participant=self.somebody(), by=me)
        return own_controls(request, me)


class Heirs(SpaceView):
    """Whom a host may hand the Space over to, as the question they answer before they go."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        me = self.me()
        may_end(me.space, me)
        return HttpResponse(fragments.leave_or_end(me))
