"""Web push, for config/settings.py: each reads one environment variable of the same name."""

from email.utils import parseaddr
from pathlib import Path

from config.env import Misconfigured, generated_key


def read(env, *, keys: Path, sender: str, debug: bool) -> dict[str, str | list[str]]:
    """Names and values. `keys` is where generated ones are kept. Raises Misconfigured."""
    # What push services know this server by: a private key of P-256, 32 bytes in base64url; made and kept otherwise.
    # Installations on several machines set one for all. Another key ends every subscription.
    VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", default="") or generated_key(keys / "vapid", 32)
    if len(VAPID_PRIVATE_KEY) != 43:
        raise Misconfigured("VAPID_PRIVATE_KEY must be 32 bytes in base64url, which are 43 characters.")
    # Whom a push service may write to (RFC 8292, 2.1).
    VAPID_SUBJECT = env.str("VAPID_SUBJECT", default=f"mailto:{parseaddr(sender)[1]}")
    # Push services that browsers may name, and this server then asks; `*.` stands for any host below.
    services = "fcm.googleapis.com *.push.services.mozilla.com *.push.apple.com *.notify.windows.com".split()
    PUSH_HOSTS = env.list("PUSH_HOSTS", default=services)
    # One more, by its origin and with DEBUG only, for tests: http://127.0.0.1:9000.
    PUSH_TEST_ORIGIN = env.str("PUSH_TEST_ORIGIN", default="")
    if PUSH_TEST_ORIGIN and not debug:
        raise Misconfigured("PUSH_TEST_ORIGIN is for tests, which run with DEBUG=1.")
    return {name: value for name, value in locals().items() if name.isupper()}
