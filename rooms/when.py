"""The field for a time still to come: people choose it on their own clock, services get the instant."""

from datetime import UTC, datetime, timedelta

from django import forms
from django.conf import settings
from django.utils import timezone

from rooms.refusals import Refused
from rooms.wallclock import Unclear, instant

SHOWN = "%Y-%m-%dT%H:%M"


class WallclockInput(forms.TextInput):
    input_type = "datetime-local"


class WallclockField(forms.Field):
    """A time as a clock on the wall shows it, without a zone. Initial values are instants, written in UTC."""

    widget = WallclockInput
    default_error_messages = {"required": "Choose a day and a time.", "invalid": "Choose a day and a time."}

    def to_python(self, value) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            local = datetime.fromisoformat(value)
        except ValueError:
            local = None
        if local is None or local.tzinfo is not None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return local

    def prepare_value(self, value):
        return value.astimezone(UTC).strftime(SHOWN) if isinstance(value, datetime) else value


class WhenForm(forms.Form):
    """`cleaned_data["scheduled_for"]` is an instant, or None where a form makes the field optional.

    zone.js shows the field in the reader's zone and says in `zone` which that is; UTC without script.
    """

    scheduled_for = WallclockField(label="When does it start?")
    zone = forms.Field(required=False, initial="UTC", widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        now = timezone.now().astimezone(UTC)
        attrs = self.fields["scheduled_for"].widget.attrs
        attrs["min"] = now.strftime(SHOWN)
        attrs["max"] = (now + timedelta(days=settings.SCHEDULE_MAX_DAYS)).strftime(SHOWN)
        # What somebody typed is a time on their own clock already.
        if not self.is_bound and (at := self.get_initial_for_field(self.fields["scheduled_for"], "scheduled_for")):
            attrs["data-instant"] = at.isoformat()

    def clean(self) -> dict:
        facts = super().clean() or self.cleaned_data
        local, zone = facts.get("scheduled_for"), facts.pop("zone", "") or "UTC"
        if local is not None:
            try:
                facts["scheduled_for"] = instant(local, zone, known=self.initial.get("scheduled_for"))
            except Unclear as unclear:
                self.add_error("scheduled_for", forms.ValidationError(Refused(unclear.code).sentence, unclear.code))
                if unclear.code == "zone_unknown":
                    self._ask_in_utc()
        return facts

    def _ask_in_utc(self) -> None:
        self.data = self.data.copy()
        self.data[self.add_prefix("zone")] = "UTC"
        self.fields["zone"].widget.attrs["data-refused"] = ""
