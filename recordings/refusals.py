"""Every "no" of recordings: its code, its HTTP status, and a sentence that says what to do. Raised by rules alone."""

from rooms import refusals

# code -> (HTTP status, sentence)
REFUSALS: dict[str, tuple[int, str]] = {
    # Likes, comments and clips of a replay
    "account_needed": (403, "Sign in first: everybody may listen, and people with an account may answer."),
    "blocked": (403, "The host or a co-host blocked you. You may listen, and not answer."),
    "replay_silent": (409, "This replay cannot be heard right now. Reload its page to see how it stands."),
    "comment_empty": (422, "Write something first."),
    "comment_too_long": (422, "That is longer than a comment can be: {most} characters at most."),
    "not_your_comment": (403, "Only who wrote it and the host can delete a comment."),
    "moment_unknown": (422, "Choose a moment of the replay."),
    "clips_off": (403, "The host allows no clips of this replay. Share a link with a start time instead."),
    "clip_length": (422, "Choose a clip of {least} to {most} seconds."),
    "clip_outside": (422, "Choose a clip that begins and ends within the replay."),
    "not_your_clip": (403, "Only who made it and the host can delete a clip."),
    "title_empty": (422, "Give it a title that people can read."),
    "title_too_long": (422, "Use a shorter title: {most} characters at most."),
    # Holding a copy
    "copy_none": (410, "Nothing of this Space was kept, so there is nothing to hold."),
    "copy_gone": (410, "What was kept of this Space is destroyed, or about to be. Nothing can hold it any more."),
    "staff_only": (403, "Only staff can do that."),
    "not_for_staff": (
        403,
        "This is kept for its replay alone, or for reports that nobody has made. It is not for staff.",
    ),
    "reason_needed": (422, "Say why, in {least} characters at least."),
    "review_past": (422, "Choose a day that is still to come. Somebody then looks whether this is still needed."),
    # The transcript
    "transcript_of_the_host": (403, "Only the host can write down what was said."),
    "replay_none": (410, "There is no replay of this Space that could have a transcript."),
    "vtt_file": (422, "Choose a WebVTT file first."),
    "vtt_bytes": (413, "This file is too large: {most} kB at most."),
    "vtt_not_text": (422, "This file is no UTF-8 text. Save it as WebVTT (.vtt) and choose it again."),
    "vtt_none": (422, "This is no WebVTT file: its first line must be WEBVTT."),
    "vtt_too_long": (422, "This file has more than {most} lines of words. Leave some out."),
    "vtt_empty": (422, "There are no words in this file. Cues begin with times such as 00:01.000 --> 00:04.000."),
    "vtt_nobody": (422, "No line of it is of somebody in the replay. Name who speaks, as in their profile."),
    # Own data of a session
    "session_sign_in": (403, "Sign in first. What is yours is for you alone."),
    "session_of_the_host": (403, "Only the host can take this session with them."),
    "session_of_others": (403, "Only the host and those who were on the stage have data of this session."),
    "session_goes_on": (409, "This Space has not ended yet. Come back then."),
    "session_gone": (410, "Nothing is kept of this Space any more."),
    "words_none": (404, "Nothing you said in this Space is written down."),
    "exports_spent": (429, "You have asked for as many as a day allows. Come back tomorrow."),
    "export_gone": (410, "This is no longer here. Ask for a new one."),
    # A replay and its host
    "host_only": (403, "Only the host can do that."),
    "replay_gone": (410, "This replay does not exist any more."),
    "replay_not_ready": (409, "This replay is not ready yet. Wait until it can be heard."),
    "starts_after_end": (422, "Choose a beginning that lies before the end."),
    "days_are_over": (422, "Its days are over: without being published for good it would be gone at once. Delete it."),
    "not_failed": (409, "This replay did not fail. Reload the page to see how it stands."),
    "not_in_it": (409, "You are not in this replay."),
    "too_often": (429, "That was a bit fast. Wait a moment, then try again."),
}


class Refused(refusals.Refused):
    """As in rooms, with the sentences of this app."""

    sentences = REFUSALS


def refuse_if(condition: bool, code: str, **numbers: int) -> None:
    if condition:
        raise Refused(code, **numbers)
