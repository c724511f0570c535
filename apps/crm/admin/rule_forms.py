"""The forms of one CRM's page: where each field comes from, and what each status means."""

from collections.abc import Collection, Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from apps.appeals.models import Appeal
from apps.core.models import State
from apps.crm.composing import PRICE, Incomplete, mappings_of
from apps.crm.contract import OrderField, OrderStatus
from apps.crm.models import FieldMapping, OrderRules, OrderSync, Owner, StatusMapping
from apps.crm.sourcing import NOTHING, PREFILLED, SOURCES, TEXT, title_of
from apps.crm.wording import changeable_of, fields_of
from apps.integrations.models import Connection
from apps.integrations.registry import connectors

# So many of the last appeals tell which data comes prefilled.
LATEST = 200
BLANK_STATUSES = 1


class RulesForm(forms.ModelForm):
    class Meta:
        model = OrderRules
        fields = ("sends_itself",)
        widgets = {"sends_itself": UnfoldBooleanSwitchWidget}


class FieldForm(forms.Form):
    source = forms.ChoiceField(
        required=False, label=gettext_lazy("Comes from"), widget=UnfoldAdminSelectWidget
    )
    text = forms.CharField(
        required=False,
        max_length=300,
        label=gettext_lazy("Text, or what stands there otherwise"),
        widget=UnfoldAdminTextInputWidget,
    )
    owner = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Changed on both sides"),
        choices=Owner.choices,
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(
        self,
        data: Any,
        *,
        field: OrderField,
        known: FieldMapping | None,
        prefilled: Iterable[str],
        changeable: Collection[str],
    ) -> None:
        """Only what may be changed on both sides has an owner; the price has nothing else."""
        initial = {"source": known.source, "text": known.text, "owner": known.owner} if known else {}
        super().__init__(data, prefix=f"f-{field.name}", initial=initial)
        self.field = field
        if field.name not in changeable:
            del self.fields["owner"]
        if field.name == PRICE:
            del self.fields["source"], self.fields["text"]
            return
        usual = title_of(field.source) if field.source else _("nothing")
        self.fields["source"].choices = [  # type: ignore[attr-defined]
            ("", _("as usual: %(source)s") % {"source": usual}),
            (TEXT, _("the text beside it")),
            (NOTHING, _("nothing: leave it out")),
            *((name, str(title)) for name, (title, _read) in SOURCES.items()),
            *((name, title_of(name)) for name in prefilled),
        ]


class StatusForm(forms.Form):
    remote = forms.CharField(
        required=False,
        max_length=60,
        label=gettext_lazy("As the CRM calls it"),
        widget=UnfoldAdminTextInputWidget,
    )
    status = forms.ChoiceField(
        required=False,
        label=gettext_lazy("As we call it"),
        choices=[("", "—"), *OrderStatus.choices],
        widget=UnfoldAdminSelectWidget,
    )
    message = forms.CharField(
        required=False,
        max_length=1000,
        label=gettext_lazy("Message proposed to the operator"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )


def field_forms(data: Any, connection: Connection) -> list[FieldForm]:
    known = mappings_of(connection)
    prefilled = _prefilled(connection, known.values())
    changeable = changeable_of(connection)
    fields = list(fields_of(connection))
    if PRICE in changeable:
        fields.append(OrderField(name=PRICE, title=gettext_lazy("Price")))
    return [
        FieldForm(data, field=field, known=known.get(field.name), prefilled=prefilled, changeable=changeable)
        for field in fields
    ]


def status_forms(data: Any, connection: Connection) -> list[StatusForm]:
    """Those that are mapped, those that were seen, and one to add."""
    mapped = list(StatusMapping.objects.filter(connection=connection))
    names = {row.remote for row in mapped}
    seen = OrderSync.objects.filter(connection=connection).exclude(remote_status="")
    new = sorted(set(seen.values_list("remote_status", flat=True).distinct()[:50]) - names)
    initials: list[dict[str, str]] = [
        *({"remote": row.remote, "status": row.status, "message": row.message} for row in mapped),
        *({"remote": name} for name in new),
        *({} for _ in range(BLANK_STATUSES)),
    ]
    return [
        StatusForm(data, prefix=f"s-{number}", initial=initial) for number, initial in enumerate(initials)
    ]


def keep_fields(connection: Connection, forms: Iterable[FieldForm]) -> None:
    for form in forms:
        values = form.cleaned_data
        rows = FieldMapping.objects.filter(connection=connection, field=form.field.name)
        if any(values.values()):
            defaults = {"tenant_id": connection.tenant_id, **values}
            FieldMapping.objects.update_or_create(
                connection=connection, field=form.field.name, defaults=defaults
            )
        else:
            rows.delete()
    # What lacked something may have it now: it is composed anew in the next quarter of an hour.
    lacking = OrderSync.objects.filter(connection=connection, state=State.FAILED, error_code=Incomplete.code)
    lacking.update(compared_revision=0)


def keep_statuses(connection: Connection, forms: Iterable[StatusForm]) -> None:
    """A name that was taken off is mapped no more."""
    wanted = {
        form.cleaned_data["remote"]: form.cleaned_data
        for form in forms
        if form.cleaned_data["remote"] and (form.cleaned_data["status"] or form.cleaned_data["message"])
    }
    StatusMapping.objects.filter(connection=connection).exclude(remote__in=wanted).delete()
    for remote, values in wanted.items():
        StatusMapping.objects.update_or_create(
            connection=connection,
            remote=remote,
            defaults={
                "tenant_id": connection.tenant_id,
                "status": values["status"],
                "message": values["message"],
            },
        )


def _prefilled(connection: Connection, known: Iterable[FieldMapping]) -> list[str]:
    offered = getattr(connectors().get(connection.connector), "fields", None)
    usual = [field.source for field in offered(connection)] if offered else []
    told = Appeal.objects.filter(tenant=connection.tenant_id).exclude(prefilled_data={}).order_by("-pk")
    names = {
        f"{PREFILLED}{name}"
        for data in told.values_list("prefilled_data", flat=True)[:LATEST]
        for name in data
    }
    chosen = {row.source for row in known} | set(usual)
    return sorted(names | {name for name in chosen if name.startswith(PREFILLED)})
