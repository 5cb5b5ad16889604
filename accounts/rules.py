"""Whether a person may do something to another: pure functions over the facts they are given, and each "no" in words.

Each returns None or raises Refused. Services and views of accounts call them; other apps have refusals of their own.
"""

# code -> (HTTP status, a sentence that says what to do)
REFUSALS: dict[str, tuple[int, str]] = {
    "sign_in_first": (403, "Sign in first."),
    "oneself": (403, "That is you. Follow somebody else."),
    "account_closed": (410, "This account is closed. Nobody can follow it any more."),
    "followers_only": (403, "They approve followers by hand, and show this to followers only. Ask to follow them."),
    "blocked_by_me": (403, "You blocked them. Unblock them first."),
    "blocked_by_them": (403, "They blocked you. You cannot follow or write to each other."),
    "block_oneself": (403, "That is you. Block somebody else."),
    "mute_oneself": (403, "That is you. Mute somebody else."),
    "closing": (403, "Your account is about to be deleted. Keep it first, and everything works again."),
    "too_late_to_keep": (410, "The time to change your mind is over. Your account is being deleted."),
    "copies_spent": (429, "You have asked for as many copies as a day allows. Come back tomorrow."),
    "copy_gone": (410, "This copy is no longer here. Ask for a new one."),
    "handle_taken": (409, "This handle is taken. Choose another one."),
    "handle_kept": (409, "Somebody went by this handle until lately, and it still leads to them. Choose another one."),
    "handle_changed_often": (429, "You have changed your handle often lately. Keep this one for some weeks."),
    "push_service": (400, "Your browser is reached through a push service this server does not know. Mail works too."),
    "push_off": (409, "Push is off in this browser. Switch it on first."),
    "push_keys": (400, "Your browser gave keys that do not fit. Switch push off and on again."),
    "write_oneself": (403, "That is you. Write to somebody else."),
    "writing_closed": (410, "This account is closed. Nobody can write to it any more."),
    "writing_followed": (403, "They take messages from people they follow alone. Meet them in their Spaces."),
    "message_empty": (422, "Write something first."),
    "message_too_long": (422, "That is longer than a message can be. Shorten it, or send it in two."),
    "too_many_messages": (429, "That was a lot at once. Wait a minute, then send it again."),
    "too_many_strangers": (429, "You wrote to many new people within an hour. Wait a while, then send it again."),
    "same_to_many": (429, "You sent these words to several new people already. Write something of their own."),
    "report_oneself": (403, "That is your own message. Delete it, if you want."),
    "reported_already": (409, "You have reported this message. Whoever runs this server knows of it."),
    "picture_bytes": (413, "This file is too large. Choose a picture of 5 MB at most."),
    "picture_pixels": (422, "This picture is too large. Choose one of at most 25 million pixels, or make it smaller."),
    "picture_unreadable": (422, "This is no picture one can read here. Choose a JPEG, PNG, WebP, GIF or AVIF file."),
    "too_often": (429, "That was a bit fast. Wait a moment, then try again."),
}


class Refused(Exception):
    """The answer to "may X do Y" is no. `code` is a key of REFUSALS."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code
        self.status, self.sentence = REFUSALS[code]


def refuse_if(condition: bool, code: str) -> None:
    if condition:
        raise Refused(code)


def may_follow(follower, followed, *, blocks: bool = False, blocked: bool = False) -> None:
    """Asked for a new follow, or the wish to: a protected account answers that by hand. `blocks` and `blocked` as in
    `may_meet`."""
    refuse_if(follower.pk == followed.pk, "oneself")
    refuse_if(not follower.is_open or not followed.is_open, "account_closed")
    may_meet(blocks=blocks, blocked=blocked)


def may_look_around(person, reader, *, follows: bool) -> None:
    """At whom a person follows, who follows them, and which Spaces they host. `reader` may have no account."""
    refuse_if(is_hidden(person, reader, follows=follows), "followers_only")


def is_hidden(person, reader, *, follows: bool) -> bool:
    """Whether that is not for this reader."""
    return person.is_protected and person.pk != reader.pk and not follows


def may_meet(*, blocks: bool, blocked: bool) -> None:
    """Follow, ask to, write, or look through the other's lists. Whoever asks `blocks` them, or is `blocked` by them."""
    refuse_if(blocks, "blocked_by_me")
    refuse_if(blocked, "blocked_by_them")


def may_block(blocker, blocked) -> None:
    """Anybody, staff and closed accounts too."""
    refuse_if(blocker.pk == blocked.pk, "block_oneself")


def may_mute(muter, muted) -> None:
    refuse_if(muter.pk == muted.pk, "mute_oneself")


def may_keep(user, *, now) -> None:
    """An account that was to be deleted, until its time has come."""
    refuse_if(now >= user.closing_at, "too_late_to_keep")


def may_ask_for_copy(*, asked: int, most: int) -> None:
    """`asked` counts those of the last 24 hours."""
    refuse_if(asked >= most, "copies_spent")


def may_read_copy(copy, *, now) -> None:
    """From the moment it is ready to the second of its expiry, whether or not it was deleted by then."""
    refuse_if(copy.state != "ready" or now >= copy.expires_at, "copy_gone")


def may_change_handle(*, changes: int, most: int) -> None:
    """`changes` counts theirs of the last weeks."""
    refuse_if(changes >= most, "handle_changed_often")


def may_subscribe(*, known: bool, keys_fit: bool) -> None:
    """A browser, to push: through a service that this server knows, and with keys to encrypt for."""
    refuse_if(not known, "push_service")
    refuse_if(not keys_fit, "push_keys")


def may_write(sender, recipient, *, blocks: bool, blocked: bool, takes: bool) -> None:
    """`takes` says that the recipient takes what the sender writes, going by what they chose."""
    refuse_if(sender.pk == recipient.pk, "write_oneself")
    refuse_if(not sender.is_open or not recipient.is_open, "writing_closed")
    may_meet(blocks=blocks, blocked=blocked)
    refuse_if(not takes, "writing_followed")


def may_say(text: str, *, most: int, seen: bool) -> None:
    """`seen` says that something of it can be."""
    refuse_if(not seen, "message_empty")
    refuse_if(len(text) > most, "message_too_long")
