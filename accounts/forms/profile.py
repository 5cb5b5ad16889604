"""What people type about themselves."""

import unicodedata

from django import forms

from accounts.models import User
from accounts.validators import validate_display_name, validate_line


class LineField(forms.CharField):
    """One line of human text: spaces are tidied, invisible characters are refused rather than dropped silently."""

    def to_python(self, value) -> str:
        return " ".join(unicodedata.normalize("NFC", super().to_python(value)).split())


def display_name_field() -> LineField:
    return LineField(
        label="Name",
        max_length=User._meta.get_field("display_name").max_length,
        validators=[validate_display_name],
        help_text="How people see you in a Space. You can change it later.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class ProfileForm(forms.Form):
    display_name = display_name_field()
    bio = LineField(
        label="About you",
        required=False,
        max_length=User._meta.get_field("bio").max_length,
        validators=[validate_line],
        help_text="One or two sentences, shown on your profile.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
