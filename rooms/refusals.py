"""Every "no" of rooms: its code, its HTTP status, and a sentence that says what to do. Raised by rules alone."""

# code -> (HTTP status, sentence)
REFUSALS: dict[str, tuple[int, str]] = {
    # Opening a Space
    "protected": (403, "A protected account cannot host. Open it up first, in your settings under Privacy."),
    "too_few_followers": (403, "On this server hosts need more followers than you have so far."),
    "suspended": (403, "Your account is suspended. It cannot host Spaces."),
    "already_live": (409, "You already host a live Space. End it before you start another."),
    "already_scheduled": (409, "You already have a Space in the calendar. Change or cancel that one first."),
    "time_past": (422, "That time has passed. Choose one that is still to come, or go on air now."),
    "time_too_far": (422, "That is too far ahead. Choose a time within the next {days} days."),
    "zone_unknown": (422, "Your browser names a time zone this server does not know. Choose the time in UTC."),
    "time_skipped": (422, "Clocks jump over that time on that day. Choose an earlier or later one."),
    "title_empty": (422, "Give your Space a title that people can read."),
    "title_too_long": (422, "Use a shorter title: {most} characters at most."),
    "description_too_long": (422, "Use a shorter description: {most} characters at most."),
    "topics_too_many": (422, "Choose {most} topics at most."),
    "topic_too_long": (422, "Use shorter topics: {most} characters at most."),
    "language_unknown": (422, "Choose one of the languages of the list."),
    # Coming in
    "ended": (410, "This Space has ended. See what is live on the home page."),
    "not_started": (409, "This Space has not started yet. Ask to be reminded, and come back then."),
    "account_needed": (403, "Sign in first: reminders go to your account."),
    "not_found": (404, "There is no such Space. Ask for a new link."),
    "removed": (403, "The hosts removed you from this Space. You cannot come back unless they lift it."),
    "blocked": (403, "The host or a co-host blocked you. You cannot come in unless they unblock you."),
    "guests_off": (403, "This Space is for people with an account. Sign in to listen."),
    "not_inside": (403, "You are not in this Space. Press Listen to join first."),
    # The stage
    "sign_in_first": (403, "Guests listen. Sign in to ask for a seat."),
    "already_seated": (409, "You already have a seat on the stage."),
    "not_offered": (403, "Nobody has offered you a seat. Raise your hand to ask for one."),
    "stage_full": (409, "The stage is full. You keep your place and can take the next free seat."),
    "no_seat": (403, "You have no seat on the stage. Raise your hand to ask for one."),
    "not_a_leader": (403, "Only the host and co-hosts can do that."),
    "host_only": (403, "Only the host can do that."),
    "not_on_oneself": (403, "Use your own controls for that."),
    "never_unmute_another": (403, "You can mute others, never un-mute them. Ask them to do it."),
    "host_stays": (403, "The host keeps their seat. Hand the Space over or end it instead."),
    "target_leads": (403, "You cannot do that to the host or a co-host."),
    "target_absent": (409, "They are not in this Space any more."),
    "target_is_guest": (409, "Guests cannot speak until they sign in."),
    "target_unnamed": (409, "They listen without their name. Wait until they raise their hand."),
    "target_seated": (409, "They already have a seat."),
    "target_not_seated": (409, "They have no seat on the stage."),
    "target_not_removed": (409, "They may come in: nobody has removed them."),
    # Co-hosts, handing over, inviting
    "cohosts_full": (409, "There are as many co-hosts as a Space can have, open offers included."),
    "target_leads_already": (409, "They already help to host this Space."),
    "target_not_cohost": (409, "They are not a co-host."),
    "target_cannot_host": (
        409,
        "They host another live Space, or may not host. Choose somebody else.",
    ),
    "target_inside": (409, "They are in this Space already."),
    "invite_oneself": (422, "That is you. Invite somebody else."),
    "invited_already": (409, "They already have this invitation. Wait for their answer, or withdraw it."),
    "invitation_over": (410, "This invitation is no longer open. Ask the host for a new one."),
    "not_invited": (403, "This invitation is for somebody else."),
    "target_blocked": (409, "A block stands between you, or between them and a host. They cannot be invited."),
    "target_removed": (409, "They were removed from this Space. Lift that first."),
    "link_public": (409, "Anybody with the address can come in. Links are for private Spaces."),
    "links_full": (409, "There are enough open links. Revoke one before you make another."),
    "target_unwelcoming": (403, "They take invitations from people they follow alone. Ask them in a Space."),
    "unknown_person": (422, "Nobody here goes by this handle. Look at how it is written on their profile."),
    # One at a time
    "turns_off": (409, "One at a time is off."),
    "turn_length": (422, "Choose a turn of {least} to {most} seconds."),
    "floor_taken": (409, "Somebody else has the floor. You are next."),
    "not_your_turn": (403, "One at a time is on. Step down and raise your hand to get the floor."),
    "nobody_has_floor": (409, "Nobody has the floor right now."),
    # Recording
    "recorded_too_often": (
        429,
        "Recording was switched on {most} times in the last {minutes} minutes. Wait some minutes, then try again.",
    ),
    "recorded_in_private": (
        409,
        "People agreed to be recorded among those you let in. This Space stays private; open another for everybody.",
    ),
    "never_answer_for_another": (403, "Everybody decides for themselves whether they are recorded."),
    "not_asked": (409, "Nothing of you is recorded, so there is nothing to answer."),
    # Ending
    "reason_needed": (422, "Give a reason. It is kept with the decision."),
    "too_often": (429, "That was a bit fast. Wait a moment, then try again."),
}


class Refused(Exception):
    """The answer to "may X do Y" is no. `code` is a key of `sentences`; `numbers` are those its sentence names."""

    sentences = REFUSALS

    def __init__(self, code: str, **numbers: int):
        super().__init__(code)
        self.code = code
        self.status, sentence = self.sentences[code]
        self.sentence = sentence.format(**numbers)


def refuse_if(condition: bool, code: str, **numbers: int) -> None:
    if condition:
        raise Refused(code, **numbers)
