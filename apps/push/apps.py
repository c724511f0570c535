from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PushConfig(AppConfig):
    name = "apps.push"
    label = "push"
    verbose_name = _("Notifications on devices")
    default_auto_field = "django.db.models.BigAutoField"
