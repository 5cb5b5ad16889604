from django import forms
from django.conf import settings

from rooms import rules
from rooms.models import Space


class SpaceForm(forms.Form):
    title = forms.CharField(
        label="What is it about?",
        strip=True,
        # Longer than the rule allows, so that the rule's own sentence is what people read.
        max_length=500,
        error_messages={
            "required": rules.REFUSALS["title_empty"][1],
            "max_length": rules.REFUSALS["title_too_long"][1],
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "go"}),
    )
    speak_permission = forms.ChoiceField(
        label="Who may ask to speak?",
        choices=Space.SpeakPermission.choices,
        initial=Space.SpeakPermission.INVITED,
        widget=forms.RadioSelect,
    )

    def clean_title(self) -> str:
        try:
            return rules.cleaned_title(self.cleaned_data["title"], longest=settings.TITLE_MAX)
        except rules.Refused as refusal:
            raise forms.ValidationError(refusal.sentence, code=refusal.code) from refusal
