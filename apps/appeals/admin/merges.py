"""Merges on a client's page in the admin: what was merged, by whom, and its undoing."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.appeals.admitting import clients_seen_by
from apps.appeals.masking import masked
from apps.appeals.merging.undoing import told, undo
from apps.appeals.models import Contact, ContactMerge
from apps.core.errors import Rejected
from apps.core.phones import mask_phones
from apps.tenants.models import Phones
from apps.tenants.paths import within
from apps.tenants.scope import EVERYONE, scope_of
from apps.tenants.scoped_admin import NOBODY, TenantInline
from apps.tenants.scoped_pages import page


class MergeInline(TenantInline):
    """Those that stand and those that were undone."""

    model = ContactMerge
    fk_name = "kept"
    verbose_name_plural = gettext_lazy("merges")
    view_roles = EVERYONE
    edit_roles = delete_roles = NOBODY
    # What a row is called by are the clients' names, which may be phones.
    hide_title = True
    fields = ("absorbed", "at", "by", "undone_at", "undone_by", "undoing")
    readonly_fields = (*fields, "masked_absorbed", "masked_undoing")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        if scope_of(request).phones == Phones.SHOWN:
            return [*self.fields]
        return ["masked_absorbed", *self.fields[1:-1], "masked_undoing"]

    @display(description=gettext_lazy("merged with"))
    def masked_absorbed(self, merge: ContactMerge) -> str:
        return mask_phones(str(merge.absorbed))

    @display(description=gettext_lazy("undo"))
    def masked_undoing(self, merge: ContactMerge) -> str | SafeString:
        return mask_phones(told(merge)) if merge.undone_at is not None else self.undoing(merge)

    @display(description=gettext_lazy("undo"))
    def undoing(self, merge: ContactMerge) -> str | SafeString:
        if merge.undone_at is not None:
            return told(merge)
        address = reverse("admin:appeals_contact_unmerge", args=[merge.pk])
        return format_html(
            '<a class="text-primary-600 underline" href="{}">{}</a>', address, _("Undo the merge")
        )


def unmerge(request: HttpRequest, row: int) -> HttpResponse:
    """Asked once more before it is done."""
    scope = scope_of(request)
    seen = Contact.objects.filter(clients_seen_by(scope.member))
    rows = within(ContactMerge.objects.select_related("kept", "absorbed"), scope=scope)
    merge = get_object_or_404(rows, pk=row, kept__in=seen)
    back = reverse("admin:appeals_contact_change", args=[merge.kept_id])
    if request.method == "POST":
        _undo(request, merge)
        return redirect(back)
    named = {name: masked(getattr(merge, name), scope.phones) for name in ("absorbed", "kept")}
    text = _(
        "“%(absorbed)s” becomes a client of their own again. What was theirs goes back from “%(kept)s”, "
        "with all that came since in their conversations."
    )
    return page(
        request,
        "tenants/confirm.html",
        title=_("Undo the merge"),
        text=text % named,
        button=_("Undo the merge"),
        back=back,
    )


def _undo(request: HttpRequest, merge: ContactMerge) -> None:
    scope = scope_of(request)
    try:
        undone = undo(merge=merge, by=scope.member)
    except Rejected as error:
        messages.error(request, masked(error.public, scope.phones))
        return
    name = masked(undone.absorbed, scope.phones)
    said = _("The merge is undone: “%(name)s” is a client of their own again.") % {"name": name}
    messages.success(request, said)
    if stayed := told(undone):
        messages.warning(request, masked(stayed, scope.phones))
