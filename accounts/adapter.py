"""Where django-allauth asks this site what to do: handles, new people, mail. Called by allauth only."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from smtplib import SMTPException

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError
from django.shortcuts import redirect
from django.urls import reverse

from accounts import selectors
from accounts.models import User
from accounts.postage import in_short
from accounts.rules import Refused
from accounts.services import people

logger = logging.getLogger(__name__)

NO_MATCH = "That handle or e-mail address and that password do not belong together."


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": NO_MATCH,
        "username_password_mismatch": NO_MATCH,
        "email_taken": "Another account has this address.",
        "username_taken": "This handle is taken. Choose another one.",
        "incorrect_code": "That is not the code we sent. Look at the newest mail.",
        "too_many_login_attempts": "That was too many attempts. Wait a few minutes, then try again.",
        "rate_limited": "That was quick. Wait a moment before you ask again.",
    }

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """The handle as it is stored: lower case, without the @ people write before it."""
        handle = username.removeprefix("@").lower()
        if not shallow:
            people.release_abandoned(handle=handle, before=people.unproven_since())
            if selectors.handle_is_kept(handle):
                raise self.validation_error("username_taken")
        return super().clean_username(handle, shallow=shallow)

    def set_password(self, user: User, password: str) -> None:
        """The password alone: while it was hashed, somebody may have written other columns."""
        user.set_password(password)
        user.save(update_fields=["password"])

    def authenticate(self, request, **credentials) -> User | None:
        # allauth takes "@ana" for an e-mail address.
        if credentials.get("username", "").startswith("@"):
            credentials["username"] = credentials["username"].removeprefix("@")
            credentials.pop("email", None)
        # No handle is an address. Tried as both, a known address would be checked once more than an unknown one.
        if "email" in credentials:
            credentials.pop("username", None)
        return super().authenticate(request, **credentials)

    def save_user(self, request, user: User, form, commit: bool = True) -> User:
        user = super().save_user(request, user, form, commit=False)
        user.display_name = form.cleaned_data["display_name"]
        if commit:
            with _unless_taken(request):
                people.save_new(user=user)
        return user

    def save_decoy(self, request, handle: str, display_name: str) -> None:
        """Where the address has an account, in the place of `save_user`."""
        with _unless_taken(request):
            people.save_decoy(handle=handle, display_name=display_name)

    def send_account_already_exists_mail(self, email: str) -> None:
        """Not to barred addresses, which have none; the page says the same."""
        if not selectors.is_barred(email):
            super().send_account_already_exists_mail(email)

    def get_client_ip(self, request) -> str:
        """An IPv4 address is one however it came: limits count the network of an IPv6 address (RFC 4291, 2.5.5.2)."""
        found = ip_address(super().get_client_ip(request))
        return str(getattr(found, "ipv4_mapped", None) or found)

    def send_notification_mail(self, template_prefix: str, user: User, context=None, email=None) -> None:
        """What protects an account was changed: its person is told, with the place to look at it."""
        context = {"safety_url": f"{settings.SITE_URL}{reverse('safety')}"} | (context or {})
        super().send_notification_mail(template_prefix, user, context, email)

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException) as error:
            # The account stays: whoever signs in is sent another code.
            logger.error("mail %s could not be sent: %s", template_prefix, in_short(error))
            messages.error(self.request, "We could not send the mail just now. Try again in a few minutes.")


@contextmanager
def _unless_taken(request) -> Iterator[None]:
    try:
        yield
    except (IntegrityError, Refused) as error:
        # Two sign-ups passed the form at the same moment, perhaps one button pressed twice; or somebody who goes by
        # another handle from now on.
        messages.error(request, "This handle was taken a moment ago. If that was you, sign in.")
        raise ImmediateHttpResponse(redirect("account_login")) from error
