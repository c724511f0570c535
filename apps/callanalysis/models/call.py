"""A call on its way from the customer's CRM to its marks. Each stage is durable work of its own rows."""

import secrets

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.callanalysis.models.structure import SalesManager
from apps.core.fields import EncryptedJSONField
from apps.core.models import DurableWork
from apps.tenants.models import Tenant


def new_task_id() -> str:
    return f"task_{secrets.token_hex(6)}"


class Stage(models.TextChoices):
    """How far it came. `Call.state` is of the recording's way to us alone; how it ended tells `outcome`."""

    RECEIVED = "received", _("received")
    TRANSCRIBING = "transcribing", _("being transcribed")
    ANALYSING = "analysing", _("being analysed")
    DONE = "done", _("done")


class CallOutcome(models.TextChoices):
    """What became of it in the end. Only ANALYSED counts in averages; the others stand beside them."""

    ANALYSED = "analysed", _("analysed")
    SKIPPED = "skipped", _("too short")
    SILENCE = "silence", _("nobody speaks")
    VOICEMAIL = "voicemail", _("an answering machine")
    LANGUAGE = "wrong_language", _("another language")
    UNREADABLE = "unreadable", _("the recording can't be read")
    FAILED = "failed", _("failed")


class Call(DurableWork):
    """The durable work of the row itself is to fetch the recording and look what it is."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    # The CRM's own; the same one twice is refused.
    external_id = models.CharField(_("id in the CRM"), max_length=200)
    task_id = models.CharField(_("task"), max_length=40, unique=True, default=new_task_id, editable=False)
    sales_manager = models.ForeignKey(
        SalesManager, models.PROTECT, related_name="calls", verbose_name=_("manager")
    )
    deal_id = models.CharField(_("deal"), max_length=200, default="", blank=True)
    deal_stage_id = models.CharField(_("stage of the deal"), max_length=200, default="", blank=True)
    stage_id = models.CharField(_("funnel"), max_length=200, default="", blank=True)
    stage_name = models.CharField(_("funnel's name"), max_length=200, default="", blank=True)
    # Whom it was with, as it is dialled; empty where the CRM names no number.
    client_phone = models.CharField(_("client's phone"), max_length=16, default="", blank=True)
    # {"audio_url": …}: signed links are secrets.
    link = EncryptedJSONField(default=dict, blank=True, editable=False)
    # As the CRM said, and as it is.
    declared_seconds = models.FloatField(null=True, editable=False)
    seconds = models.FloatField(_("length, seconds"), null=True, editable=False)
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)
    stage = models.CharField(
        _("stage"), max_length=12, choices=Stage.choices, default=Stage.RECEIVED, editable=False
    )
    outcome = models.CharField(
        _("outcome"), max_length=16, choices=CallOutcome.choices, default="", blank=True, editable=False
    )
    # Why, in words for people, where it did not end as analysed.
    reason = models.TextField(_("reason"), default="", blank=True, editable=False)
    # What is to be known of a recording that was used all the same: it breaks off in the middle.
    remark = models.TextField(_("remark"), default="", blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    file = models.FileField(_("recording"), max_length=300, blank=True)
    content_type = models.CharField(_("content type"), max_length=100, default="", blank=True)
    size = models.PositiveBigIntegerField(_("size, bytes"), null=True)
    rate = models.PositiveIntegerField(_("sample rate"), null=True, editable=False)
    channels = models.PositiveSmallIntegerField(_("channels"), null=True, editable=False)
    # Left and right are two voices, not twice the same.
    has_sides = models.BooleanField(default=False, editable=False)
    # Of a download that broke off: {"path": …, "size": …, "whole": …, "validator": …}. See `resuming`.
    partial = models.JSONField(default=dict, blank=True, editable=False)
    audio_deleted_at = models.DateTimeField(_("recording deleted"), null=True, editable=False)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ("-received_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=["tenant", "external_id"], name="call_once_per_tenant"),
        )
        indexes = (
            *DurableWork.Meta.indexes,
            models.Index(fields=["tenant", "-received_at"], name="call_recent"),
            models.Index(fields=["tenant", "sales_manager", "-received_at"], name="call_of_manager"),
            models.Index(fields=["tenant", "deal_id"], condition=~models.Q(deal_id=""), name="call_of_deal"),
            models.Index(
                fields=["tenant", "client_phone", "-received_at"],
                condition=~models.Q(client_phone=""),
                name="call_of_phone",
            ),
            # Of the list's filters each by its own: what is rare is found without walking past all the rest.
            models.Index(fields=["tenant", "stage", "-received_at"], name="call_of_stage"),
            models.Index(fields=["tenant", "outcome", "-received_at"], name="call_of_outcome"),
            models.Index(fields=["tenant", "stage_id", "-received_at"], name="call_of_funnel"),
            models.Index(fields=["tenant", "deal_stage_id", "-received_at"], name="call_of_deal_stage"),
            models.Index(fields=["tenant", "seconds"], name="call_of_length"),
            GinIndex(OpClass(Upper("external_id"), "gin_trgm_ops"), name="call_id_parts"),
            GinIndex(OpClass(Upper("deal_id"), "gin_trgm_ops"), name="call_deal_parts"),
        )

    def __str__(self) -> str:
        return self.external_id


class CallPart(DurableWork):
    """A stretch of a call that is listened to as one: the whole of it, or at most 45 minutes.

    `said` is what was heard so far: [{"start": s, "end": s, "speaker": "left", "text": …}], in seconds of the
    whole call; `speaker` is a side of a stereo recording, or the model's own label, or empty. `heard` tells
    how far each side was listened to, and paid for: {"until": {"left": s}, "languages": {"ru": parts},
    "untimed": whether the model told no times}.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    call = models.ForeignKey(Call, models.CASCADE, related_name="parts", verbose_name=_("call"))
    number = models.PositiveSmallIntegerField(_("number"))
    start = models.FloatField(_("from second"))
    seconds = models.FloatField(_("length, seconds"))
    said = models.JSONField(default=list, blank=True, editable=False)
    heard = models.JSONField(default=dict, blank=True, editable=False)
    language = models.CharField(_("language"), max_length=20, default="", blank=True, editable=False)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("part of a call")
        verbose_name_plural = _("parts of calls")
        ordering = ("call", "number")
        constraints = (models.UniqueConstraint(fields=["call", "number"], name="part_once_per_call"),)

    def __str__(self) -> str:
        return f"{self.call_id}/{self.number}"


