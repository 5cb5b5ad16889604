"""The secret in the address of a calendar: signed, so that nobody makes one; numbered, so that it can be replaced."""

from django.core.signing import BadSignature, Signer

FEED_SALT = "rooms.calendar"


def feed_token(user_pk: int, generation: int) -> str:
    """Always the same for the same number: programs keep the address for years."""
    return _signer().sign_object([user_pk, generation])


def read_feed_token(token: str) -> tuple[int, int] | None:
    """Whose, and which of theirs."""
    try:
        user_pk, generation = _signer().unsign_object(token)
    except BadSignature:
        return None
    return user_pk, generation


def _signer() -> Signer:
    return Signer(salt=FEED_SALT, sep=".")
