"""An operator corrects what is known: the client, devices, repairs, parts. The AI's word stays beside
theirs.
"""

from copy import copy
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from apps.appeals import extracted
from apps.appeals.campaigns import unsubscribing
from apps.appeals.desk.actions import done, refused
from apps.appeals.desk.doors import on_conversation, words
from apps.appeals.desk.phones import MASKED, as_typed
from apps.appeals.models import Appeal, Contact, Conversation, Device, Part, Repair
from apps.appeals.people import touch, touch_all
from apps.core.phones import DOT
from apps.core.text import clean_json
from apps.tenants.scope import Scope


class ContactForm(forms.ModelForm[Contact]):
    class Meta:
        model = Contact
        fields = ("name", "phone", "email", "note")


class DeviceForm(forms.ModelForm[Device]):
    class Meta:
        model = Device
        fields = ("brand", "model", "imei")


class RepairForm(forms.ModelForm[Repair]):
    class Meta:
        model = Repair
        fields = ("repair_type", "category", "description", "price")


class PartForm(forms.ModelForm[Part]):
    class Meta:
        model = Part
        fields = ("name", "quantity", "price")


def _filled(
    request: HttpRequest, form_class: Any, row: Any, sent: dict[str, Any] | None = None
) -> forms.ModelForm[Any]:
    """The form with what was sent over what the row has: a page sends what was typed there and nothing else,
    so that one operator does not undo what another has just corrected in the next field.
    """
    sent = sent if sent is not None else clean_json(request.POST.dict())
    if "price" in sent:  # «3 500,50» is how it is written
        sent["price"] = "".join(sent["price"].split()).replace(",", ".")
    # On a copy: the form writes into its instance, and what changed is told by comparing with the row itself.
    form: forms.ModelForm[Any] = form_class(
        {**forms.model_to_dict(row, form_class.Meta.fields), **sent}, instance=copy(row)
    )
    return form


def _errors(form: forms.BaseForm) -> HttpResponse:
    named = [
        f"{form.fields[name].label}: {problem}" if name in form.fields else str(problem)
        for name, problems in form.errors.items()
        for problem in problems
    ]
    return refused(" ".join(named))


@on_conversation
def contact(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    sent = as_typed(request, conversation.contact, scope)
    form = _filled(request, ContactForm, conversation.contact, sent)
    if not form.is_valid():
        return _errors(form)
    if any(DOT in str(form.cleaned_data[name]) for name in MASKED):
        return refused(_("A part of a phone is hidden from you here: write the whole number."))
    found = form.save(commit=False)
    # Only what the form has: a client may have unsubscribed in the same moment.
    found.save(update_fields=ContactForm.Meta.fields)
    touch_all(found)
    return done()


@on_conversation
def campaigns_off(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    why = words(request, "why", limit=200)
    unsubscribing.unsubscribe(contact=conversation.contact, by=scope.member, why=why)
    return done()


@on_conversation
def campaigns_on(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    unsubscribing.subscribe_again(contact=conversation.contact, by=scope.member)
    return done()


@on_conversation
def device(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    found = get_object_or_404(Device, pk=row, appeal__conversation=conversation)
    return _correct(request, scope, found, DeviceForm)


@on_conversation
def repair(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    found = get_object_or_404(Repair, pk=row, device__appeal__conversation=conversation)
    return _correct(request, scope, found, RepairForm)


def _correct(request: HttpRequest, scope: Scope, row: Device | Repair, form_class: Any) -> HttpResponse:
    if "remove" in request.POST:
        extracted.remove(row=row)
        return done()
    if "put_back" in request.POST:
        extracted.put_back(row=row)
        return done()
    form = _filled(request, form_class, row)
    if not form.is_valid():
        return _errors(form)
    typed = {name: value for name, value in form.cleaned_data.items() if name in request.POST}
    extracted.correct(row=row, values=typed, member=scope.member)
    return done()


@on_conversation
def add_device(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    appeal = get_object_or_404(Appeal, pk=row, conversation=conversation)
    return _add(request, conversation, DeviceForm, Device(tenant_id=appeal.tenant_id, appeal=appeal))


@on_conversation
def add_repair(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    found = get_object_or_404(Device, pk=row, appeal__conversation=conversation)
    return _add(request, conversation, RepairForm, Repair(tenant_id=found.tenant_id, device=found))


@on_conversation
def add_part(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    found = get_object_or_404(Repair, pk=row, device__appeal__conversation=conversation)
    return _add(request, conversation, PartForm, Part(tenant_id=found.tenant_id, repair=found))


def _add(request: HttpRequest, conversation: Conversation, form_class: Any, row: Any) -> HttpResponse:
    form = _filled(request, form_class, row)
    if not form.is_valid():
        return _errors(form)
    form.save()
    touch(conversation.pk)
    return done()


@on_conversation
def remove_part(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    # Pressed twice is as good as once.
    Part.objects.filter(pk=row, repair__device__appeal__conversation=conversation).delete()
    touch(conversation.pk)
    return done()
