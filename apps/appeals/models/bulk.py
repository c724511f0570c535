"""One change to many appeals at once, and what it did to each, so that it can be undone."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.appeal import Appeal
from apps.core.models import DurableWork
from apps.tenants.models import Member, Tenant


class BulkKind(models.TextChoices):
    ASSIGN = "assign", _("assign")
    TAG = "tag", _("put a tag on")
    UNTAG = "untag", _("take a tag off")
    CLOSE = "close", _("close")
    EXPORT = "export", _("export")


class BulkItemState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DONE = "done", _("done")
    # As it was wished already, or not possible: `why` says so.
    SKIPPED = "skipped", _("skipped")
    UNDONE = "undone", _("undone")
    # Somebody changed it since, and their word stands.
    KEPT = "kept", _("changed since, left as it is")


class BulkAction(DurableWork):
    """Runs over its items in rounds. What undoes it is another one, over the same items; the lane of the
    organisation keeps them in order.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    member = models.ForeignKey(Member, models.CASCADE, related_name="+", verbose_name=_("employee"))
    kind = models.CharField(_("what"), max_length=8, choices=BulkKind.choices)
    # {"operator": id or null}, {"tag": id}, {"format": "csv" or "xlsx"}; of a file also {"made": rows so far}
    # and, where it is another app's, {"of": whose, "query": the list's address}.
    params = models.JSONField(default=dict, blank=True)
    # The list's address when it was ordered, in words of the page.
    query = models.CharField(max_length=1000, default="", blank=True)
    total = models.PositiveIntegerField(_("appeals"), default=0)
    undoes = models.OneToOneField("self", models.CASCADE, null=True, related_name="undone_by")
    # A person wants no more of it: what is not done yet is left.
    stopped_at = models.DateTimeField(null=True)
    file = models.FileField(_("file"), max_length=300, null=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("bulk action")
        verbose_name_plural = _("bulk actions")
        ordering = ("-id",)
        indexes = (
            *DurableWork.Meta.indexes,
            models.Index(fields=["tenant", "member", "-id"], name="bulk_of_member"),
        )

    def __str__(self) -> str:
        return f"№{self.pk}"

    @property
    def made(self) -> int:
        """Of a file, how many rows have been written."""
        return int(self.params.get("made", 0))


class BulkItem(models.Model):
    bulk = models.ForeignKey(BulkAction, models.CASCADE, related_name="items")
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+")
    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=BulkItemState.choices, default=BulkItemState.WAITING)
    # What was there before: {"operator": id or null}, {"status": …, "waiting_since": …}
    before = models.JSONField(default=dict, blank=True)
    why = models.CharField(max_length=40, default="", blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["bulk", "appeal"], name="bulk_item_once"),)
        indexes = (models.Index(fields=["bulk", "state", "id"], name="bulk_items_left"),)

    def __str__(self) -> str:
        return f"{self.bulk_id} {self.appeal_id}"
