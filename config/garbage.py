"""When Python looks through all objects for circles that nothing else holds (gc). That is a pause in everybody's page.

Called once by config.asgi. The relay, whose pauses are heard, has stricter ways (rooms/relay/garbage.py).
"""

import gc

from django.urls import reverse


def leave_out_what_stays() -> None:
    """Code, models and addresses last as long as the process. Looking through them took 0.1 s, after every twenty to
    forty home pages."""
    # The first address anybody asks for has them all read.
    reverse("home")
    gc.collect()
    gc.freeze()
