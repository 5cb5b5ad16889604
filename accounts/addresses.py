"""E-mail addresses of people who were suspended for good, kept without being readable."""

from django.utils.crypto import salted_hmac

SALT = "accounts.barred"
# Where dots before the @ make no difference.
DOTLESS = frozenset({"gmail.com", "googlemail.com"})


def mailbox_of(address: str) -> str:
    """The mailbox behind the ways of writing an address: whatever the case, and what follows a plus."""
    name, _, domain = address.strip().lower().rpartition("@")
    name = name.partition("+")[0] or name
    if domain in DOTLESS:
        name, domain = name.replace(".", ""), "gmail.com"
    return f"{name}@{domain}"


def digest(address: str) -> str:
    """Keyed with SECRET_KEY, so that the table says nothing to whoever copies it; another key forgets the bars."""
    return salted_hmac(SALT, mailbox_of(address), algorithm="sha256").hexdigest()
