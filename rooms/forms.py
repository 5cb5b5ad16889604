"""What people type about a Space, and what they see of it when it comes back. Every rule is asked for elsewhere."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django import forms
from django.conf import settings
from django.utils import timezone

from rooms import languages, wording
from rooms.models import Space
from rooms.refusals import Refused
from rooms.services.spaces import SETTINGS
from rooms.when import WhenForm

NOW, LATER = "now", "later"
WORDS = ("title", "description", "topics", "language")
# Where a refusal of a service belongs; all others are about the form as a whole.
FIELD_OF = {"time_past": "scheduled_for", "time_too_far": "scheduled_for"}
# The commas of Latin, Arabic, Chinese and Japanese.
COMMAS = re.compile("[,\u060c\uff0c\u3001]")


@dataclass(frozen=True)
class Option:
    """A choice with a sentence below it."""

    label: str
    sentence: str

    def __str__(self) -> str:
        return self.label


class Choice(forms.TypedChoiceField):
    """What is not sent means what the form shows at first."""

    default_error_messages = {"invalid_choice": "Choose one of these."}

    def clean(self, value):
        return super().clean(value or self.initial)


class Radios(Choice):
    widget = forms.RadioSelect


class SpaceForm(forms.Form):
    """The server's own sentences are what people read: forms with these fields are written with `novalidate`."""

    use_required_attribute = False

    def refuse(self, refusal: Refused) -> None:
        """What a service has refused, beside the field it is about."""
        field = FIELD_OF.get(refusal.code)
        self.add_error(field, forms.ValidationError(refusal.sentence, code=refusal.code))


class WordsForm(SpaceForm):
    """What a Space is about: for hosts and co-hosts."""

    title = forms.CharField(
        label="What is it about?",
        # Longer than the rule allows, so that the rule's own sentence is what people read.
        max_length=500,
        error_messages={
            "required": Refused("title_empty").sentence,
            "max_length": Refused("title_too_long", most=settings.TITLE_MAX).sentence,
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "go"}),
    )
    description = forms.CharField(
        label="Description",
        required=False,
        help_text=f"What people can expect, in {settings.DESCRIPTION_MAX} characters at most.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    topics = forms.CharField(
        label="Topics",
        required=False,
        help_text=f"Up to {settings.TOPICS_MAX}, with commas between: gardens, jazz, local news.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    language = Choice(
        label="Language",
        choices=languages.CHOICES,
        initial=languages.DEFAULT,
        error_messages={"invalid_choice": Refused("language_unknown").sentence},
    )

    def clean_title(self) -> str:
        return said(wording.cleaned_title, self.cleaned_data["title"], longest=settings.TITLE_MAX)

    def clean_description(self) -> str:
        return said(wording.cleaned_description, self.cleaned_data["description"], longest=settings.DESCRIPTION_MAX)

    def clean_topics(self) -> list[str]:
        names = COMMAS.split(self.cleaned_data["topics"])
        return said(wording.cleaned_topics, names, most=settings.TOPICS_MAX, longest=settings.TOPIC_MAX)

    @property
    def moved(self) -> bool:
        """Whether another time was chosen."""
        at = self.cleaned_data.get("scheduled_for")
        return at is not None and at != self.initial["scheduled_for"]

    @property
    def parts(self) -> dict:
        """For services.editing."""
        facts = self.cleaned_data
        return {
            "words": {name: facts[name] for name in WORDS},
            "settings": {name: facts[name] for name in SETTINGS if name in facts},
            "scheduled_for": facts.get("scheduled_for"),
        }


class SettingsForm(SpaceForm):
    """Who may do what: for hosts."""

    speak_permission = Radios(
        label="Who may speak?",
        choices=[
            (Space.SpeakPermission.EVERYONE, Option("Everyone", "Whoever raises a hand may take a free seat.")),
            (
                Space.SpeakPermission.FOLLOWED,
                Option("People I follow", "They may take a free seat; others raise a hand and wait for you."),
            ),
            (Space.SpeakPermission.INVITED, Option("Only people I invite", "You answer every raised hand yourself.")),
        ],
        initial=Space.SpeakPermission.INVITED,
    )
    is_private = Radios(
        label="Who may find it?",
        choices=[
            (False, Option("Everybody", "It stands on the home page, and anybody with its address can listen.")),
            (True, Option("Only people I let in", "For all others it does not exist: invite them, or make a link.")),
        ],
        coerce=lambda value: value == "True",
        initial=False,
    )
    guests_allowed = forms.BooleanField(
        label="People without an account may listen",
        required=False,
        initial=True,
        help_text="They are counted and never named. To speak they sign in.",
    )
    captions_wanted = forms.BooleanField(
        label="I would like captions",
        required=False,
        help_text="Your wish is kept with the Space. This server does not write captions yet.",
    )
    recording_wanted = forms.BooleanField(
        label="Record a replay from the first second",
        required=False,
        help_text="On stage everybody is asked first, and who says no is not in it. You can begin and stop it live.",
    )


class HostForm(WordsForm, SettingsForm):
    """Everything but the time."""


class LiveForm(HostForm):
    """What a host changes of a live Space; recording is switched in its panel."""

    recording_wanted = None


class PlanForm(HostForm, WhenForm):
    """What a host changes of a planned one."""


class NewSpaceForm(HostForm, WhenForm):
    """A Space that goes on air at once, or one for the calendar: then `scheduled_for` is an instant."""

    when = Radios(
        label="When?",
        choices=[
            (NOW, Option("Now", "You are on air as soon as you press the button.")),
            (LATER, Option("Later", f"Up to {settings.SCHEDULE_MAX_DAYS} days ahead. People can ask to be reminded.")),
        ],
        initial=NOW,
    )

    def clean(self) -> dict:
        facts = super().clean()
        if facts.pop("when", None) != LATER:
            self.errors.pop("scheduled_for", None)
            facts["scheduled_for"] = None
        return facts

    @property
    def unfolded(self) -> bool:
        """Whether something is wrong with what most people never open."""
        return not {"title", "when", "scheduled_for", "zone", "__all__"}.issuperset(self.errors)


def said(clean, words, **limits: int):
    """What a function of wording.py makes of the words; its refusal as the field's error."""
    try:
        return clean(words, **limits)
    except Refused as refusal:
        raise forms.ValidationError(refusal.sentence, code=refusal.code) from refusal


def as_typed(space: Space) -> dict:
    """A Space as the fields above show it."""
    facts = {name: getattr(space, name) for name in (*WORDS, *SETTINGS, "scheduled_for")}
    return facts | {"topics": ", ".join(topic.name for topic in space.topics.all())}


def full_hour() -> datetime:
    """A time to begin with: the second full hour from now."""
    return timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)
