"""The secret in a download link: signed, for one copy, and good for a quarter of an hour."""

from datetime import datetime, timedelta

from django.core import signing

SALT = "accounts.copies"
HOLDS = timedelta(minutes=15)


def token(copy, now: datetime) -> str:
    return signing.dumps([str(copy.pk), (now + HOLDS).timestamp()], salt=SALT)


def opens(token: str, copy, now: datetime) -> bool:
    try:
        pk, until = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return False
    return pk == str(copy.pk) and now.timestamp() < until
