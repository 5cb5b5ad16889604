from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config import health

# Where django-allauth leads back to: our page shows all of it.
to_safety = RedirectView.as_view(pattern_name="safety")

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("staff/", admin.site.urls),
    path("account/", include("allauth.account.urls")),
    path("account/mfa/", to_safety, name="mfa_index"),
    path("account/mfa/webauthn/", to_safety, name="mfa_list_webauthn"),
    path("account/mfa/", include("allauth.mfa.urls")),
    path("", include("accounts.urls")),
    path("", include("recordings.urls")),
    path("", include("rooms.urls")),
]
