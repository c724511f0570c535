"""The ledger: who was uploaded where, as which hash, on which consent, and when they left."""

from typing import ClassVar

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.ads.models import Entry
from apps.appeals.admin.reach import MaskingAdmin
from apps.core.phones import mask_phones
from apps.tenants.badges import Colours
from apps.tenants.period_filter import PeriodFilter
from apps.tenants.scope import LEADERS
from apps.tenants.scoped_admin import NOBODY

COLOURS = Colours({"there": "success", "gone": "info", "sent": "warning", "refused": "danger"})


@admin.register(Entry)
class EntryAdmin(MaskingAdmin):
    view_roles = LEADERS
    edit_roles = delete_roles = NOBODY
    list_before_template = "tenants/nothing_yet.html"
    nothing_yet = (
        _("Nobody has been uploaded yet."),
        _(
            "Here stands of every client in which audience they are, on which consent, and when they were "
            "taken out: the proof for whoever asks. Phones are kept as hashes alone."
        ),
    )
    masked: ClassVar[dict[str, str]] = {"contact": "masked_contact"}
    phone_searches = ("contact__name", "contact__phone")
    list_display = (
        "contact",
        "placement",
        "kind",
        "shown_state",
        "sent_at",
        "consent_at",
        "removed_at",
        "shown_why",
    )
    list_display_links = ("contact", "placement")
    list_filter = (
        "placement__connection",
        "kind",
        "left",
        ("sent_at", PeriodFilter),
        ("removed_at", PeriodFilter),
    )
    list_filter_submit = True
    list_select_related = ("contact", "placement__audience", "placement__connection", "tenant")
    list_disable_select_all = True
    show_full_result_count = False
    search_fields = ("contact__name", "contact__phone", "=digest")
    search_help_text = _("Client's name or phone, or a hash")
    readonly_fields = ("shown_digest",)
    fields = (
        "contact",
        "placement",
        ("kind", "algorithm"),
        "shown_digest",
        ("consent_at", "consent_way"),
        ("sent_at", "added_by", "confirmed_at"),
        ("refused_at", "refusal"),
        ("removed_at", "removed_by", "left"),
    )

    @display(description=_("client"), ordering="contact")
    def masked_contact(self, entry: Entry) -> str:
        return mask_phones(str(entry.contact)) if entry.contact else "—"

    @display(description=_("hash"))
    def shown_digest(self, entry: Entry) -> str:
        return format_html('<span class="bc-long">{}</span>', entry.digest)

    @display(description=_("reason"), ordering="left")
    def shown_why(self, entry: Entry) -> str:
        """Why it left; of who is not taken, or not taken out, the platform's own word."""
        said = entry.get_left_display() or entry.refusal
        return format_html('<span class="bc-long">{}</span>', said) if said else "—"

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, entry: Entry) -> tuple[str, str]:
        if entry.removed_at is not None:
            return "gone", gettext("taken out")
        if entry.refused_at is not None:
            return "refused", gettext("refused there")
        if entry.confirmed_at is not None:
            return "there", gettext("in the audience")
        if entry.sent_at is not None:
            return "sent", gettext("being processed there")
        return "waits", gettext("waits to be sent")
