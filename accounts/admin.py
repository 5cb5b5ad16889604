"""People in Django's admin, behind the door of accounts/staff.py."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm

from accounts.models import User
from accounts.services import closing, safety


class PersonCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("handle", "display_name", "email")

    def clean_handle(self) -> str:
        return self.cleaned_data["handle"].lower()

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class PersonPasswordForm(AdminPasswordChangeForm):
    """Staff choose another password for somebody: whoever was signed in as them is not any more."""

    def save(self, commit: bool = True) -> User:
        user = super().save(commit=False)
        user.save(update_fields=["password"])
        safety.note_ended(user=user)
        return user


@admin.register(User)
class PersonAdmin(DjangoUserAdmin):
    change_password_form = PersonPasswordForm
    add_form = PersonCreationForm
    add_fieldsets = [
        (None, {"fields": ["handle", "display_name", "email", "usable_password", "password1", "password2"]})
    ]
    fieldsets = [
        (None, {"fields": ["handle", "display_name", "bio", "email", "password"]}),
        (
            "What they may do",
            {"fields": ["is_active", "is_protected", "is_staff", "is_superuser", "groups", "user_permissions"]},
        ),
        ("When", {"fields": ["date_joined", "last_login", "closing_at", "erased_at"]}),
    ]
    # Addresses point to handles, and allauth keeps the proven address: both change elsewhere.
    readonly_fields = ["handle", "email", "date_joined", "last_login", "closing_at", "erased_at"]
    list_display = ["handle", "display_name", "email", "is_active", "is_staff", "date_joined"]
    list_filter = ["is_active", "is_protected", "is_staff", "is_superuser"]
    search_fields = ["handle", "display_name", "email"]
    ordering = ["handle"]

    actions = ["erase"]

    @admin.action(permissions=["change"], description="Delete these accounts for good, bans stay in force")
    def erase(self, request, queryset) -> None:
        for person in queryset:
            closing.condemn(user=person)
        self.message_user(request, "These accounts are closed now, and erased within the hour.")

    def save_model(self, request, obj: User, form, change: bool) -> None:
        """What was changed here, and nothing else: others may have written meanwhile."""
        columns = {field.name for field in User._meta.concrete_fields}
        obj.save(update_fields=columns & set(form.changed_data) if change else None)

    def has_delete_permission(self, request, obj=None) -> bool:
        """Rows of others name this one: it is erased, and stays."""
        return False

    def get_readonly_fields(self, request, obj=None):
        return self.readonly_fields if obj else []


class LookOnly(admin.ModelAdmin):
    """What staff look at: it is somebody's own, or changes through services."""

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def lookup_allowed(self, lookup, value, request=None) -> bool:
        """By the filters it has. By any other field an address could ask for what is not shown, letter by letter."""
        return lookup.partition("__")[0] in self.list_filter


class OwnThings(LookOnly):
    search_fields = ["user__handle", "user__email"]


class Removable(OwnThings):
    """For whoever is locked out."""

    ordering = ["-created_at"]

    def has_delete_permission(self, request, obj=None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)


# allauth's own would show the secrets of second steps, and let whoever may look call an address proven.
admin.site.unregister([Authenticator, EmailAddress, UserSession])


@admin.register(EmailAddress)
class AddressAdmin(OwnThings):
    fields = list_display = ["user", "email", "verified"]
    ordering = ["email"]


@admin.register(Authenticator)
class FactorAdmin(Removable):
    fields = list_display = ["user", "type", "created_at", "last_used_at"]


@admin.register(UserSession)
class SessionAdmin(Removable):
    fields = list_display = ["user", "ip", "user_agent", "created_at", "last_seen_at"]

    def delete_model(self, request, obj: UserSession) -> None:
        """Without its session the row would only be out of sight."""
        safety.end_session(session=obj.pk, by=obj.user)

    def delete_queryset(self, request, queryset) -> None:
        for session in queryset.select_related("user"):
            self.delete_model(request, session)
