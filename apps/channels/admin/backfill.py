"""Bringing a channel's history: order it with its dates, watch how far it is."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, ForeignKey
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.channels.accounting import ENDINGS, TITLES
from apps.channels.backfill import order_history, refuse, refuse_second, with_history
from apps.channels.models import Backfill, Channel
from apps.core.errors import OutsideError
from apps.tenants.scope import scope_of
from apps.tenants.scoped_admin import ADMIN_ONLY, NOBODY, TenantAdmin

# While it goes on, the page is asked for anew so often.
SECONDS = "5"


class OrderForm(forms.ModelForm):
    class Meta:
        model = Backfill
        fields = ("channel", "since", "until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "until" in self.fields:  # not on the page of a row, which only shows it
            self.fields["until"].required = False

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        channel, since = values.get("channel"), values.get("since")
        if channel is None or since is None or self.errors:
            return values
        values["until"] = self.instance.until = values.get("until") or timezone.now()
        try:
            refuse(channel=channel, since=since, until=values["until"])
            refuse_second(channel)
        except OutsideError as error:
            self.add_error(getattr(error, "field", "") or "channel", str(error.public))
        return values


@admin.register(Backfill)
class BackfillAdmin(TenantAdmin):
    view_roles = add_roles = ADMIN_ONLY
    edit_roles = delete_roles = NOBODY
    form = OrderForm
    list_display = ("created_at", "channel", "since", "until", "state", "found", "stored", "finished_at")
    list_filter = ("channel",)
    list_select_related = ("channel", "tenant")

    def get_fields(self, request: HttpRequest, obj: Backfill | None = None) -> list[str]:
        asked = ["channel", "since", "until"]
        seen = ["state", "trouble", "pages", "found", "stored", "came_of_it"]
        return [*asked, *seen, "ordered_by", "created_at", "finished_at"] if obj else asked

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = super().get_readonly_fields(request, obj)
        return [*names, *self.get_fields(request, obj)] if obj else names

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "channel":
            kwargs["queryset"] = Channel.objects.filter(connection__connector__in=with_history())
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Backfill, form: Any, change: bool) -> None:
        member = scope_of(request).member
        try:
            made = order_history(channel=obj.channel, since=obj.since, until=obj.until, member=member)
        except OutsideError as error:  # somebody else ordered it in this very moment
            self.message_user(request, str(error.public), messages.ERROR)
        else:
            obj.pk = made.pk

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Where it can be watched."""
        if obj.pk is None:
            return redirect("admin:channels_backfill_changelist")
        return redirect("admin:channels_backfill_change", obj.pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        answer: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        row = self.get_object(request, object_id)
        if row is not None and not row.is_settled:
            answer["Refresh"] = SECONDS
        return answer

    @admin.display(description=pgettext_lazy("what went wrong", "trouble"))
    def trouble(self, row: Backfill) -> str:
        return gettext(row.error_text) if row.error_text else "–"

    @admin.display(description=_("what it came to"))
    def came_of_it(self, row: Backfill) -> SafeString | str:
        """Each figure leads to its list."""
        counted = row.events.aggregate(**{name: Count("pk", filter=q) for name, q in ENDINGS.items()})
        address = reverse("admin:channels_inboundevent_changelist")
        lines = [
            (f"{address}?backfill__id__exact={row.pk}&ended={name}", TITLES[name], count)
            for name, count in counted.items()
            if count
        ]
        return format_html_join(", ", '<a class="text-link underline" href="{}">{}: {}</a>', lines) or "–"
