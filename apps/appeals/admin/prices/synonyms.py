"""The tenant's own words for devices and works, beside the built-in ones."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.appeals.models import PriceSynonym
from apps.appeals.prices.keeping import words_changed
from apps.appeals.prices.keys import tokens
from apps.appeals.prices.words import MOST_WORDS
from apps.tenants.scope import EVERYONE, LEADERS
from apps.tenants.scoped_admin import TenantAdmin
from apps.tenants.scoped_forms import TenantForm


class SynonymForm(TenantForm):
    class Meta:
        model = PriceSynonym
        fields = ("word", "means")

    def clean_word(self) -> str:
        word: str = self.cleaned_data["word"]
        if not 0 < len(tokens(word)) <= MOST_WORDS:
            raise ValidationError(gettext("Write one to three words."))
        return " ".join(tokens(word))

    def clean_means(self) -> str:
        means: str = self.cleaned_data["means"]
        if not tokens(means):
            raise ValidationError(gettext("Write what it means."))
        return means


@admin.register(PriceSynonym)
class PriceSynonymAdmin(TenantAdmin):
    view_roles = EVERYONE
    edit_roles = delete_roles = LEADERS
    form = SynonymForm
    list_display = ("word", "means")
    list_select_related = ("tenant",)
    search_fields = ("word", "means")
    search_help_text = _("Word or its meaning")
    list_before_template = "prices/synonyms_help.html"

    def save_model(self, request: HttpRequest, obj: PriceSynonym, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        words_changed(tenant_id=obj.tenant_id)

    def delete_model(self, request: HttpRequest, obj: PriceSynonym) -> None:
        super().delete_model(request, obj)
        words_changed(tenant_id=obj.tenant_id)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PriceSynonym]) -> None:
        tenants = set(queryset.values_list("tenant_id", flat=True))
        super().delete_queryset(request, queryset)
        for tenant_id in sorted(tenants):
            words_changed(tenant_id=tenant_id)
