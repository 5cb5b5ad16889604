from django.urls import path

from accounts.views import profiles

urlpatterns = [
    path("@<str:handle>/", profiles.profile, name="profile"),
    path("@<str:handle>/follow/", profiles.Following.as_view(), name="follow"),
    path("me/", profiles.Editing.as_view(), name="profile_edit"),
]
