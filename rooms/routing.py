from django.urls import path

from rooms.consumers.live import LiveConsumer

websocket_urlpatterns = [path("ws/spaces/<slug:slug>/", LiveConsumer.as_asgi())]
