import os

from django.apps import AppConfig


class WorkappConfig(AppConfig):
    name = "tests.core.workapp"
    label = "workapp"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """In the processes that a test starts: what takes long in earnest is quick."""
        if "WORK_DATABASE" not in os.environ:
            return
        from datetime import timedelta

        from apps.core.processes import child, cluster, sentinel
        from apps.core.work import recover

        recover.UNHEARD = timedelta(seconds=1.5)
        child.HEALTHY = 0.5
        child.SILENT = 6.0
        sentinel.STUCK = 1.5
        cluster.HUNGER_CHECK = 0.5
        cluster.SILENT = 3.0
