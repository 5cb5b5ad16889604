"""Browsers in words, in mails."""

from django import template

from accounts import devices

register = template.Library()
register.filter("device", devices.in_words)
