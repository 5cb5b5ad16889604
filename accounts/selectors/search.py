"""Finding people by words. Called by views and other apps; must never write."""

from collections.abc import Iterable

from django.db.models import Case, Exists, IntegerField, OuterRef, When

from accounts.models import Follow, User
from accounts.search import having, words
from accounts.selectors.blocks import not_blocked

FIELDS = ("handle", "display_name", "bio")
# Of a word that half of all people have, so many are looked at and put in order.
READ = 1000
HOSTS_READ = 200


def found_people(found: list[str], reader, most: int) -> list[User]:
    """Open accounts with these words (search.asked): whoever has the handle, whose handle begins so, whom the reader
    follows, the rest. Nobody who is blocked either way. One query."""
    matching = User.objects.open().filter(having(found, *FIELDS), not_blocked(reader))
    rank = Case(
        When(handle="_".join(found), then=0),
        When(handle__startswith=found[0], then=1),
        When(Exists(Follow.objects.filter(follower_id=reader.pk, followed=OuterRef("pk"))), then=2),
        default=3,
        output_field=IntegerField(),
    )
    people = User.objects.filter(pk__in=matching.values("pk")[:READ])
    return list(people.order_by(rank, "handle")[:most])


def people_named(found: list[str]) -> Iterable[int]:
    """Keys of open accounts whose handle or name has these words. One query."""
    matching = User.objects.open().filter(having(found, *FIELDS)).values_list("pk", "handle", "display_name")
    return [pk for pk, *names in matching[:HOSTS_READ] if _begin(found, words(" ".join(names)))]


def _begin(found: list[str], there: list[str]) -> bool:
    return all(any(word.startswith(each) for word in there) for each in found)
