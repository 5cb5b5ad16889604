"""The form on which somebody is invited by their handle."""

from django import forms

from accounts.models import User
from accounts.selectors import person
from rooms.models import Invitation, Space
from rooms.refusals import Refused
from rooms.roles import Role

Kind = Invitation.Kind


class InvitationForm(forms.Form):
    handle = forms.CharField(
        label="Who?",
        max_length=100,
        help_text="Their handle, as in @ana. They see it at once if they are here, and on their home page otherwise.",
        error_messages={"required": "Write the handle of the person you want to invite."},
        widget=forms.TextInput(
            attrs={
                "list": "people-i-follow",
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "enterkeyhint": "send",
                "autofocus": True,
            }
        ),
    )
    kind = forms.ChoiceField(label="What for?", widget=forms.RadioSelect, initial=Kind.SPEAK)

    def __init__(self, *args, space: Space, role: Role | None, **kwargs):
        super().__init__(*args, **kwargs)
        choices = [(Kind.SPEAK, "To speak")]
        if role == Role.HOST:
            choices.append((Kind.COHOST, "To help to host, with hands, seats and microphones"))
        if space.is_private:
            choices.append((Kind.LISTEN, "To listen"))
        self.fields["kind"].choices = choices

    def clean_handle(self) -> User:
        """Whose it is, with the @ that people write before it or without."""
        try:
            return person(self.cleaned_data["handle"].removeprefix("@"))
        except User.DoesNotExist as error:
            raise forms.ValidationError(Refused("unknown_person").sentence, code="unknown_person") from error
