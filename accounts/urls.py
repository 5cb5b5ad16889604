from django.urls import path, register_converter

from accounts.views import (
    avatars,
    blocking,
    following,
    message_report,
    messages,
    notifications,
    own_data,
    privacy,
    profiles,
    push,
    safety,
    unsubscribing,
)


class HandleConverter:
    """What no handle can be is nobody's address, and no database is asked for it: some take no such text."""

    regex = "[A-Za-z0-9_]{1,30}"
    to_python = to_url = staticmethod(str)


register_converter(HandleConverter, "handle")

urlpatterns = [
    path("@<handle:handle>/", profiles.Profile.as_view(), name="profile"),
    path("@<handle:handle>/follow/", following.Following.as_view(), name="follow"),
    path("@<handle:handle>/followers/", following.Followers.as_view(), name="followers"),
    path("@<handle:handle>/following/", following.Followed.as_view(), name="following"),
    path("messages/", messages.Inbox.as_view(), name="inbox"),
    path("messages/requests/", messages.Requests.as_view(), name="message_requests"),
    path("messages/<uuid:conversation>/", messages.Conversation.as_view(), name="conversation"),
    path("messages/<uuid:conversation>/read/", messages.Reading.as_view(), name="reading"),
    path("messages/<uuid:conversation>/acceptance/", messages.Acceptance.as_view(), name="acceptance"),
    path("messages/<uuid:conversation>/<int:pk>/", messages.OneMessage.as_view(), name="message"),
    path(
        "messages/<uuid:conversation>/<int:pk>/report/", message_report.MessageReport.as_view(), name="report_message"
    ),
    path("@<handle:handle>/message/", messages.Writing.as_view(), name="write_to"),
    path("@<handle:handle>/block/", blocking.Blocking.as_view(), name="block"),
    path("@<handle:handle>/mute/", blocking.PersonMuting.as_view(), name="mute_person"),
    path("me/", profiles.Editing.as_view(), name="profile_edit"),
    path("me/handle/", profiles.Handle.as_view(), name="handle"),
    path("me/avatar/", avatars.Avatar.as_view(), name="avatar"),
    path("avatars/<slug:name>.webp", avatars.picture, name="avatar_file"),
    path("me/privacy/", privacy.Privacy.as_view(), name="privacy"),
    path("me/protection/", privacy.Protection.as_view(), name="protection"),
    path("me/messages-from/", privacy.MessagesFrom.as_view(), name="messages_from"),
    path("me/listening/", privacy.Listening.as_view(), name="listening"),
    path("me/blocked/", blocking.ShutOut.as_view(), name="shut_out"),
    path("me/requests/", privacy.FollowRequests.as_view(), name="follow_requests"),
    path("me/requests/<handle:handle>/", privacy.FollowRequest.as_view(), name="follow_request"),
    path("me/followers/<handle:handle>/", following.Follower.as_view(), name="follower"),
    path("notifications/", notifications.Notifications.as_view(), name="notifications"),
    path("notifications/seen/<int:up_to>/", notifications.Seen.as_view(), name="notifications_seen"),
    path("mail/unsubscribe/<str:token>/", unsubscribing.Unsubscribing.as_view(), name="unsubscribe"),
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
