"""A great many followers, made by bulk insert: what people do one by one would take an hour."""

from accounts.models import Follow, User

ROWS = 5_000


def followers_of(user: User, count: int) -> None:
    names = (f"f{user.pk}x{number}" for number in range(count))
    fans = [User(handle=name, display_name=name, email=f"{name}@example.org", password="!") for name in names]
    User.objects.bulk_create(fans, batch_size=ROWS)
    keys = User.objects.filter(handle__startswith=f"f{user.pk}x").values_list("pk", flat=True)
    Follow.objects.bulk_create([Follow(follower_id=key, followed=user) for key in keys], batch_size=ROWS)
