"""Clients: what is known of them, under which ids they write, and who changed what."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.decorators import display

from apps.appeals.models import Contact, Identity
from apps.appeals.people import touch_all
from apps.tenants.scope import EVERYONE
from apps.tenants.scoped_admin import NOBODY, TenantAdmin, TenantInline


class IdentityInline(TenantInline):
    model = Identity
    view_roles = EVERYONE
    edit_roles = NOBODY
    delete_roles = NOBODY
    fields = ("channel", "external_user_id", "username", "is_reachable")
    readonly_fields = fields


@admin.register(Contact)
class ContactAdmin(SimpleHistoryAdmin, TenantAdmin):
    """Made by messengers, corrected by people, never deleted by hand: appeals hang on them."""

    view_roles = EVERYONE
    edit_roles = EVERYONE
    add_roles = NOBODY
    delete_roles = NOBODY
    list_display = ("__str__", "phone", "email", "appeals_count", "created_at")
    search_fields = ("name", "phone", "email", "identities__username", "identities__external_user_id")
    search_help_text = _("Name, phone, e-mail, user name")
    fields = ("name", "phone", "email", "note", "conversations_links", "created_at")
    readonly_fields = ("conversations_links", "created_at")
    inlines = (IdentityInline,)
    list_disable_select_all = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(appeals_n=Count("appeals", distinct=True))
        return counted

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        touch_all(obj)

    @display(description=_("appeals"), ordering="appeals_n")
    def appeals_count(self, contact: Any) -> int:
        return int(contact.appeals_n)

    @display(description=_("conversations"))
    def conversations_links(self, contact: Contact) -> SafeString:
        return format_html_join(
            ", ",
            '<a class="text-primary-600 underline" href="{}">{}</a>',
            (
                (reverse("desk_conversation", args=[conversation.pk]), conversation.channel.name)
                for conversation in contact.conversations.select_related("channel")
            ),
        )
