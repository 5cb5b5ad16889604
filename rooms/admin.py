"""What staff see of rooms. Read-only: every write goes through a service, and staff decisions get their own."""

from django.contrib import admin

from accounts.admin import LookOnly
from rooms.models import Participant, Space


@admin.register(Space)
class SpaceAdmin(LookOnly):
    list_display = ["title", "host", "state", "started_at", "ended_at"]
    list_filter = ["state", "started_at"]
    list_select_related = ["host"]
    search_fields = ["title", "slug", "host__handle"]


@admin.register(Participant)
class ParticipantAdmin(LookOnly):
    list_display = ["name", "user", "space", "role", "joined_at", "left_at", "removed_at"]
    list_filter = ["role", "joined_at"]
    list_select_related = ["space", "user"]
    search_fields = ["space__slug", "space__title", "user__handle"]
    exclude = ["guest", "device"]
