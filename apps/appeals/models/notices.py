"""What an employee wants to be told by their browser, and when not to be told at all."""

from collections.abc import Callable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.tenants.models import Member, Tenant


class NoticeKind(models.TextChoices):
    OWN = "own", _("A client wrote in an appeal I lead")
    FREE = "free", _("A new appeal that nobody leads")
    MENTION = "mention", _("I am named in a note")
    HANDED = "handed", _("An appeal was handed to me")
    DUE = "due", _("A deadline of mine is near, or missed")
    FAILED = "failed", _("An answer of mine was not delivered")


class Tune(models.TextChoices):
    """Made by the browser itself, see static/desk/tunes.js."""

    CHIME = "chime", _("Chime")
    DROP = "drop", _("Drop")
    KNOCK = "knock", _("Knock")


def usual_shown() -> list[str]:
    return [NoticeKind.OWN, NoticeKind.MENTION, NoticeKind.HANDED]


def usual_sounding() -> list[str]:
    return [NoticeKind.OWN]


def usual_pushed() -> list[str]:
    """Away from the desk, one who may take it should hear of a new appeal."""
    return [NoticeKind.OWN, NoticeKind.FREE, NoticeKind.MENTION, NoticeKind.HANDED]


def _kinds(label: Any, default: Callable[[], list[str]]) -> ArrayField:
    return ArrayField(
        models.CharField(max_length=8, choices=NoticeKind.choices),
        verbose_name=label,
        default=default,
        blank=True,
    )


class NoticeWishes(models.Model):
    """Without a row: as its defaults say. `quiet_from` and `quiet_to` are hours of every day by the
    organisation's clock, both or none.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    member = models.OneToOneField(
        Member, models.CASCADE, related_name="notice_wishes", verbose_name=_("employee")
    )
    shown = _kinds(_("shown"), usual_shown)
    sounding = _kinds(_("with a sound"), usual_sounding)
    pushed = _kinds(_("on devices"), usual_pushed)
    tune = models.CharField(_("sound"), max_length=8, choices=Tune.choices, default=Tune.CHIME)
    volume = models.PositiveSmallIntegerField(_("volume, %"), default=60, validators=[MaxValueValidator(100)])
    quiet_until = models.DateTimeField(_("do not disturb until"), null=True, blank=True)
    quiet_from = models.TimeField(_("every day from"), null=True, blank=True)
    quiet_to = models.TimeField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("wishes for notifications")
        verbose_name_plural = _("wishes for notifications")

    def __str__(self) -> str:
        return str(self.member)
