"""Phones on the pages of clients: masked by role, shown by a press, and every reading of them noted."""

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.decorators import display

from apps.appeals.accesses import pressed_show, saw_clients, saw_phone
from apps.appeals.admin.reach import MaskingAdmin, nameless
from apps.appeals.models import AccessKind, Contact
from apps.core.phones import mask_phone, mask_phones
from apps.tenants.models import Phones
from apps.tenants.scope import scope_of


class ClientPhones(SimpleHistoryAdmin, MaskingAdmin):
    """Whoever may not read a phone changes none here: that is for the desk, where another can be written."""

    masked: ClassVar[dict[str, str]] = {
        "__str__": "masked_name",
        "phone": "masked_phone",
    }

    @display(description=_("client"), ordering="name")
    def masked_name(self, contact: Contact) -> str:
        return mask_phones(str(contact))

    @display(description=_("phone"))
    def masked_phone(self, contact: Contact) -> str:
        return mask_phone(contact.phone)

    @display(description=_("phone"))
    def phone_to_show(self, contact: Contact) -> SafeString | str:
        if not contact.phone:
            return "–"
        return format_html(
            '{} <button type="submit" class="text-primary-600 underline" formmethod="post" formnovalidate '
            'formaction="{}">{}</button>',
            mask_phone(contact.phone),
            reverse("admin:appeals_contact_phone", args=[contact.pk]),
            pgettext("a phone", "Show"),
        )

    @display(description=_("name"))
    def masked_own_name(self, contact: Contact) -> str:
        return mask_phones(contact.name)

    @display(description=_("note"))
    def masked_note(self, contact: Contact) -> str:
        return mask_phones(contact.note)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """A name or a note with a phone in it is read here, not changed."""
        found: list[Any] = super().get_fieldsets(request, obj)
        if not self.masks(request) or obj is None:
            return found
        instead = {name: shown for name, shown in self._words().items() if _has_phone(getattr(obj, name))}
        if scope_of(request).phones == Phones.ON_CLICK:
            instead["masked_phone"] = "phone_to_show"
        return [
            (title, {**rest, "fields": [instead.get(name, name) for name in rest["fields"]]})
            for title, rest in found
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*super().get_readonly_fields(request, obj), "phone_to_show", *self._words().values()]

    @staticmethod
    def _words() -> dict[str, str]:
        return {"name": "masked_own_name", "note": "masked_note"}

    def show_phone(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The door has made sure that the client is one whom the visitor finds."""
        scope = scope_of(request)
        if scope.phones == Phones.HIDDEN:
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        contact = get_object_or_404(Contact, pk=object_id)
        pressed_show(scope, contact)
        messages.info(request, gettext("Phone: %(phone)s") % {"phone": contact.phone or "–"})
        return redirect("admin:appeals_contact_change", contact.pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        contact = self.get_object(request, object_id)
        if contact is not None:
            saw_phone(scope_of(request), contact, AccessKind.CARD)
        return super().change_view(request, object_id, form_url, extra_context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        scope = scope_of(request)
        if scope.tenant is not None:
            saw_clients(scope, scope.tenant)
        return super().changelist_view(request, extra_context)

    def message_user(self, request: HttpRequest, message: Any, *args: Any, **kwargs: Any) -> None:
        told = mask_phones(str(message)) if self.masks(request) else message
        super().message_user(
            request, SafeString(told) if isinstance(message, SafeString) else told, *args, **kwargs
        )

    # What a phone was before is a phone, too.
    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        contact = self.get_object(request, object_id)
        if contact is not None and self.masks(request):
            extra_context = {**(extra_context or {}), "object": nameless(contact)}
        return super().history_view(request, object_id, extra_context)

    def history_view_title(self, request: HttpRequest, obj: Any) -> str:
        title = str(super().history_view_title(request, obj))
        return mask_phones(title) if self.masks(request) else title

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> Any:
        """A former state has its own values in its fields: not for whoever is not to read them."""
        if self.masks(request):
            raise PermissionDenied
        return super().history_form_view(request, object_id, version_id, extra_context)

    def set_history_delta_changes(
        self, request: HttpRequest, records: Any, *args: Any, **kwargs: Any
    ) -> None:
        super().set_history_delta_changes(request, records, *args, **kwargs)
        if not self.masks(request):
            return
        phone = capfirst(str(Contact._meta.get_field("phone").verbose_name))
        for record in records:
            for change in getattr(record, "history_delta_changes", ()):
                hide = mask_phone if capfirst(str(change["field"])) == phone else mask_phones
                change.update({end: hide(str(change[end] or "")) for end in ("old", "new")})


def _has_phone(words: str) -> bool:
    return mask_phones(words) != words
