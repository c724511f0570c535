"""Messages as a list, for the figures that count them; each opens in its conversation."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.appeals.admin.figure_filters import HourOfWeek, Undelivered
from apps.appeals.admin.reach import MaskingAdmin, SeenAdmin
from apps.appeals.models import Message
from apps.core.phones import mask_phones
from apps.tenants.period_filter import PeriodFilter
from apps.tenants.scope import EVERYONE
from apps.tenants.scoped_admin import NOBODY


@admin.register(Message)
class MessageAdmin(MaskingAdmin, SeenAdmin):
    view_roles = EVERYONE
    edit_roles = delete_roles = NOBODY
    list_display = ("sent_at", "words", "author", "operator", "client", "channel", "shown_state")
    list_filter = (
        "author",
        "operator",
        "conversation__channel",
        ("sent_at", PeriodFilter),
        Undelivered,
        HourOfWeek,
    )
    masked: ClassVar[dict[str, str]] = {"words": "masked_words", "client": "masked_client"}
    list_filter_submit = True
    list_select_related = ("operator", "conversation__contact", "conversation__channel", "delivery", "tenant")
    list_display_links = None
    show_full_result_count = False
    ordering = ("-sent_at", "-pk")
    actions: ClassVar[list[Any]] = []
    fields = ("words", "author", "operator", "client", "channel", "sent_at", "received_at", "shown_state")
    readonly_fields = ("words", "client", "channel", "shown_state")

    @display(description=_("text"))
    def words(self, message: Message) -> SafeString:
        return self._link(message, message.text or message.note)

    @display(description=_("text"))
    def masked_words(self, message: Message) -> SafeString:
        return self._link(message, mask_phones(message.text or message.note))

    def _link(self, message: Message, words: str) -> SafeString:
        text = Truncator(words).chars(120) or _("a file")
        link = '<a class="text-primary-600 dark:text-primary-400" href="{}" dir="auto">{}</a>'
        return format_html(link, message.get_absolute_url(), text)

    @display(description=_("client"))
    def client(self, message: Message) -> str:
        return str(message.conversation.contact)

    @display(description=_("client"))
    def masked_client(self, message: Message) -> str:
        return mask_phones(self.client(message))

    @display(description=_("channel"))
    def channel(self, message: Message) -> str:
        return message.conversation.channel.name

    @display(description=_("delivery"))
    def shown_state(self, message: Message) -> str:
        return "–" if message.delivery is None else str(message.delivery.get_state_display())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
