"""Who comes in, and how: accounts, sign-in and what protects both, for config/settings.py; mostly django-allauth's.

Settings with a name of their own in the environment say so; the others are decisions of this product.
"""

# How often something may be tried: times/period/per what. An address is an IPv4 address or an IPv6 network of
# ALLAUTH_RATE_LIMIT_IPV6_PREFIX; a key is the handle, the e-mail address or the account that is tried.
RATE_LIMITS = {
    # Opening the sign-in form or sending it.
    "login": "30/m/ip",
    # Wrong passwords, and wrong codes of the second step: ten a minute from one address, five in five minutes for one
    # account from anywhere, whether or not there is such an account.
    "login_failed": "10/m/ip,5/5m/key",
    # The password or a code once more, before something that protects the account is changed.
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    # Codes for a new password: how many are asked for from one address and mailed to one.
    "reset_password": "20/m/ip,5/m/key,10/h/key",
    "reset_password_from_key": "20/m/ip",
    "signup": "20/m/ip",
    # Codes that prove an address.
    "confirm_email": "1/10s/key,10/h/key",
}
FORMS = {
    "signup": "SignupForm",
    "login": "LoginForm",
    "reauthenticate": "ReauthenticateForm",
    "add_email": "AddEmailForm",
    "change_password": "ChangePasswordForm",
    "set_password": "SetPasswordForm",
    "reset_password": "ResetPasswordForm",
    "reset_password_from_key": "ResetPasswordKeyForm",
    "confirm_email_verification_code": "ConfirmEmailVerificationCodeForm",
    "confirm_password_reset_code": "ConfirmPasswordResetCodeForm",
}
FACTOR_FORMS = {
    "activate_totp": "ActivateAppForm",
    "authenticate": "CodeForm",
    "reauthenticate": "CodeAgainForm",
    "add_webauthn": "AddPasskeyForm",
    "edit_webauthn": "RenamePasskeyForm",
    "login_webauthn": "PasskeyDoorForm",
}
VALIDATORS = (
    "UserAttributeSimilarityValidator",
    "MinimumLengthValidator",
    "CommonPasswordValidator",
    "NumericPasswordValidator",
)


def read(env, *, debug: bool) -> dict:
    """Names and values."""
    AUTH_USER_MODEL = "accounts.User"
    AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.ModelBackend",
        "allauth.account.auth_backends.AuthenticationBackend",
    ]
    AUTH_PASSWORD_VALIDATORS = [{"NAME": f"django.contrib.auth.password_validation.{name}"} for name in VALIDATORS]
    LOGIN_URL = "account_login"
    LOGIN_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "home"

    ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
    ACCOUNT_FORMS = {name: f"accounts.forms.entering.{form}" for name, form in FORMS.items()}
    ACCOUNT_LOGIN_METHODS = {"email", "username"}
    ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
    ACCOUNT_USER_MODEL_USERNAME_FIELD = "handle"
    ACCOUNT_PRESERVE_USERNAME_CASING = False
    ACCOUNT_USERNAME_VALIDATORS = "accounts.validators.handle_validators"
    ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
    # Another code on request; another address is not offered there, because only real sign-ups could take it.
    ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
    # Seconds a reset code holds: mail is sometimes slow.
    ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
    ACCOUNT_PREVENT_ENUMERATION = True
    # One address per person, replaced once the new one is proven.
    ACCOUNT_CHANGE_EMAIL = True
    ACCOUNT_SESSION_REMEMBER = True
    ACCOUNT_LOGOUT_ON_GET = False
    # Whoever changes the password stays signed in at that browser; every other session is over.
    ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
    ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
    # A mail for every change of what protects the account.
    ACCOUNT_EMAIL_NOTIFICATIONS = True
    ACCOUNT_RATE_LIMITS = RATE_LIMITS
    # A new address is asked for like a factor: whoever has it can choose a new password.
    ACCOUNT_REAUTHENTICATION_REQUIRED = True
    # Seconds after which one is asked again who one is before the address or a factor is changed.
    ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
    # Whoever has one IPv6 address has the whole network it is in (RFC 6177, 2).
    ALLAUTH_RATE_LIMIT_IPV6_PREFIX = 64
    # Proxies in front of this server whose X-Forwarded-For is to be believed (TRUSTED_PROXY_COUNT); without it all
    # visitors share one rate limit.
    ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

    MFA_ADAPTER = "accounts.factors.FactorAdapter"
    MFA_FORMS = {name: f"accounts.forms.factors.{form}" for name, form in FACTOR_FORMS.items()}
    # An app that shows codes, passkeys, and codes on paper for the day both are lost.
    MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
    # A passkey that knows its person opens the door alone, without a password.
    MFA_PASSKEY_LOGIN_ENABLED = True
    # What the app calls this site.
    MFA_TOTP_ISSUER = "Openfloor"
    # Codes of the half minute before and after hold too: clocks of phones differ. Each holds once (forms/factors.py).
    MFA_TOTP_TOLERANCE = 1
    # Passkeys that are tried at the sign-in: without a secret to guess, only the work is limited.
    MFA_RATE_LIMITS = {"webauthn_login": "20/m/ip"}
    # Whether staff must have a second step before the staff pages open.
    STAFF_NEEDS_MFA = env.bool("STAFF_NEEDS_MFA", default=not debug)
    return {name: value for name, value in locals().items() if name.isupper()}
