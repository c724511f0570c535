"""The access log: who has read phones and heard recordings. Read by those who lead, changed by nobody."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseNotAllowed, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.appeals.models import Access
from apps.core.phones import mask_phones
from apps.core.spreadsheets import CSV, Cell, csv_lines
from apps.tenants.period_filter import PeriodFilter
from apps.tenants.scope import LEADERS
from apps.tenants.scoped_admin import NOBODY, TenantAdmin


@admin.register(Access)
class AccessAdmin(TenantAdmin):
    view_roles = LEADERS
    edit_roles = delete_roles = NOBODY
    list_display = ("at", "who", "kind", "client", "about")
    list_filter = ("member", "kind", ("at", PeriodFilter))
    list_filter_submit = True
    list_select_related = ("member", "contact", "tenant")
    list_before_template = "appeals/access_help.html"
    list_disable_select_all = True
    search_fields = ("contact__name", "=contact__id")
    search_help_text = gettext_lazy("Client's name or number")
    show_full_result_count = False
    actions: ClassVar[list[Any]] = []
    fields = ("at", "who", "kind", "client", "about")
    readonly_fields = ("client",)

    @display(description=gettext_lazy("client"), ordering="contact__name")
    def client(self, row: Access) -> str:
        """By name: the log tells nobody a phone."""
        return mask_phones(str(row.contact)) if row.contact else "–"

    def get_urls(self) -> list[URLPattern]:
        return [path("export/", self.export, name="appeals_access_export"), *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """What the list's filters hold, as they stand in the address."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        rows = self.get_changelist_instance(request).get_queryset(request)
        head = [
            str(title) for title in (_("when"), _("employee"), _("what was read"), _("client"), _("details"))
        ]
        answer = StreamingHttpResponse(csv_lines(head, self._cells(rows)), content_type=CSV)
        day = timezone.localdate().isoformat()
        answer["Content-Disposition"] = f'attachment; filename="access-{day}.csv"'
        return answer

    def _cells(self, rows: QuerySet[Any]) -> Iterator[list[Cell]]:
        for row in rows.iterator(chunk_size=2000):
            yield [row.at, row.who, row.get_kind_display(), self.client(row), row.about]
