"""Everything that touches private names of pylibsrtp: protecting many packets in place, without a copy or a call each.

Used by audience.py and aiortc_insides.py; pylibsrtp's public Session does the rest.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib

# int srtp_protect(srtp_t, void *packet, int *length): in place, 0 when it succeeded.
srtp_protect = lib.srtp_protect
srtp_protect_rtcp = lib.srtp_protect_rtcp

# Every tick walks through all listeners' contexts. glibc gives a thread memory of its own (malloc(3), "arenas"): those
# made here lie side by side, not scattered between what handshakes left, which cost a fifth of the relay's CPU.
_contexts = ThreadPoolExecutor(1, "srtp-contexts")


def outbound(profile: int, key: bytes, ssrc: int) -> Session:
    """What protects RTP and RTCP from `ssrc` alone. `profile` is one of Policy's, `key` the master key with its salt.

    A packet may be protected again while it is among the last 128, libsrtp's default window.
    """
    policy = Policy(key, Policy.SSRC_SPECIFIC, ssrc, profile)
    policy.allow_repeat_tx = True
    return _contexts.submit(Session, policy).result()


def pointer(kind: str, address: int):
    """A C pointer for srtp_protect: `kind` is "void *" or "int *"."""
    return ffi.cast(kind, address)


def handle(session: Session):
    """The srtp_t of a session. The session must outlive it."""
    return session._srtp[0]


def missing_names() -> list[str]:
    """One sentence per private name that this version of pylibsrtp no longer has."""
    needed = {
        "pylibsrtp's Session": (Session(), ["_srtp", "protect_rtcp", "unprotect", "unprotect_rtcp"]),
        "pylibsrtp._binding.lib": (lib, ["srtp_protect", "srtp_protect_rtcp"]),
    }
    said = sentences(__name__, needed)
    if str(ffi.typeof(srtp_protect)).count("*") != 4:
        said.append("libsrtp's srtp_protect takes other arguments now: audience.py protects in place with three.")
    return said


def sentences(module: str, needed: Mapping[str, tuple[object, Iterable[str]]]) -> list[str]:
    """What to tell a maintainer of `module` when a library has moved names: owner -> (object, its private names)."""
    file = module.replace(".", "/") + ".py"
    return [
        f"{owner} has no `{name}` any more: {file} must follow this version."
        for owner, (thing, names) in needed.items()
        for name in names
        if not hasattr(thing, name)
    ]
