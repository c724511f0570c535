from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CallAnalysisConfig(AppConfig):
    name = "apps.callanalysis"
    label = "callanalysis"
    verbose_name = _("Calls")
    default_auto_field = "django.db.models.BigAutoField"
