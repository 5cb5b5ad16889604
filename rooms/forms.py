from django import forms
from django.conf import settings

from rooms import wording
from rooms.models import Space
from rooms.refusals import Refused


class SpaceForm(forms.Form):
    title = forms.CharField(
        label="What is it about?",
        strip=True,
        # Longer than the rule allows, so that the rule's own sentence is what people read.
        max_length=500,
        error_messages={
            "required": Refused("title_empty").sentence,
            "max_length": Refused("title_too_long", most=settings.TITLE_MAX).sentence,
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "go"}),
    )
    speak_permission = forms.ChoiceField(
        label="Who may speak?",
        choices=Space.SpeakPermission.choices,
        initial=Space.SpeakPermission.INVITED,
        widget=forms.RadioSelect,
    )

    def clean_title(self) -> str:
        try:
            return wording.cleaned_title(self.cleaned_data["title"], longest=settings.TITLE_MAX)
        except Refused as refusal:
            raise forms.ValidationError(refusal.sentence, code=refusal.code) from refusal
