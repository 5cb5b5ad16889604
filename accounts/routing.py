from django.urls import path

from accounts.consumers import ConversationConsumer, InboxConsumer

websocket_urlpatterns = [
    path("ws/me/conversations/", InboxConsumer.as_asgi()),
    path("ws/me/conversations/<uuid:pk>/", ConversationConsumer.as_asgi()),
]
