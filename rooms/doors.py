"""Whether somebody may be asked into a Space, and what opens a private one: pure, like rules.py.

`role` is that of the person who asks, HOST for the host of a scheduled Space (services.locking.leading_role).
"""

from datetime import datetime

from rooms.refusals import refuse_if
from rooms.roles import LEADERS, Role


def may_ask_people_in(space, *, role: Role | None) -> None:
    """See and send invitations."""
    refuse_if(space.is_over, "ended")
    refuse_if(role not in LEADERS, "not_a_leader")


def may_invite(
    space,
    *,
    role: Role | None,
    kind: str,
    oneself: bool = False,
    closed: bool = False,
    hosts: bool = False,
    inside: bool = False,
    removed: bool = False,
    blocked: bool = False,
    unwelcome: bool = False,
    open_already: bool = False,
) -> None:
    """The facts are those of the person who is asked; `closed` says that their account is, `hosts` that the Space is
    theirs, `blocked` that they or whoever asks blocked the other, or that the host or a co-host blocked them,
    `unwelcome` that they are asked by people they follow alone."""
    may_ask_people_in(space, role=role)
    refuse_if(oneself, "invite_oneself")
    refuse_if(closed, "unknown_person")
    refuse_if(hosts, "target_leads_already")
    refuse_if(blocked, "target_blocked")
    refuse_if(removed, "target_removed")
    refuse_if(unwelcome, "target_unwelcoming")
    refuse_if(open_already, "invited_already")
    refuse_if(inside and kind == "listen", "target_inside")


def may_withdraw_invitation(space, *, role: Role | None, kind: str) -> None:
    may_ask_people_in(space, role=role)
    refuse_if(kind == "cohost" and role != Role.HOST, "host_only")


def may_answer_invitation(invitation, *, now: datetime, is_invited: bool, barred: str = "") -> None:
    """Accept or decline. `barred` says why whoever accepts is: unnamed, and therefore still asked."""
    refuse_if(not is_invited, "not_invited")
    refuse_if(invitation.space.is_over, "ended")
    refuse_if(invitation.state not in ("pending", "accepted") or now >= invitation.expires_at, "invitation_over")
    refuse_if(bool(barred), barred)


def may_make_link(space, *, role: Role | None, open_links: int, most: int) -> None:
    may_ask_people_in(space, role=role)
    refuse_if(not space.is_private, "link_public")
    refuse_if(open_links >= most, "links_full")


def may_revoke_link(space, *, role: Role | None) -> None:
    """Also after the end."""
    refuse_if(role not in LEADERS, "not_a_leader")


def opens(link, *, now: datetime) -> bool:
    """Whether an invite link lets anybody in."""
    return link.revoked_at is None and now < link.expires_at
