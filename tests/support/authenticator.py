"""An app for codes, as on somebody's phone (RFC 4226, 5.3 and RFC 6238, 4)."""

import base64
import hashlib
import hmac
import struct
import time


def code(secret: str, periods: int = 0) -> str:
    """The six digits it shows now, or so many half minutes later."""
    counter = struct.pack(">Q", int(time.time()) // 30 + periods)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"
