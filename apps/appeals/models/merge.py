"""Two clients that are one person, and two that only look like it: what people have said of them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.contact import Contact
from apps.tenants.models import Member, Tenant


class ContactMerge(models.Model):
    """`moved` is what went from the absorbed client to the kept one, ids by model and field; `before` and
    `after` what the kept one's own row said: enough to put all of it back.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    kept = models.ForeignKey(Contact, models.CASCADE, related_name="merges", verbose_name=_("client"))
    absorbed = models.ForeignKey(Contact, models.CASCADE, related_name="+", verbose_name=_("merged with"))
    by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("merged on"), default=timezone.now)
    undone_at = models.DateTimeField(_("undone on"), null=True)
    undone_by = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", verbose_name=_("undone by")
    )
    moved = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    # Recipients of campaigns that both were in: not written to a second time.
    set_aside = models.JSONField(default=list)
    # From whom the absorbed one differs, so does the kept one: rows of `DifferentClients` made for it.
    differences = models.JSONField(default=list)
    # After the undoing: what could not be told apart and stayed with the kept one, by `undoing.STAYS`.
    stayed = models.JSONField(default=list)

    class Meta:
        verbose_name = _("merge of clients")
        verbose_name_plural = _("merges of clients")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(undone_at=None), name="merged_into_one_client"
            ),
        )

    def __str__(self) -> str:
        return f"{self.absorbed} → {self.kept}"


class DifferentClients(models.Model):
    """A person has said so: they are not offered as one client any more. `first` is the older one."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    first = models.ForeignKey(Contact, models.CASCADE, related_name="+", verbose_name=_("client"))
    second = models.ForeignKey(Contact, models.CASCADE, related_name="+", verbose_name=_("client"))
    by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("different clients")
        verbose_name_plural = _("different clients")
        constraints = (models.UniqueConstraint(fields=["first", "second"], name="different_once"),)

    def __str__(self) -> str:
        return f"{self.first} ≠ {self.second}"
