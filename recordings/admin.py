"""What staff see of what is kept. Looking changes nothing; listening asks why first (recordings.staff)."""

from django.contrib import admin
from django.db.models import Count, Q
from django.urls import path
from django.utils import timezone

from accounts.admin import LookOnly
from recordings import selectors, staff
from recordings.models import Copy, Hold, StaffAccess, Tombstone
from recordings.services.listening import PERMISSION


class LookInside(admin.TabularInline):
    """Rows that belong to a copy."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


class Holds(LookInside):
    model = Hold
    fields = ["kind", "key", "reason", "by", "placed_at", "review_on", "lifted_at"]


class Accesses(LookInside):
    model = StaffAccess
    fields = ["by", "reason", "at"]


@admin.register(Copy)
class CopyAdmin(LookOnly):
    list_display = ["space", "host", "ended_at", "state", "expires_at", "why", "standing_holds"]
    list_filter = ["state", "why"]
    list_select_related = ["space__host"]
    search_fields = ["space__title", "space__slug", "space__host__handle"]
    ordering = ["-space__ended_at"]
    fields = ["space", "host", "ended_at", "state", "expires_at", "why", "on_report", "purge_failures", "purge_error"]
    readonly_fields = ["host", "ended_at"]
    inlines = [Holds, Accesses]

    def get_queryset(self, request):
        standing = Count("holds", filter=Q(holds__lifted_at__isnull=True))
        return super().get_queryset(request).annotate(standing=standing)

    def get_urls(self) -> list:
        own = [
            path(f"<uuid:pk>/{address}", self.admin_site.admin_view(view), name=f"recordings_copy_{name}")
            for name, address, view in staff.PAGES
        ]
        return own + super().get_urls()

    def change_view(self, request, object_id, form_url="", extra_context=None):
        copy = self.get_object(request, object_id)
        heard = copy is not None and selectors.readable_copy(copy.pk, timezone.now()) is not None
        may = heard and request.user.has_perm(PERMISSION) and selectors.for_staff(copy)
        return super().change_view(request, object_id, form_url, (extra_context or {}) | {"may_listen": may})

    @admin.display(ordering="space__host__handle")
    def host(self, copy: Copy) -> str:
        return str(copy.space.host)

    @admin.display(ordering="space__ended_at")
    def ended_at(self, copy: Copy):
        return copy.space.ended_at

    @admin.display(ordering="standing", description="holds")
    def standing_holds(self, copy: Copy) -> int:
        return copy.standing


@admin.register(StaffAccess)
class StaffAccessAdmin(LookOnly):
    fields = list_display = ["copy", "by", "reason", "at"]
    list_filter = ["at"]
    list_select_related = ["copy__space", "by"]
    search_fields = ["copy__space__slug", "by__handle"]


@admin.register(Tombstone)
class TombstoneAdmin(LookOnly):
    list_display = ["kind", "files", "bytes", "reason", "expired_at", "purged_at", "of"]
    list_filter = ["kind", "reason"]
    search_fields = ["of"]
