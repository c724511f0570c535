"""Rows that outlive a process: the abstract model of durable work, and the shared rate-limit buckets."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("unknown")


UNSETTLED = (State.QUEUED, State.RUNNING)
TROUBLED = (State.FAILED, State.UNKNOWN)


class DurableWork(models.Model):
    """Something slow or fallible, as a row first. `core.work` alone changes these fields.

    `attempts` grows with every claim and is the fencing token: an outcome is written only while it is
    unchanged. `failures` counts what the back-off is reckoned from (a rate limit does not count). Rows of
    one non-empty `lane` run one at a time, in the order of their ids.
    """

    state = models.CharField(
        _("state"), max_length=8, choices=State.choices, default=State.QUEUED, editable=False
    )
    due_at = models.DateTimeField(_("due at"), default=timezone.now, editable=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0, editable=False)
    failures = models.PositiveIntegerField(_("failures"), default=0, editable=False)
    lease_until = models.DateTimeField(_("lease until"), null=True, editable=False)
    rung_at = models.DateTimeField(_("put on the queue at"), null=True, editable=False)
    lane = models.CharField(_("lane"), max_length=120, default="", blank=True, editable=False)
    error_code = models.CharField(_("error code"), max_length=64, default="", blank=True, editable=False)
    error_text = models.TextField(_("error"), default="", blank=True, editable=False)

    class Meta:
        abstract = True
        indexes: ClassVar[tuple[models.Index, ...]] = (
            models.Index(fields=["due_at"], condition=Q(state="queued"), name="%(class)s_due"),
            models.Index(
                fields=["rung_at"], condition=Q(state="queued", rung_at__isnull=False), name="%(class)s_rung"
            ),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="%(class)s_leased"),
            models.Index(
                fields=["lane", "id"],
                condition=Q(state__in=["queued", "running"]) & ~Q(lane=""),
                name="%(class)s_lane",
            ),
            models.Index(
                fields=["error_code"], condition=Q(state__in=["failed", "unknown"]), name="%(class)s_trouble"
            ),
        )

    @property
    def is_settled(self) -> bool:
        return self.state not in UNSETTLED


class StorageCheck(models.Model):
    """What the last look at the storage of files found: one row. See `core.files.watching`."""

    checked_at = models.DateTimeField(default=timezone.now)
    failing_since = models.DateTimeField(null=True)
    code = models.CharField(max_length=32, blank=True)

    def __str__(self) -> str:
        return self.code or "ok"


class Bucket(models.Model):
    """One token bucket shared by all processes; see `core.bucket`."""

    key = models.CharField(max_length=200, primary_key=True)
    tokens = models.FloatField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
