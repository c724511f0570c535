"""Tenants, who works in them, and the keys other systems come with."""

import zoneinfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from apps.core.models import DurableWork
from apps.tenants.hours import check_day_hours, check_working_hours


def check_timezone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(value)s” is not a time zone. Write it as Europe/Moscow."), params={"value": value}
        )


# Longer, and operators would wait for the clients' answers beside a message that has not gone.
MOST_UNDO_SECONDS = 60


def default_undo_seconds() -> int:
    return settings.UNDO_SECONDS


class Role(models.TextChoices):
    ADMIN = "admin", _("administrator")
    HEAD = "head", _("head")
    OPERATOR = "operator", _("operator")


class Sees(models.TextChoices):
    """Which appeals operators find; heads and administrators find all."""

    ALL = "all", pgettext_lazy("which appeals", "all")
    TEAM = "team", _("their team's and nobody's")
    OWN = "own", _("their own and nobody's")


class Phones(models.TextChoices):
    """How somebody of a role sees clients' phones."""

    SHOWN = "shown", _("shown")
    ON_CLICK = "on_click", _("hidden until «Show» is pressed")
    HIDDEN = "hidden", _("hidden")


class Tenant(models.Model):
    """One company. Every business row belongs to exactly one."""

    slug = models.SlugField(_("slug"), max_length=50, unique=True)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=200)
    timezone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Moscow", validators=[check_timezone]
    )
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="ru")
    batch_window_seconds = models.PositiveIntegerField(
        _("message window, seconds"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(600)],
        help_text=_("Messages of one client within this time are read together."),
    )
    undo_seconds = models.PositiveSmallIntegerField(
        _("time to undo an answer, seconds"),
        default=default_undo_seconds,
        validators=[MaxValueValidator(MOST_UNDO_SECONDS)],
        help_text=_("So long an answer waits before it goes, and can be taken back. 0: it goes at once."),
    )
    working_hours = models.JSONField(
        _("working hours"),
        default=dict,
        blank=True,
        validators=[check_working_hours],
        help_text=_('For example {"mon-fri": "09:00-20:00"}.'),
    )
    ai_monthly_cap_usd = models.DecimalField(
        _("monthly limit for AI, USD"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_(
            "When it is reached, appeals go to operators without AI until the next month. Empty: no limit."
        ),
    )
    claims_on_reply = models.BooleanField(
        _("who answers first leads the appeal"),
        default=True,
        help_text=_("Otherwise an appeal has no operator until somebody takes it or is given it."),
    )
    reopen_days = models.PositiveSmallIntegerField(
        _("days in which an ended appeal is opened again"),
        default=3,
        validators=[MaxValueValidator(90)],
        help_text=_(
            "When the client writes within so many days, the same appeal goes on. 0: always a new one."
        ),
    )
    refusal_reasons = models.TextField(
        _("usual reasons of a refusal"),
        default="",
        blank=True,
        help_text=_("One a line. Offered to operators beside their own words; empty: the common ones."),
    )
    campaigns_need_consent = models.BooleanField(
        _("advertising only to those who agreed"),
        default=True,
        help_text=_(
            "Advertising campaigns leave out whoever has not agreed to them. The law on advertising (38-ФЗ, "
            "article 18) asks for it, and it is for you to prove that the client did."
        ),
    )
    operators_see = models.CharField(
        _("operators see appeals"),
        max_length=4,
        choices=Sees.choices,
        default=Sees.ALL,
        help_text=_(
            "A conversation led by somebody else is then found nowhere: not in lists, search, files or "
            "exports. Whoever is named in a note sees that conversation. Heads and administrators see all."
        ),
    )
    operators_phones = models.CharField(
        _("clients' phones for operators"),
        max_length=8,
        choices=Phones.choices,
        default=Phones.SHOWN,
        help_text=_(
            "Hidden ones read as +7 900 •••-••-45, in messages, exports and search, too. Who has read a "
            "whole number stands in the access log."
        ),
    )
    heads_phones = models.CharField(
        _("clients' phones for heads"),
        max_length=8,
        choices=Phones.choices,
        default=Phones.SHOWN,
        help_text=_("Administrators always see whole numbers."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class SpecialDay(models.Model):
    """A date with hours of its own: a holiday, the day before one, an inventory. Without hours it is off."""

    tenant = models.ForeignKey(
        Tenant, models.CASCADE, related_name="special_days", verbose_name=_("organisation")
    )
    date = models.DateField(_("date"))
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100, default="", blank=True)
    # As one day of the working hours is written: ["10:00-13:00", "14:00-18:00"].
    hours = models.JSONField(_("hours"), default=list, blank=True, validators=[check_day_hours])

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        ordering = ("date",)
        constraints = (models.UniqueConstraint(fields=["tenant", "date"], name="special_day_once"),)

    def __str__(self) -> str:
        return self.name or self.date.isoformat()


class Team(models.Model):
    """Colleagues who see each other's appeals where an organisation wants it so."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="teams", verbose_name=_("organisation"))
    name = models.CharField(
        pgettext_lazy("of a thing", "name"), max_length=100, help_text=_("For example “Evening shift”.")
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=["tenant", "name"], name="team_once_per_tenant"),)

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A user's role in a tenant."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="members", verbose_name=_("organisation"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=8, choices=Role.choices, default=Role.OPERATOR)
    name = models.CharField(_("name"), max_length=150, help_text=_("As clients and colleagues see it."))
    team = models.ForeignKey(
        Team, models.SET_NULL, null=True, blank=True, related_name="members", verbose_name=_("team")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("employee")
        verbose_name_plural = _("employees")
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=["tenant", "user"], name="member_once_per_tenant"),)

    def __str__(self) -> str:
        return self.name

    @property
    def sees(self) -> Sees:
        return Sees(self.tenant.operators_see) if self.role == Role.OPERATOR else Sees.ALL

    @property
    def phones(self) -> Phones:
        match self.role:
            case Role.OPERATOR:
                return Phones(self.tenant.operators_phones)
            case Role.HEAD:
                return Phones(self.tenant.heads_phones)
        return Phones.SHOWN


class ApiKey(models.Model):
    """A key of another system. Only its digest is kept; the value is shown once."""

    tenant = models.ForeignKey(
        Tenant, models.CASCADE, related_name="api_keys", verbose_name=_("organisation")
    )
    name = models.CharField(
        pgettext_lazy("of a thing", "name"), max_length=100, help_text=_("Who uses it, for example “CRM”.")
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    last_four = models.CharField(_("ends with"), max_length=4, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, verbose_name=_("created by")
    )
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} ••••{self.last_four}"

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None


class Letter(DurableWork):
    """An e-mail to one administrator of a tenant. `handed_at` is committed before a server is given it, and
    taken back where the server says that it does not take it: in between nobody but the server knows.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    address = models.EmailField(_("e-mail"))
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    handed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return self.subject
