"""One lock per account. Accounts are locked before Spaces, and of several the one with the lowest key first."""

from accounts.models import User


def lock_people(*people: User) -> list[User]:
    """These accounts as committed, lowest key first, locked until the transaction ends.

    Whoever writes what a block forbids locks one of the two at least: a block, which locks both, is then either seen
    or comes after. Rows that name these people may be written meanwhile.
    """
    keys = {person.pk for person in people}
    return list(User.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))
