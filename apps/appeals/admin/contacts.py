"""Clients: what is known of them, under which ids they write, and who changed what."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.appeals.admin.client_phones import ClientPhones
from apps.appeals.admin.consents import ConsentFilter, ConsentInline, consents
from apps.appeals.admin.identities import IdentityInline
from apps.appeals.admin.merges import MergeInline, unmerge
from apps.appeals.admin.reach import SeenAdmin
from apps.appeals.admitting import clients_seen_by, seen_by
from apps.appeals.beginning import ways_to
from apps.appeals.campaigns.starting import make_draft
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.appeals.following import standing
from apps.appeals.models import Contact
from apps.appeals.models.contact import STANDING
from apps.appeals.people import touch_all
from apps.tenants.addresses import is_id
from apps.tenants.models import Member
from apps.tenants.scope import EVERYONE, LEADERS, scope_of
from apps.tenants.scoped_admin import NOBODY, scoped_page


@admin.register(Contact)
class ContactAdmin(ClientPhones, SeenAdmin):
    """Made by messengers, corrected by people, never deleted by hand: appeals hang on them. Whoever was
    merged into another client is seen as that one.
    """

    view_roles = EVERYONE
    edit_roles = EVERYONE
    add_roles = NOBODY
    delete_roles = NOBODY
    list_display = ("__str__", "phone", "email", "appeals_count", "created_at")
    search_fields = ("name", "phone", "email", "identities__username", "identities__external_user_id")
    search_help_text = _("Name, phone, e-mail, user name")
    phone_searches = ("name", "phone", "identities__username", "identities__external_user_id")
    list_filter = (("unsubscribed_at", EmptyFieldListFilter), ConsentFilter)
    fields = (
        "name",
        "phone",
        "email",
        "note",
        "no_campaigns",
        "agreed",
        "conversations_links",
        "write_first",
        "created_at",
    )
    readonly_fields = ("no_campaigns", "agreed", "conversations_links", "write_first", "created_at")
    actions = ["write_campaign", "agree", "unsubscribe"]
    inlines = (IdentityInline, ConsentInline, MergeInline)
    list_disable_select_all = True

    def seen(self, member: Member | None) -> Q:
        return clients_seen_by(member)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """With its `reader`: of a client's conversations some may be seen, and others not."""
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.reader = scope_of(request).member
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.filter(STANDING).annotate(appeals_n=Count("appeals", distinct=True))
        return counted

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """An old link leads to the client that this one is now."""
        if is_id(object_id):
            merged = super().get_queryset(request).filter(pk=object_id).exclude(STANDING).first()
            if merged is not None:
                return redirect("admin:appeals_contact_change", standing(merged).pk)
        answer: HttpResponse = super().change_view(request, object_id, *args, **kwargs)
        return answer

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        touch_all(obj)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("consents/", scoped_page(roles=LEADERS)(consents), name="appeals_contact_consents"),
            path(
                "merges/<int:row>/undo/", scoped_page(roles=EVERYONE)(unmerge), name="appeals_contact_unmerge"
            ),
            path("<path:object_id>/phone/", self.show_phone, name="appeals_contact_phone"),
        ]
        return [*own, *super().get_urls()]

    def has_campaign_permission(self, request: HttpRequest) -> bool:
        return self._in_role(request, LEADERS)

    @admin.action(description=_("Campaign to the chosen"), permissions=["campaign"])
    def write_campaign(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse | None:
        contacts = list(queryset.select_related("tenant"))
        if len({contact.tenant_id for contact in contacts}) != 1:
            self.message_user(request, _("Choose clients of one organisation."), messages.WARNING)
            return None
        name = gettext("Campaign of %(day)s") % {"day": formats.date_format(timezone.localdate(), "j E")}
        member = scope_of(request).member
        made = make_draft(tenant=contacts[0].tenant, member=member, name=name, contacts=contacts)
        return redirect("admin:appeals_campaign_change", made.pk)

    @admin.action(description=_("Consent to advertising of the chosen"), permissions=["campaign"])
    def agree(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse:
        picked = urlencode({"picked": list(queryset.values_list("pk", flat=True))}, doseq=True)
        return redirect(f"{reverse('admin:appeals_contact_consents')}?{picked}")

    @admin.action(description=_("Write no campaigns to the chosen"), permissions=["change"])
    def unsubscribe(self, request: HttpRequest, queryset: QuerySet[Contact]) -> None:
        member = scope_of(request).member
        count = sum(unsubscribe(contact=contact, by=member, why="") for contact in queryset)
        said = ngettext("%(n)d client gets no more campaigns.", "%(n)d clients get no more campaigns.", count)
        self.message_user(request, said % {"n": count}, messages.SUCCESS)

    @display(description=_("campaigns"))
    def no_campaigns(self, contact: Contact) -> str:
        if contact.unsubscribed_at is None:
            return gettext("may be written to")
        at = formats.date_format(timezone.localtime(contact.unsubscribed_at), "SHORT_DATETIME_FORMAT")
        by = contact.unsubscribed_by.name if contact.unsubscribed_by else gettext("the client’s own word")
        return " · ".join(
            filter(None, (gettext("none since %(at)s") % {"at": at}, by, contact.unsubscribed_why))
        )

    @display(description=_("consent to advertising"))
    def agreed(self, contact: Contact) -> str:
        if contact.agreed_at is None:
            return gettext("no consent")
        at = formats.date_format(timezone.localtime(contact.agreed_at), "SHORT_DATE_FORMAT")
        return f"{at} · {contact.get_agreed_way_display()}"

    @display(description=_("write first"))
    def write_first(self, contact: Contact) -> SafeString:
        """Conversations that have begun stand among the others."""
        ways = [way for way in ways_to(contact) if way.conversation is None]
        return format_html_join(
            " · ",
            "{}{}",
            (
                (_link(reverse("desk_write_first", args=[contact.pk, way.channel.pk]), way.channel.name), "")
                if not way.reason
                else (way.channel.name, f": {way.reason}")
                for way in ways
            ),
        )

    @display(description=_("appeals"), ordering="appeals_n")
    def appeals_count(self, contact: Any) -> int:
        return int(contact.appeals_n)

    @display(description=_("conversations"))
    def conversations_links(self, contact: Any) -> SafeString:
        theirs = contact.conversations.filter(seen_by(contact.reader))
        return format_html_join(
            ", ",
            "{}",
            (
                (_link(reverse("desk_conversation", args=[conversation.pk]), conversation.channel.name),)
                for conversation in theirs.select_related("channel")
            ),
        )


def _link(address: str, text: str) -> SafeString:
    return format_html('<a class="text-primary-600 underline" href="{}">{}</a>', address, text)
