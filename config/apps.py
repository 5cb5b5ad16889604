from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """Django's admin behind this site's own door."""

    default_site = "accounts.staff.StaffSite"
