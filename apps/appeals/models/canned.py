"""A canned reply: words that operators send again and again, with gaps for what differs."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from apps.channels.models import Channel
from apps.tenants.models import Member, Tenant


class CannedReply(models.Model):
    """The organisation's, or with a `member` theirs alone. What the gaps are, `appeals.canned` knows."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    member = models.ForeignKey(
        Member,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="canned_replies",
        verbose_name=_("whose"),
        help_text=_("Empty: everybody’s in the organisation."),
    )
    shortcut = models.CharField(
        _("shortcut"),
        max_length=40,
        validators=[RegexValidator(r"^[\w-]+\Z", _("Letters, digits, “-” and “_” only, without spaces."))],
        help_text=_("What is typed after “/”: one word, for example “price”."),
    )
    title = models.CharField(pgettext_lazy("of a canned reply", "title"), max_length=120)
    folder = models.CharField(_("folder"), max_length=80, default="", blank=True)
    text = models.TextField(_("text"), max_length=4000)
    channels = models.ManyToManyField(
        Channel,
        blank=True,
        related_name="+",
        verbose_name=_("channels"),
        help_text=_("Offered in these only. Empty: in all."),
    )
    used_count = models.PositiveIntegerField(_("used"), default=0, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    history = HistoricalRecords(excluded_fields=["used_count", "last_used_at"])

    class Meta:
        verbose_name = _("canned reply")
        verbose_name_plural = _("canned replies")
        ordering = ("folder", "title")
        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "shortcut"],
                condition=Q(member=None),
                name="canned_once_in_tenant",
                violation_error_message=_("There is a reply with this shortcut already."),
            ),
            models.UniqueConstraint(
                fields=["tenant", "member", "shortcut"],
                condition=Q(member__isnull=False),
                name="canned_once_of_member",
                violation_error_message=_("There is a reply with this shortcut already."),
            ),
        )

    def __str__(self) -> str:
        return self.title
