from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from accounts.validators import first_visible, handle_validators, validate_display_name


class UserManager(BaseUserManager):
    def create_user(self, handle: str, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(handle=handle.lower(), email=email.lower(), **fields)
        user.display_name = user.display_name or handle
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, handle: str, email: str, password: str | None = None, **fields) -> "User":
        return self.create_user(handle, email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, handle: str) -> "User":
        return self.get(handle__iexact=handle)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account: known by a handle in addresses, by a display name in rooms."""

    HUES = 12

    handle = models.CharField(max_length=30, unique=True, validators=handle_validators)
    display_name = models.CharField(max_length=50, validators=[validate_display_name])
    bio = models.CharField(max_length=160, blank=True)
    email = models.EmailField(unique=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    is_protected = models.BooleanField(default=False, help_text="Approves followers by hand; cannot host Spaces.")
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "handle"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("handle"), name="handle_unique_whatever_the_case"),
            models.UniqueConstraint(Lower("email"), name="email_unique_whatever_the_case"),
        ]

    def __str__(self) -> str:
        return f"@{self.handle}"

    def get_absolute_url(self) -> str:
        return reverse("profile", args=[self.handle])

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name

    @property
    def initials(self) -> str:
        """One or two letters for the picture of somebody without a picture."""
        firsts = [first_visible(word) for word in self.display_name.split() if first_visible(word)]
        return "".join(firsts[:1] + firsts[1:][-1:]).upper()

    @property
    def hue(self) -> int:
        """Which of the HUES avatar colours is theirs, the same on every page."""
        return sum(self.handle.encode()) % self.HUES


class Follow(models.Model):
    """One person follows another: a row, or none."""

    # No index of their own: the two below begin with them.
    follower = models.ForeignKey(User, on_delete=models.CASCADE, related_name="following", db_index=False)
    followed = models.ForeignKey(User, on_delete=models.CASCADE, related_name="followers", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follower", "followed"], name="follow_once"),
            models.CheckConstraint(condition=~Q(follower=F("followed")), name="follow_somebody_else"),
        ]
        indexes = [models.Index(fields=["followed", "-created_at"], name="followers_newest_first")]

    def __str__(self) -> str:
        return f"{self.follower_id} follows {self.followed_id}"
