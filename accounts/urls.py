from django.urls import path

from accounts.views import notifications, profiles

urlpatterns = [
    path("@<str:handle>/", profiles.profile, name="profile"),
    path("@<str:handle>/follow/", profiles.Following.as_view(), name="follow"),
    path("notifications/", notifications.Notifications.as_view(), name="notifications"),
    path("notifications/seen/<int:up_to>/", notifications.Seen.as_view(), name="notifications_seen"),
    path("me/notifications/", notifications.Settings.as_view(), name="notification_settings"),
    path("me/notifications/<slug:kind>/<slug:way>/", notifications.Wish.as_view(), name="notification_wish"),
    path("me/", profiles.Editing.as_view(), name="profile_edit"),
]