class Transcript(models.Model):
    """All that was said in a call, in one row. `segments` as `CallPart.said`, with `speaker` manager or
    client; or the model's own label, or empty, where one channel does not tell who is who. `figures` are what
    the seconds tell: see `callanalysis.measuring`.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    call = models.OneToOneField(Call, models.CASCADE, related_name="transcript", verbose_name=_("call"))
    language = models.CharField(_("language"), max_length=20, default="", blank=True)
    segments = models.JSONField(default=list)
    text = models.TextField(_("text"), default="", blank=True)
    figures = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("transcript")
        verbose_name_plural = _("transcripts")

    def __str__(self) -> str:
        return self.text[:50]


class SearchedTranscript(models.Model):
    """The same table as search reads it: with `words`, which the database keeps and no page should load."""

    tenant = models.ForeignKey(Tenant, models.DO_NOTHING, related_name="+")
    call = models.OneToOneField(Call, models.DO_NOTHING, related_name="+")
    words = SearchVectorField()

    class Meta:
        managed = False
        db_table = "callanalysis_transcript"

    def __str__(self) -> str:
        return str(self.call_id)


class Waveform(models.Model):
    """How loud a recording is when, as it is drawn: of each channel some hundred strokes of 0 … 255. One
    list where the channels are no two voices; with `Call.has_sides` the left and the right.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    call = models.OneToOneField(Call, models.CASCADE, related_name="waveform", verbose_name=_("call"))
    peaks = models.JSONField(default=list, editable=False)

    class Meta:
        verbose_name = _("waveform")
        verbose_name_plural = _("waveforms")

    def __str__(self) -> str:
        return str(self.call_id)
