from django.urls import path

from accounts.views import following, notifications, privacy, profiles

urlpatterns = [
    path("@<str:handle>/", profiles.Profile.as_view(), name="profile"),
    path("@<str:handle>/follow/", following.Following.as_view(), name="follow"),
    path("@<str:handle>/followers/", following.Followers.as_view(), name="followers"),
    path("@<str:handle>/following/", following.Followed.as_view(), name="following"),
    path("me/", profiles.Editing.as_view(), name="profile_edit"),
    path("me/privacy/", privacy.Privacy.as_view(), name="privacy"),
    path("me/protection/", privacy.Protection.as_view(), name="protection"),
    path("me/listening/", privacy.Listening.as_view(), name="listening"),
    path("me/requests/", privacy.FollowRequests.as_view(), name="follow_requests"),
    path("me/requests/<str:handle>/", privacy.FollowRequest.as_view(), name="follow_request"),
    path("me/followers/<str:handle>/", following.Follower.as_view(), name="follower"),
    path("notifications/", notifications.Notifications.as_view(), name="notifications"),
    path("notifications/seen/<int:up_to>/", notifications.Seen.as_view(), name="notifications_seen"),
    path("me/notifications/", notifications.Settings.as_view(), name="notification_settings"),
    path("me/notifications/<slug:kind>/<slug:way>/", notifications.Wish.as_view(), name="notification_wish"),
]
