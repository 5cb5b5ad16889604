"""A crowd to measure with: people, follows, Spaces on air, past and to come. For an empty installation of one's own."""

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Follow, User
from rooms.models import Participant, Seat, Space, Topic
from rooms.roles import Role
from rooms.warmth import warmth

BATCH = 5000
FIRST = "Ana Bo Cem Dora Emil Fatima Gil Hana Ivo Jun Kaya Lena Milo Nora Omar Pia Rui Sara Tom Uma Vera Wim Yara Zoe"
LAST = "Lima Berg Kaya Novak Sato Diaz Okoro Weber Rossi Silva Haas Mori Costa Nagy Khan Vogel Reyes Lund Park Moreau"
SUBJECTS = "bees gardens jazz elections running physics novels chess radio rivers bread trains cinema maps winter birds"
LANGUAGES = ["en"] * 10 + ["de"] * 4 + ["es"] * 3 + ["pt", "fr", "tr"]
# One word in so many bios and titles; nobody writes it by chance.
RARE, RARE_EVERY = "ornithopter", 20_000


class Command(BaseCommand):
    help = "Fill an empty installation with a crowd: made up, the same for the same --seed."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--users", type=int, default=200_000)
        parser.add_argument("--follows", type=int, default=2_000_000)
        parser.add_argument("--live", type=int, default=2_000)
        parser.add_argument("--past", type=int, default=50_000)
        parser.add_argument("--upcoming", type=int, default=5_000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--yes", action="store_true", help="also where DEBUG=0")

    def handle(
        self, *, users: int, follows: int, live: int, past: int, upcoming: int, seed: int, yes: bool, **_
    ) -> None:
        if not settings.DEBUG and not yes:
            raise CommandError("This fills the database with people who do not exist. DEBUG=0 needs --yes.")
        if User.objects.filter(handle__startswith="crowd_").exists():
            raise CommandError("There is a crowd already.")
        if max(live, upcoming) > users:
            raise CommandError("Everybody hosts one Space at a time: there cannot be more Spaces than people.")
        crowd = Crowd(random.Random(seed))  # noqa: S311
        with transaction.atomic():
            people = crowd.people(users)
            crowd.follows(people, follows)
            crowd.spaces(people, live, Space.State.LIVE)
            crowd.spaces(people, past, Space.State.ENDED)
            crowd.spaces(people, upcoming, Space.State.SCHEDULED)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self.stdout.write(
            f"{users} people, {follows} follows, {live} live, {past} past and {upcoming} upcoming Spaces."
        )


class Crowd:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.now = timezone.now()

    def people(self, count: int) -> list[int]:
        """Keys, the best known first."""
        first, last, subjects = FIRST.split(), LAST.split(), SUBJECTS.split()

        def made() -> Iterator[User]:
            for number in range(count):
                one, other = self.chance.choice(first), self.chance.choice(last)
                rare = f" {RARE}" if number % RARE_EVERY == 7 else ""
                yield User(
                    handle=f"crowd_{one.lower()}_{number}",
                    display_name=f"{one} {other}",
                    email=f"crowd{number}@example.org",
                    bio=f"On {self.chance.choice(subjects)} and {self.chance.choice(subjects)}{rare}",
                    shows_listening=self.chance.random() < 0.3,
                )

        _store(User, made())
        return list(User.objects.filter(handle__startswith="crowd_").order_by("pk").values_list("pk", flat=True))

    def follows(self, people: list[int], count: int) -> None:
        """The best known has half of everybody for a follower, the next a third, and so on (Zipf); the second follows
        two thousand, the third fifty, the fourth nobody."""
        exact = {1: min(2000, len(people) // 4), 2: min(50, len(people) // 4), 3: 0}
        pairs: set[tuple[int, int]] = set()
        for position, many in exact.items():
            others = [at for at in range(len(people)) if at != position]
            pairs |= {(position, at) for at in self.chance.sample(others, many)}
        share = 0
        for rank in range(len(people)):
            share = min(len(people) // (rank + 2), count - len(pairs))
            if share < 2:
                break
            pairs |= {(at, rank) for at in self.chance.sample(range(4, len(people)), share) if at != rank}
        while len(pairs) < count and len(people) > 10:
            follower, followed = self.chance.randrange(4, len(people)), self.chance.randrange(len(people))
            if follower != followed:
                pairs.add((follower, followed))
        rows = (Follow(follower_id=people[one], followed_id=people[other]) for one, other in sorted(pairs))
        _store(Follow, rows)

    def spaces(self, people: list[int], count: int, state: str) -> None:
        hosts = (
            self.chance.sample(people, count) if state != Space.State.ENDED else self.chance.choices(people, k=count)
        )
        self.keys = people
        # One is in one Space at a time.
        others = set(people) - set(hosts)
        self.free = iter(self.chance.sample(sorted(others), len(others)))
        for start in range(0, count, 1000):
            self._spaces([self._space(host, state) for host in hosts[start : start + 1000]], state)

    def _space(self, host: int, state: str) -> Space:
        chance, subjects = self.chance, SUBJECTS.split()
        about, beside = chance.sample(subjects, 2)
        rare = f" and the {RARE}" if chance.randrange(RARE_EVERY) == 0 else ""
        space = Space(
            host_id=host,
            state=state,
            title=f"{about.title()} after {beside}{rare}",
            description=f"We talk about {about}, and whoever likes may come up.",
            language=chance.choice(LANGUAGES),
            is_private=chance.random() < 0.1,
        )
        space.names = [about.title(), beside.title()][: chance.randrange(3)]
        space.search_text = "\n".join([space.title, space.description, *space.names])
        if state == Space.State.SCHEDULED:
            space.scheduled_for = self.now + timedelta(minutes=chance.randrange(30, 14 * 24 * 60))
            space.time_set_at = self.now
            return space
        began = timedelta(minutes=chance.randrange(1, 300))
        space.speakers = chance.randrange(7)
        if state == Space.State.ENDED:
            space.ended_at = self.now - timedelta(minutes=chance.randrange(10, 30 * 24 * 60))
            space.started_at = space.ended_at - began
            others = chance.choices(self.keys, k=space.speakers)
            space.inside = [person for person in dict.fromkeys(others) if person != host]
            return space
        space.started_at = self.now - began
        # Most are small, a few are large, and in the end everybody is somewhere.
        wanted = int(chance.paretovariate(0.9)) % 3000
        space.inside = list(islice(self.free, space.speakers + wanted))
        space.audience = max(len(space.inside) - space.speakers, 0)
        space.warmth = warmth(space.audience, space.started_at)
        return space

    def _spaces(self, spaces: list[Space], state: str) -> None:
        _store(Space, spaces)
        _store(Topic, (Topic(space=s, position=n, name=name) for s in spaces for n, name in enumerate(s.names, 1)))
        if state == Space.State.SCHEDULED:
            return
        stays = [stay for space in spaces for stay in self._stays(space)]
        _store(Participant, stays)
        seated = [stay for stay in stays if stay.role != Role.LISTENER]
        slots: dict = {}
        for stay in seated:
            slots[stay.space_id] = slots.get(stay.space_id, 0) + 1
            stay.slot = slots[stay.space_id]
        _store(Seat, (Seat(space_id=stay.space_id, participant=stay, slot=stay.slot) for stay in seated))

    def _stays(self, space: Space) -> Iterator[Participant]:
        """The host, up to six speakers, and those who listen; of a past one the stage alone."""
        roles = [Role.HOST] + [Role.SPEAKER] * space.speakers + [Role.LISTENER] * space.audience
        for person, role in zip([space.host_id, *space.inside], roles, strict=False):
            spoke = space.started_at if role != Role.LISTENER else None
            yield Participant(
                space=space,
                user_id=person,
                role=role,
                role_since=spoke,
                spoke_at=spoke,
                joined_at=space.started_at,
                left_at=space.ended_at,
            )


def _store(model, rows) -> None:
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        model.objects.bulk_create(batch)
