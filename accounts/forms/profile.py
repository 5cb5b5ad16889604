"""What people type about themselves."""

import unicodedata

from django import forms
from django.conf import settings

from accounts.models import User
from accounts.validators import handle_validators, validate_display_name, validate_line, validate_link


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
    link = forms.URLField(
        label="Your own page",
        required=False,
        max_length=User._meta.get_field("link").max_length,
        assume_scheme="https",
        validators=[validate_link],
        help_text="One address, such as https://example.org/ana.",
        # Not of type "url", which has browsers refuse an address without https://.
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "url", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class HandleForm(forms.Form):
    handle = forms.CharField(
        label="Handle",
        # With the @ people write before it.
        max_length=User._meta.get_field("handle").max_length + 1,
        help_text=f"The former one leads to you for {settings.HANDLE_DAYS} days, and nobody else can have it.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_handle(self) -> str:
        handle = self.cleaned_data["handle"].removeprefix("@").lower()
        for validate in handle_validators:
            validate(handle)
        return handle
