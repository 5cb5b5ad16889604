"""Where django-allauth asks this site about second steps: names, words, addresses. Called by allauth, and by views."""

from ipaddress import ip_address

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.http.request import split_domain_port

from accounts import devices


class FactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_generate_recovery_codes": "Add an app or a passkey first. Recovery codes stand in for those.",
        "incorrect_code": "That did not match. Try again with a new code, or with the passkey of this account.",
        "unverified_email": "Prove your e-mail address first: we mail there whenever your sign-in changes.",
    }

    def generate_authenticator_name(self, user, type: Authenticator.Type) -> str:
        """The browser it is added at, by which people know their devices."""
        return devices.in_words(context.request.META.get("HTTP_USER_AGENT", ""))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": _host(context.request), "name": "Openfloor"}


def passkeys_work_at(request: HttpRequest) -> bool:
    """Whether browsers take passkeys for the address this page was opened at: one with a name, and https unless it is
    this very machine (WebAuthn Level 3, 5.1.3: RP ID and secure contexts)."""
    host = _host(request)
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return request.is_secure() or host == "localhost" or host.endswith(".localhost")
    return False


def _host(request: HttpRequest) -> str:
    return split_domain_port(request.get_host())[0]
