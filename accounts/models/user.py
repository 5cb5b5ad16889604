from pathlib import PurePath
from urllib.parse import urlsplit

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from accounts.validators import first_visible, handle_validators, plain_address, validate_display_name


class UserManager(BaseUserManager):
    def open(self) -> models.QuerySet["User"]:
        """Accounts people can meet: neither suspended, nor closed, nor about to be."""
        return self.filter(is_active=True, closing_at__isnull=True)

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

    class MessagesFrom(models.TextChoices):
        EVERYONE = "everyone"
        FOLLOWED = "followed"

    handle = models.CharField(max_length=30, unique=True, validators=handle_validators)
    display_name = models.CharField(max_length=50, validators=[validate_display_name])
    bio = models.CharField(max_length=160, blank=True)
    link = models.URLField(max_length=200, blank=True)
    # The name of their picture in storage; that of its bytes, so that it can be kept by browsers for good.
    avatar = models.CharField(max_length=100, blank=True)
    email = models.EmailField(unique=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    is_protected = models.BooleanField(default=False, help_text="Approves followers by hand; cannot host Spaces.")
    # Followers see which Space this person is in, as a listener too.
    shows_listening = models.BooleanField(default=False)
    messages_from = models.CharField(max_length=10, choices=MessagesFrom.choices, default=MessagesFrom.EVERYONE)
    # When the account is erased, from the moment its person has asked for it; until then they can change their mind.
    closing_at = models.DateTimeField(null=True, blank=True)
    # Nothing of the person is left in this row.
    erased_at = models.DateTimeField(null=True, blank=True)
    date_joined = models.DateTimeField(default=timezone.now)
    # How often sessions of theirs were ended: tokens issued before the last time hold no more.
    sessions_ended = models.PositiveIntegerField(default=0)

    objects = UserManager()

    USERNAME_FIELD = "handle"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("handle"), name="handle_unique_whatever_the_case"),
            models.UniqueConstraint(Lower("email"), name="email_unique_whatever_the_case"),
            models.CheckConstraint(condition=Q(messages_from__in=["everyone", "followed"]), name="messages_from_known"),
            models.CheckConstraint(condition=Q(erased_at__isnull=True) | Q(is_active=False), name="erased_is_inactive"),
        ]
        indexes = [
            models.Index(fields=["closing_at"], condition=Q(closing_at__isnull=False), name="accounts_to_erase"),
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
    def is_open(self) -> bool:
        """As User.objects.open(), of one account that is at hand."""
        return self.is_active and self.closing_at is None

    @property
    def initials(self) -> str:
        """One or two letters for the picture of somebody without a picture."""
        firsts = [first_visible(word) for word in self.display_name.split() if first_visible(word)]
        return "".join(firsts[:1] + firsts[1:][-1:]).upper()

    @property
    def hue(self) -> int:
        """Which of the HUES avatar colours is theirs, the same on every page and under every handle."""
        return (self.pk or 0) % self.HUES

    @property
    def avatar_url(self) -> str:
        """Where their picture is, or nothing."""
        return reverse("avatar_file", args=[PurePath(self.avatar).stem]) if self.avatar else ""

    @property
    def shown_link(self) -> str:
        """Where their link leads, as people read it: the site, in letters that look like no others, and the path."""
        parts = urlsplit(plain_address(self.link))
        return f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}"
