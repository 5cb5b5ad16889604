"""Group names and who belongs to them. Membership is recomputed whenever somebody's access changes."""

from rooms.roles import Role


def outside(space_id) -> str:
    """Visitors with the page open who have not joined: they see the stage and the count."""
    return f"space.{space_id}.outside"


def inside(space_id) -> str:
    return f"space.{space_id}.inside"


def host(space_id) -> str:
    """Hands, and every control there is over others."""
    return f"space.{space_id}.host"


def cohosts(space_id) -> str:
    """The same panel with what co-hosts may do."""
    return f"space.{space_id}.cohosts"


def person(participant_id) -> str:
    """All windows of one participant."""
    return f"participant.{participant_id}"


def card(space_id) -> str:
    """Home pages that show this Space among others: the same for everybody."""
    return f"space.{space_id}.card"


def home() -> str:
    """All home pages: a Space came, or went, that they do not show yet."""
    return "home"


def for_visitor(space_id, participant) -> set[str]:
    """The groups of somebody who looks at a Space; `participant` is their stay, or None."""
    if participant is None:
        return {outside(space_id)}
    if not participant.is_present:
        # Whoever left is told should they be removed all the same.
        return {outside(space_id), person(participant.pk)}
    groups = {inside(space_id), person(participant.pk)}
    if participant.leads:
        groups.add(host(space_id) if participant.role == Role.HOST else cohosts(space_id))
    return groups
