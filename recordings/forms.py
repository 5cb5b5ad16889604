"""What the host decides about a replay, as a form. Every rule is asked for elsewhere."""

import re

from django import forms
from django.conf import settings

from recordings.models import Replay
from recordings.refusals import Refused
from rooms.forms import Option, Radios

FIELD_OF = {"title_empty": "title", "title_too_long": "title", "starts_after_end": "starts_at", "days_are_over": "kept"}
FOR_GOOD, FOR_DAYS = "good", "days"
_MOMENT = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]?\d)|(\d{1,5})", re.ASCII)


class Moment(forms.CharField):
    """Minutes and seconds, 12:34, as milliseconds."""

    default_error_messages = {"moment": "Write minutes and seconds, such as 1:05."}

    def clean(self, value) -> int:
        value = (super().clean(value) or "0").strip()
        found = _MOMENT.fullmatch(value)
        if not found:
            raise forms.ValidationError(self.error_messages["moment"], code="moment")
        hours, minutes, seconds, alone = (int(part or 0) for part in found.groups())
        return 1000 * (alone or 3600 * hours + 60 * minutes + seconds)


class ReplayForm(forms.Form):
    """The server's own sentences are what people read: it is written with `novalidate`."""

    use_required_attribute = False

    title = forms.CharField(label="Title", max_length=500, error_messages={"required": Refused("title_empty").sentence})
    starts_at = Moment(
        label="Where does it begin?",
        required=False,
        help_text="Minutes and seconds; listen below to find the place. Podcast apps still play what lies before.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "data-starts-at": ""}),
    )
    visibility = Radios(
        label="Who may hear it?",
        initial=Replay.Visibility.PUBLIC,
        choices=[
            (Replay.Visibility.PUBLIC, Option("Everybody", "On your profile and in your podcast feed, too.")),
            (Replay.Visibility.PRIVATE, Option("Only you and those who spoke", "Nobody else learns that it exists.")),
        ],
    )
    kept = Radios(
        label="For how long?",
        initial=FOR_DAYS,
        choices=[
            (FOR_DAYS, Option(f"{settings.RETENTION_DAYS} days", "Counted from the end; then it is destroyed.")),
            (FOR_GOOD, Option("For good", "Until you delete it. While those days last, you can go back to them.")),
        ],
    )
    clips_allowed = forms.BooleanField(
        label="People with an account may share clips", required=False, help_text="A clip is gone with its replay."
    )

    def decided(self) -> dict:
        """For the service; only of a valid form."""
        facts = {name: self.cleaned_data[name] for name in ("title", "visibility", "clips_allowed")}
        kept = {"for_good": self.cleaned_data["kept"] == FOR_GOOD}
        return facts | kept | {"starts_at_ms": self.cleaned_data["starts_at"]}

    def refuse(self, refusal: Refused) -> None:
        """What the service has refused, beside the field it is about."""
        self.add_error(FIELD_OF.get(refusal.code), forms.ValidationError(refusal.sentence, code=refusal.code))
