"""What a page shows of a file in its place: a small picture, a copy of sound that every browser plays."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.message import Attachment
from apps.core.models import DurableWork
from apps.tenants.models import Tenant

# How much of a conversation one picture may take, width and height.
SHOWN = (320, 256)


class Rendition(DurableWork):
    """Done without a `file`: there is nothing to make of the original, which stays as it is either way."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    attachment = models.OneToOneField(
        Attachment, models.CASCADE, related_name="rendition", verbose_name=_("attachment")
    )
    file = models.FileField(_("file"), max_length=300, blank=True)
    content_type = models.CharField(_("content type"), max_length=100, default="", blank=True)
    # Of a thumbnail, in dots: the page keeps its place before it is there.
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("rendition")
        verbose_name_plural = _("renditions")

    @property
    def shown_size(self) -> tuple[int, int]:
        """In the page's own dots: known before the picture is there, so that nothing jumps."""
        width, height = self.width or 1, self.height or 1
        scale = min(1, SHOWN[0] / width, SHOWN[1] / height)
        return max(1, round(width * scale)), max(1, round(height * scale))

    def __str__(self) -> str:
        return f"№{self.pk}"
