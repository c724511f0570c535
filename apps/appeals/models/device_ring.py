"""A bell that rang for a member with devices: the work that finds what to tell them there."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import DurableWork
from apps.tenants.models import Member, Tenant


class DeviceRing(DurableWork):
    """Made by the database itself (`desk_ring`), in the transaction of what it rings for; without a member it
    is for all. No constraint on its keys: it may be rung by the removal of that very member.
    """

    tenant = models.ForeignKey(
        Tenant, models.CASCADE, related_name="+", db_constraint=False, verbose_name=_("organisation")
    )
    member = models.ForeignKey(
        Member,
        models.CASCADE,
        related_name="+",
        null=True,
        db_constraint=False,
        verbose_name=_("employee"),
    )

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("bell for devices")
        verbose_name_plural = _("bells for devices")

    def __str__(self) -> str:
        return f"№{self.pk}"
