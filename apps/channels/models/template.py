"""What templates a channel has, as its service last told."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.models.channel import Channel
from apps.core.models import DurableWork
from apps.tenants.models import Tenant


class KnownTemplate(models.Model):
    """One approved template. `content` is the contract's `Template`, as `templates.template_of` reads it."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    channel = models.ForeignKey(
        Channel, models.CASCADE, related_name="known_templates", verbose_name=_("channel")
    )
    external_id = models.CharField(_("vendor's id"), max_length=200)
    name = models.CharField(_("name"), max_length=512)
    language = models.CharField(_("language"), max_length=20)
    content = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        ordering = ("name", "language")
        constraints = (
            models.UniqueConstraint(fields=["channel", "external_id"], name="template_once_per_channel"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"


class TemplateList(DurableWork):
    """The work of asking a channel's service for its templates: one row, queued anew each time."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    channel = models.OneToOneField(
        Channel, models.CASCADE, related_name="template_list", verbose_name=_("channel")
    )
    refreshed_at = models.DateTimeField(_("refreshed"), null=True)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("list of templates")
        verbose_name_plural = _("lists of templates")

    def __str__(self) -> str:
        return str(self.channel)
