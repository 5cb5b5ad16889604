"""django-allauth's forms of the second step in this site's words (MFA_FORMS)."""

from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from allauth.mfa.webauthn.internal import auth
from django.core.cache import cache
from fido2.webauthn import UserVerificationRequirement

from accounts.forms.entering import InOurWords
from accounts.forms.profile import LineField

CODE_MAX = 20
NAME_MAX = 60
PASSKEYS_MAX = 20


class InDigits(InOurWords):
    """Mixin for forms with a code: short, and by a keyboard of digits on a phone."""

    labels = {"code": "Code"}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.max_length = CODE_MAX
        code.widget.attrs |= {"inputmode": "numeric", "maxlength": CODE_MAX}


class Once(InDigits):
    """Mixin: a code of the app that has opened a door opens none again (RFC 6238, 5.2). allauth remembers it for one
    period only, while those before and after hold too (MFA_TOTP_TOLERANCE)."""

    helps = {"code": "Six digits from your app, or a recovery code."}

    def clean_code(self) -> str:
        code = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP:
            key = f"totp-used:{self.user.pk}:{''.join(filter(str.isdigit, code))}"
            periods = 2 * app_settings.TOTP_TOLERANCE + 1
            if not cache.add(key, True, timeout=periods * app_settings.TOTP_PERIOD):
                raise get_adapter().validation_error("incorrect_code")
        return code


class ActivateAppForm(InDigits, totp.ActivateTOTPForm):
    labels = {"code": "The code it shows now"}
    helps = {"code": "Six digits, new every half minute."}


class CodeForm(Once, base.AuthenticateForm):
    pass


class CodeAgainForm(Once, base.ReauthenticateForm):
    pass


def name_field() -> LineField:
    return LineField(label="Name", max_length=NAME_MAX, help_text="To know it again, such as “My phone”.")


class PasskeyDoorForm(webauthn.LoginWebAuthnForm):
    """Opens the door alone, so whoever holds the key must have proven to it who they are (WebAuthn Level 3, 5.8.6).
    allauth keeps one challenge for this and for the second step, where that is only preferred."""

    def clean_credential(self):
        state = auth.get_state() or {}
        if state.get("user_verification") != UserVerificationRequirement.REQUIRED:
            raise get_adapter().validation_error("incorrect_code")
        return super().clean_credential()


class AddPasskeyForm(InOurWords, webauthn.AddWebAuthnForm):
    labels = {"passwordless": "Let it open the door alone, without my password"}
    helps = {"passwordless": "It then asks for your finger, your face or a PIN. Some older security keys cannot."}

    name = name_field()

    def __init__(self, *args, **kwargs) -> None:
        kwargs["initial"] = {"passwordless": True} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)

    def clean(self) -> dict:
        keys = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.WEBAUTHN)
        if keys.count() >= PASSKEYS_MAX:
            self.add_error(None, "That is as many passkeys as one account can have. Remove one first.")
            return self.cleaned_data
        return super().clean()


class RenamePasskeyForm(webauthn.EditWebAuthnForm):
    name = name_field()
