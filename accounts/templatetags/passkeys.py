"""What templates with passkeys need: options for the browser's ceremony, and whether it can take place here."""

import json

from django import template
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http.request import split_domain_port, validate_host

from accounts.factors import passkeys_work_at

register = template.Library()


@register.filter
def as_json(value) -> str:
    """For a data attribute; escaped there as every other text."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.simple_tag(takes_context=True)
def passkeys_work(context) -> bool:
    return passkeys_work_at(context["request"])


@register.simple_tag(takes_context=True)
def named_address(context) -> str:
    """The address of the same page under this machine's own name, where it has no other and answers to that one."""
    request = context["request"]
    if not validate_host("localhost", settings.ALLOWED_HOSTS):
        return ""
    port = split_domain_port(request.get_host())[1]
    return f"http://localhost{port and f':{port}'}{request.path}"
