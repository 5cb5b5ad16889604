"""ASGI entry point: HTTP by Django, websockets by Channels."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402  (apps must be loaded first)
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402

from accounts import routing as accounts  # noqa: E402
from config import bodies, garbage, paces  # noqa: E402
from rooms import routing as rooms  # noqa: E402

bodies.limit()
paces.keep()
urlpatterns = [*accounts.websocket_urlpatterns, *rooms.websocket_urlpatterns]
application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(urlpatterns))),
    }
)
garbage.leave_out_what_stays()
