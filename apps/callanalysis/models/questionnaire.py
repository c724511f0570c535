"""What is asked of calls and chats, in frozen versions: the shape that checklists and tables share."""

from typing import Any, Self, cast

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models import Appeal, Message
from apps.callanalysis.models.call import Call
from apps.callanalysis.models.structure import Office
from apps.core.models import DurableWork
from apps.integrations.models import WebhookEndpoint
from apps.tenants.models import Tenant


class QuestionnaireQuerySet(models.QuerySet[Any]):
    def applying_to(self, call: Call) -> Self:
        """Active ones of the call's organisation whose offices, stages of deals and funnels include it.

        What is not narrowed takes all. A call without a stage is in none of those that are named.
        """
        works = Office.managers.through.objects.filter(salesmanager=call.sales_manager_id).values("office")
        named = self.model.offices.through.objects.filter(**{self.model._meta.model_name: OuterRef("pk")})
        return self.filter(
            Q(deal_stages=[]) | Q(deal_stages__contains=[call.deal_stage_id]),
            Q(funnels=[]) | Q(funnels__contains=[call.stage_id]),
            ~Exists(named) | Exists(named.filter(office__in=works)),
            tenant_id=call.tenant_id,
            is_active=True,
            for_calls=True,
        )


class Questionnaire(models.Model):
    """The newest published version is what is asked. One that has none is not asked yet."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    name = models.CharField(_("title"), max_length=200)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("What comes in is analysed by it.")
    )
    for_calls = models.BooleanField(_("for calls"), default=True)
    for_chats = models.BooleanField(
        _("for chats"),
        default=False,
        help_text=_("Appeals that operators have answered are analysed when they are ended."),
    )
    offices = models.ManyToManyField(
        Office,
        related_name="+",
        blank=True,
        verbose_name=_("offices"),
        help_text=_("Calls of these offices alone. Empty: of all."),
    )
    # Ids of the customer's CRM.
    deal_stages = models.JSONField(
        _("stages of deals"),
        default=list,
        blank=True,
        help_text=_("Ids of the CRM (deal_stage_id), one a line. Empty: calls at any stage."),
    )
    funnels = models.JSONField(
        _("funnels"),
        default=list,
        blank=True,
        help_text=_("Ids of the CRM (stage_id), one a line. Empty: calls of any funnel."),
    )
    webhook = models.ForeignKey(
        WebhookEndpoint,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("webhook"),
        help_text=_("Where finished results are sent. Empty: nowhere."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = QuestionnaireQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Version(models.Model):
    """`items` are what is asked. Once it is published they never change: marks are read by them."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    number = models.PositiveIntegerField(_("version"))
    items = models.JSONField(_("what is asked"), default=list)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by")
    )
    published_at = models.DateTimeField(_("published"), null=True)

    class Meta:
        abstract = True
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"№{self.number}"


class Judgement(DurableWork):
    """What one questionnaire finds in one call, or in one appeal.

    The work is one question to the organisation's AI.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    call = models.ForeignKey(
        Call, models.CASCADE, null=True, blank=True, related_name="%(class)ss", verbose_name=_("call")
    )
    appeal = models.ForeignKey(
        Appeal, models.CASCADE, null=True, blank=True, related_name="%(class)ss", verbose_name=_("appeal")
    )
    # Who had it done afterwards; empty where the call itself brought it.
    backfill = models.ForeignKey(
        "callanalysis.Backfill",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="%(class)ss",
        verbose_name=_("later analysis"),
    )
    begun_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    # Somebody wants all of it asked again, also what was asked in these words before.
    is_anew = models.BooleanField(default=False, editable=False)

    class Meta(DurableWork.Meta):
        abstract = True

    @property
    def subject(self) -> Call | Appeal:
        """The database says that there is one."""
        return self.call or cast(Appeal, self.appeal)


def of_one_thing(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(call__isnull=False, appeal__isnull=True) | Q(call__isnull=True, appeal__isnull=False),
        name=name,
    )


class Evidenced(models.Model):
    """Something the AI said of a talk, with the words it rests on where they were found in the transcript.

    `corrected_at` is set where a person has judged it, too: from then on their word holds.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    position = models.PositiveSmallIntegerField(default=0)
    # As the transcript has them, never as the model wrote them; empty where they are not there.
    quote = models.TextField(_("quote"), default="", blank=True)
    second = models.FloatField(_("second"), null=True, blank=True)
    speaker = models.CharField(_("speaker"), max_length=40, default="", blank=True)
    # Of a chat: where it stands.
    message = models.ForeignKey(
        Message,
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("message"),
    )
    corrected_at = models.DateTimeField(_("corrected"), null=True, blank=True)

    class Meta:
        abstract = True
