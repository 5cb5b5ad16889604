"""Middleware of this installation; no rules of the product live here."""

from django.http import Http404
from django.views.defaults import page_not_found


def own_not_found_page(get_response):
    """With DEBUG on Django answers an unknown address with a list of all addresses; who tries the demo gets ours."""

    def middleware(request):
        response = get_response(request)
        if response.status_code == 404 and response["Content-Type"].startswith("text/html"):
            return page_not_found(request, Http404())
        return response

    return middleware
