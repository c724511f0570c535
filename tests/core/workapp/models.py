from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from apps.core.models import DurableWork


class Chore(DurableWork):
    """`does` names one of `jobs.DEEDS`; `done` counts effects that were written."""

    does = models.CharField(max_length=20, default="nothing")
    repeatable = models.BooleanField(default=True)
    done = models.IntegerField(default=0)
    tenant_id = models.IntegerField(default=1)

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta(DurableWork.Meta):
        abstract = False
        app_label = "workapp"

    def __str__(self) -> str:
        return str(self.pk)


class Errand(DurableWork):
    """A second kind."""

    tenant_id = models.IntegerField(default=1)

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta(DurableWork.Meta):
        abstract = False
        app_label = "workapp"

    def __str__(self) -> str:
        return str(self.pk)


class Trace(models.Model):
    """That the outside was called: committed at once, whatever becomes of the row."""

    chore_id = models.IntegerField()
    process = models.IntegerField()
    began = models.DateTimeField(default=timezone.now)
    ended = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        app_label = "workapp"

    def __str__(self) -> str:
        return str(self.pk)


class Gate(models.Model):
    """While it exists, chores that wait may go on."""

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        app_label = "workapp"

    def __str__(self) -> str:
        return str(self.pk)
