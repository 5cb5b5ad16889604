"""django-allauth's forms in this site's words (ACCOUNT_FORMS)."""

from allauth.account import forms as allauth
from allauth.account.adapter import get_adapter
from django.contrib.auth.hashers import make_password

from accounts import selectors
from accounts.forms.profile import display_name_field

CHOOSE_WELL = "At least 8 characters, and not one that many people use."


class InOurWords:
    """Mixin for allauth's forms: labels stay visible while one types, so placeholders would only say them twice."""

    labels: dict[str, str] = {}
    helps: dict[str, str] = {}
    # Keyboards of phones would capitalise and correct handles, addresses and codes.
    verbatim = ("login", "username", "email", "code")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.help_text = self.helps.get(name, field.help_text)
            field.widget.attrs.pop("placeholder", None)
            if name in self.verbatim:
                field.widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}


class SignupForm(InOurWords, allauth.SignupForm):
    field_order = ["display_name", "username", "email", "password1"]
    labels = {"username": "Handle", "email": "E-mail"}
    helps = {
        "username": "Your address here, such as @ana_lima: letters a to z, digits and underscores.",
        "email": "We send a code there to see that it is yours. Nobody else sees it.",
        "password1": CHOOSE_WELL,
    }

    display_name = display_name_field()

    def try_save(self, request):
        """As much work for an address that has an account as for one that gets one, and the same answers after it."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
            get_adapter().save_decoy(request, self.cleaned_data["username"], self.cleaned_data["display_name"])
        return super().try_save(request)

    def validate_unique_email(self, value: str) -> str:
        """A barred address is answered like a taken one."""
        value = super().validate_unique_email(value)
        self.account_already_exists = self.account_already_exists or selectors.is_barred(value)
        return value


class LoginForm(InOurWords, allauth.LoginForm):
    labels = {"login": "Handle or e-mail"}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class ReauthenticateForm(InOurWords, allauth.ReauthenticateForm):
    pass


class AddEmailForm(InOurWords, allauth.AddEmailForm):
    labels = {"email": "New e-mail"}


class ChangePasswordForm(InOurWords, allauth.ChangePasswordForm):
    labels = {"oldpassword": "Current password", "password1": "New password", "password2": "New password, again"}
    helps = {"password1": CHOOSE_WELL}


class SetPasswordForm(InOurWords, allauth.SetPasswordForm):
    labels = {"password1": "New password", "password2": "New password, again"}
    helps = {"password1": CHOOSE_WELL}


class ResetPasswordForm(InOurWords, allauth.ResetPasswordForm):
    labels = {"email": "E-mail"}


class ResetPasswordKeyForm(InOurWords, allauth.ResetPasswordKeyForm):
    labels = SetPasswordForm.labels
    helps = SetPasswordForm.helps


class ConfirmEmailVerificationCodeForm(InOurWords, allauth.ConfirmEmailVerificationCodeForm):
    pass


class ConfirmPasswordResetCodeForm(InOurWords, allauth.ConfirmPasswordResetCodeForm):
    pass
