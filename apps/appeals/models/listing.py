"""How people sort the list of conversations: labels, what each has read, views they keep."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.appeals.models.appeal import Appeal
from apps.appeals.models.contact import Conversation
from apps.tenants.models import Member, Tenant


class Colour(models.TextChoices):
    GREY = "grey", _("grey")
    RED = "red", _("red")
    ORANGE = "orange", _("orange")
    YELLOW = "yellow", _("yellow")
    GREEN = "green", _("green")
    BLUE = "blue", _("blue")
    VIOLET = "violet", _("violet")
    PINK = "pink", _("pink")


class Tag(models.Model):
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="tags", verbose_name=_("organisation"))
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=40)
    colour = models.CharField(_("colour"), max_length=8, choices=Colour.choices, default=Colour.GREY)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "name"],
                name="tag_once_per_tenant",
                violation_error_message=_("There is a tag with this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class AppealTag(models.Model):
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="uses")
    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="tagged")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["appeal", "tag"], name="appeal_tagged_once"),)

    def __str__(self) -> str:
        return f"{self.appeal_id} {self.tag_id}"


class ReadMark(models.Model):
    """Up to when one member has read one conversation. Without one: up to when they became a member."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="read_marks")
    read_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["conversation", "member"], name="read_mark_once"),)

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.member_id}"


class SavedView(models.Model):
    """An address of the list with a name. Shared: everybody in the organisation has it among their views."""

    MOST: ClassVar[int] = 30

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    member = models.ForeignKey(Member, models.CASCADE, related_name="saved_views", verbose_name=_("employee"))
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=40)
    query = models.CharField(max_length=1000)
    is_shared = models.BooleanField(_("for everybody"), default=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("view")
        verbose_name_plural = _("views")
        ordering = ("name", "pk")
        indexes = (models.Index(fields=["tenant", "member"], name="saved_view_of_member"),)

    def __str__(self) -> str:
        return self.name
