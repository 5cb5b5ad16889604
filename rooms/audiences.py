"""Group names and who belongs to them. Membership is recomputed whenever somebody's access changes."""


def outside(space_id) -> str:
    """Visitors with the page open who have not joined: they see the stage and the count."""
    return f"space.{space_id}.outside"


def inside(space_id) -> str:
    return f"space.{space_id}.inside"


def hosts(space_id) -> str:
    """Host and co-hosts: hands and controls over others."""
    return f"space.{space_id}.hosts"


def person(participant_id) -> str:
    """All windows of one participant."""
    return f"participant.{participant_id}"


def account(user_id) -> str:
    """All windows of one account, wherever they look: invitations and notices."""
    return f"account.{user_id}"


def for_visitor(space_id, participant) -> set[str]:
    """The groups of somebody who looks at a Space; `participant` is their stay, or None."""
    if participant is None or not participant.is_present:
        return {outside(space_id)}
    groups = {inside(space_id), person(participant.pk)}
    return groups | {hosts(space_id)} if participant.leads else groups
