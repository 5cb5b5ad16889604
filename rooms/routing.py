from django.urls import path

from rooms.consumers.account import AccountConsumer
from rooms.consumers.home import HomeConsumer
from rooms.consumers.live import LiveConsumer

websocket_urlpatterns = [
    path("ws/home/", HomeConsumer.as_asgi()),
    path("ws/me/", AccountConsumer.as_asgi()),
    path("ws/spaces/<slug:slug>/", LiveConsumer.as_asgi()),
]
