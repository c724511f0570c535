"""The list of prices: searched as people write, corrected in place by administrators and heads."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import AllValuesFieldListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import formats, timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.appeals.admin.prices import files, pages
from apps.appeals.models import PriceImport, PriceItem
from apps.appeals.prices.importing import last_id
from apps.appeals.prices.keeping import has_twin, save_item, switch
from apps.appeals.prices.keys import TEXTS
from apps.appeals.prices.searching import found
from apps.tenants.scope import EVERYONE, LEADERS, scope_of
from apps.tenants.scoped_admin import TenantAdmin
from apps.tenants.scoped_forms import TenantForm
from apps.tenants.scoped_pages import scoped_page


class PriceField(forms.DecimalField):
    """«3 500,50» is how it is written, and 3500 how a whole price is shown."""

    def to_python(self, value: Any) -> Any:
        written = "".join(value.split()).replace(",", ".") if isinstance(value, str) else value
        return super().to_python(written)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        return f"{value:.0f}" if value == value.to_integral_value() else f"{value:.2f}"


class PriceItemForm(TenantForm):
    class Meta:
        model = PriceItem
        fields = (
            "brand",
            "model",
            "work",
            "part",
            "price",
            "price_to",
            "is_from",
            "currency",
            "warranty",
            "duration",
            "is_active",
        )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values = self.cleaned_data if cleaned is None else cleaned
        texts = [values.get(name, "") for name in TEXTS]
        if has_twin(texts, tenant_id=self._owner(values), but=self.instance.pk):
            self.add_error(None, gettext("There is such a line already: change that one."))
        return cleaned


@admin.register(PriceItem)
class PriceItemAdmin(TenantAdmin):
    view_roles = EVERYONE
    edit_roles = delete_roles = LEADERS
    form = PriceItemForm
    list_display = ("device", "work", "part", "price", "price_to", "from_mark", "is_active", "changed")
    list_editable = ("price", "price_to", "is_active")
    list_filter = ("is_active", ("brand", AllValuesFieldListFilter))
    list_filter_sheet = True
    list_select_related = ("tenant", "updated_by")
    list_per_page = 50
    # Only says that there is a search: what it looks for is in `get_search_results`.
    search_fields = ("brand", "model", "work", "part")
    search_help_text = _("Device and work, as you would write them: айфон 14 про акб")
    list_before_template = "prices/list_help.html"
    actions = ["switch_on", "switch_off"]
    fieldsets = (
        (_("What"), {"fields": [("brand", "model"), ("work", "part")]}),
        (_("Price"), {"fields": [("price", "price_to"), "is_from", "currency"]}),
        (_("More"), {"fields": [("warranty", "duration"), "is_active"]}),
    )

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Any, name: str, roles: Any = LEADERS) -> URLPattern:
            return path(route, scoped_page(roles=roles)(view), name=f"appeals_priceitem_{name}")

        return [
            own("import/", pages.upload, "import"),
            own("import/<int:row>/", pages.import_page, "import_page"),
            own("import/<int:row>/do/", pages.do, "import_do"),
            own("export/<str:form>/", files.export, "export", EVERYONE),
            own("template/<str:form>/", files.example, "template"),
            *super().get_urls(),
        ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name not in ("price", "price_to"):
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return PriceField(
            label=db_field.verbose_name,
            help_text=db_field.help_text,
            required=not db_field.blank,
            max_digits=db_field.max_digits,
            decimal_places=db_field.decimal_places,
            min_value=0,
            widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "size": 8}),
        )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        tenant = scope_of(request).tenant
        last = last_id(tenant.pk) if tenant and self.has_change_permission(request) else None
        context = {
            "last_import": PriceImport.objects.defer("cells", "undo").filter(pk=last).first()
            if last
            else None,
            "may_edit": self.has_change_permission(request),
        }
        return super().changelist_view(request, {**(extra_context or {}), **context})  # type: ignore[no-any-return]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return found(queryset, search_term, tenant=scope_of(request).tenant), False

    def save_model(self, request: HttpRequest, obj: PriceItem, form: Any, change: bool) -> None:
        self._refuse_foreign(scope_of(request), self._tenant_id(obj))
        save_item(item=obj, member=scope_of(request).member)

    @admin.action(description=_("Put into use"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[PriceItem]) -> None:
        self._switch(request, queryset, is_active=True)

    @admin.action(description=_("Take out of use"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[PriceItem]) -> None:
        self._switch(request, queryset, is_active=False)

    def _switch(self, request: HttpRequest, rows: QuerySet[PriceItem], *, is_active: bool) -> None:
        count = switch(rows=rows, is_active=is_active, member=scope_of(request).member)
        said = ngettext("%(n)d line changed.", "%(n)d lines changed.", count) % {"n": count}
        self.message_user(request, said, messages.SUCCESS)

    @display(description=_("device"), ordering="brand")
    def device(self, item: PriceItem) -> str:
        if item.model:
            return f"{item.brand} {item.model}".strip()
        return (
            gettext("%(brand)s, all models") % {"brand": item.brand} if item.brand else gettext("all devices")
        )

    @display(description=_("currency"))
    def from_mark(self, item: PriceItem) -> str:
        lowest = gettext("“from”") if item.is_from and item.price_to is None else ""
        return " ".join(filter(None, (item.currency if item.currency != "RUB" else "₽", lowest)))

    @display(description=_("changed"), ordering="updated_at")
    def changed(self, item: PriceItem) -> str:
        at = formats.date_format(timezone.localtime(item.updated_at), "d.m.Y")
        return f"{at} · {item.updated_by.name}" if item.updated_by else at
