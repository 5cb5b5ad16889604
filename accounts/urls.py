from django.urls import path

from accounts.views import following, notifications, own_data, privacy, profiles, push, safety

urlpatterns = [
    path("@<str:handle>/", profiles.Profile.as_view(), name="profile"),
    path("@<str:handle>/follow/", following.Following.as_view(), name="follow"),
    path("@<str:handle>/followers/", following.Followers.as_view(), name="followers"),
    path("@<str:handle>/following/", following.Followed.as_view(), name="following"),
    path("me/", profiles.Editing.as_view(), name="profile_edit"),
    path("me/handle/", profiles.Handle.as_view(), name="handle"),
    path("me/privacy/", privacy.Privacy.as_view(), name="privacy"),
    path("me/protection/", privacy.Protection.as_view(), name="protection"),
    path("me/listening/", privacy.Listening.as_view(), name="listening"),
    path("me/requests/", privacy.FollowRequests.as_view(), name="follow_requests"),
    path("me/requests/<str:handle>/", privacy.FollowRequest.as_view(), name="follow_request"),
    path("me/followers/<str:handle>/", following.Follower.as_view(), name="follower"),
    path("notifications/", notifications.Notifications.as_view(), name="notifications"),
    path("notifications/seen/<int:up_to>/", notifications.Seen.as_view(), name="notifications_seen"),
    path("me/push/", push.Push.as_view(), name="push"),
    path("push-worker.js", push.worker, name="push_worker"),
    path("me/notifications/", notifications.Settings.as_view(), name="notification_settings"),
    path("me/notifications/<slug:kind>/<slug:way>/", notifications.Wish.as_view(), name="notification_wish"),
    path("me/data/", own_data.OwnData.as_view(), name="own_data"),
    path("me/data/copies/", own_data.Copies.as_view(), name="own_copies"),
    path("me/data/copies/<uuid:pk>/links/", own_data.CopyLink.as_view(), name="copy_link"),
    path("me/data/copies/<uuid:pk>/<str:token>.zip", own_data.CopyFile.as_view(), name="export_file"),
    path("me/closing/", own_data.Closing.as_view(), name="closing"),
    path("me/keeping/", own_data.Keeping.as_view(), name="keeping"),
    path("me/safety/", safety.Safety.as_view(), name="safety"),
    path("me/safety/sessions/", safety.Sessions.as_view(), name="sessions"),
    path("me/safety/sessions/<int:session>/", safety.Session.as_view(), name="session"),
    path("me/safety/app.svg", safety.AppPicture.as_view(), name="app_picture"),
]
