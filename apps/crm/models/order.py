"""An appeal's order in a CRM, every attempt to bring it there, and the look at how orders stand."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models import Appeal
from apps.core.models import DurableWork
from apps.crm.contract import OrderStatus
from apps.integrations.models import Connection
from apps.tenants.models import Member, Tenant


class ItemsState(models.TextChoices):
    NONE = "", _("go with the order itself")
    WAITING = "waiting", _("not added yet")
    DONE = "done", _("added")


class OrderSync(DurableWork):
    """One appeal's order in one CRM. The durable work of the row is to bring the two in line.

    `key` is our own word for the order, by which it is found there. `begun_at`: from then on an order may be
    there, whatever became of the answer. `agreed` is what both sides were when they last agreed, by field:
    {"device.model": {"ours": …, "theirs": …}}.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="orders", verbose_name=_("appeal"))
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="orders", verbose_name=_("CRM"))
    key = models.CharField(_("our word for it"), max_length=40, editable=False)
    external_order_id = models.CharField(_("id in the CRM"), max_length=100, default="", blank=True)
    # The account that it is in, as the settings named it when it was made (`CRMConnector.home`).
    home = models.CharField(_("account"), max_length=400, default="", blank=True, editable=False)
    number = models.CharField(_("number"), max_length=60, default="", blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=OrderStatus.choices, default="", blank=True, editable=False
    )
    # As the CRM calls them.
    remote_status = models.CharField(_("status in the CRM"), max_length=60, default="", blank=True)
    remote_repair_status = models.CharField(_("repair in the CRM"), max_length=60, default="", blank=True)
    items = models.CharField(
        _("repairs and parts"),
        max_length=8,
        choices=ItemsState.choices,
        default="",
        blank=True,
        editable=False,
    )
    agreed = models.JSONField(default=dict, blank=True, editable=False)
    asked_by = models.ForeignKey(
        Member, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("sent by")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    begun_at = models.DateTimeField(null=True, editable=False)
    made_at = models.DateTimeField(_("made in the CRM"), null=True, editable=False)
    remote_at = models.DateTimeField(_("changed in the CRM"), null=True, editable=False)
    read_at = models.DateTimeField(_("last looked at"), null=True, editable=False)
    gone_at = models.DateTimeField(_("gone from the CRM"), null=True, editable=False)
    # In the appeal's feed: that it was made.
    is_told = models.BooleanField(default=False, editable=False)
    # A person wants it, agreed or not.
    by_hand = models.BooleanField(default=False, editable=False)
    # Behind what people send one by one.
    in_bulk = models.BooleanField(default=False, editable=False)
    # Of the conversation, when our side was last compared.
    compared_revision = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=["appeal", "connection"], name="order_once_per_appeal"),
        )
        indexes = (
            *DurableWork.Meta.indexes,
            models.Index(fields=["tenant", "-created_at"], name="order_recent"),
            models.Index(fields=["connection", "external_order_id"], name="order_by_external_id"),
            # By either somebody looks for it at the desk.
            models.Index(fields=["tenant", "number"], condition=~models.Q(number=""), name="order_by_number"),
            models.Index(
                fields=["tenant", "external_order_id"],
                condition=~models.Q(external_order_id=""),
                name="order_by_id_of_tenant",
            ),
            models.Index(
                fields=["connection", "home", "read_at"],
                condition=~models.Q(external_order_id="")
                & models.Q(gone_at=None)
                & ~models.Q(status__in=["completed", "cancelled"]),
                name="order_to_look_at",
            ),
        )

    def __str__(self) -> str:
        return self.number or self.external_order_id or f"{self.appeal}"


class Step(models.TextChoices):
    CREATE = "create", _("order made")
    ITEMS = "items", _("repairs and parts added")
    UPDATE = "update", _("order changed")
    STATUS = "status", _("status came back")


class AttemptStatus(models.TextChoices):
    BEGUN = "begun", _("under way")
    SUCCESS = "success", _("succeeded")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("no answer")
    LOST = "lost", _("broken off")


class SyncAttempt(models.Model):
    """One attempt, the customer's `crm_sync_history` word for word: begun before the CRM hears of it."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="+", verbose_name=_("appeal"))
    sync = models.ForeignKey(OrderSync, models.CASCADE, related_name="tries", verbose_name=_("order"))
    crm_type = models.CharField(_("CRM"), max_length=50)
    external_order_id = models.CharField(_("id in the CRM"), max_length=100, default="", blank=True)
    step = models.CharField(_("what"), max_length=8, choices=Step.choices)
    sync_status = models.CharField(
        _("outcome"), max_length=8, choices=AttemptStatus.choices, default=AttemptStatus.BEGUN
    )
    synced_at = models.DateTimeField(_("at"), default=timezone.now)
    error_code = models.CharField(_("error code"), max_length=64, default="", blank=True)
    error_text = models.TextField(_("error"), default="", blank=True)

    class Meta:
        db_table = "crm_sync_history"
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ("-synced_at", "-id")
        indexes = (models.Index(fields=["tenant", "-synced_at"], name="sync_history_recent"),)

    def __str__(self) -> str:
        return f"{self.get_step_display()}: {self.get_sync_status_display()}"


class OrderLook(DurableWork):
    """The look at how one CRM's orders stand. The durable work of the row is one round of it.

    `home` is the account that the connection leads to; `cursor`, by account, the connector's own place in
    what has changed there; `left` so many are still read in this round.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    connection = models.OneToOneField(
        Connection, models.CASCADE, related_name="order_look", verbose_name=_("CRM")
    )
    home = models.CharField(max_length=400, default="", blank=True, editable=False)
    cursor = models.JSONField(default=dict, blank=True, editable=False)
    round_at = models.DateTimeField(_("last looked at"), null=True, editable=False)
    is_listed = models.BooleanField(default=False, editable=False)
    left = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("look at orders")
        verbose_name_plural = _("looks at orders")

    def __str__(self) -> str:
        return str(self.connection)
