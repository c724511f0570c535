"""Webhook endpoints in a tenant's file: the list `webhooks` of the section that tells by them."""

from contextlib import suppress
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables
from pydantic import AfterValidator, SecretStr

from apps.core.secrets import Undecryptable
from apps.integrations.webhooks.endpoints import (
    change_address,
    check_address,
    check_secret,
    give_first_secret,
    rotate_secret,
)
from apps.integrations.webhooks.models import WebhookEndpoint
from apps.tenants.models import Tenant
from apps.tenants.provisioning.document import Path
from apps.tenants.provisioning.entries import Entry, GivenSecret, Key, Name
from apps.tenants.provisioning.report import compare
from apps.tenants.provisioning.run import Run
from apps.tenants.provisioning.sections import Exported

FIELDS = ("name", "url")


def _address(value: str) -> str:
    try:
        check_address(value)
    except ValidationError as error:
        raise ValueError(error.messages[0]) from None
    if len(value) > 2000:
        raise ValueError("It is longer than 2000 characters.")
    return value


def _right_secret(value: SecretStr) -> SecretStr:
    try:
        check_secret(value.get_secret_value())
    except ValidationError as error:
        raise ValueError(error.messages[0]) from None
    return value


class WebhookEntry(Entry):
    key: Key
    url: Annotated[str, AfterValidator(_address)]
    name: Name = ""
    secret: Annotated[GivenSecret, AfterValidator(_right_secret)] | None = None


def apply_webhooks(run: Run, *, within: str) -> None:
    for path, entry in run.several("webhooks", WebhookEntry, unique="key", within=within):
        _apply(run, path, entry)


def exported_webhooks(tenant: Tenant, into: Exported) -> list[dict[str, Any]]:
    rows = WebhookEndpoint.objects.filter(tenant=tenant).order_by("key")
    if off := [one.key for one in rows if not one.is_active]:
        into.remark(f"Webhooks that are switched off, left out: {', '.join(off)}.")
    return [
        {"key": one.key, "name": one.name, "url": one.url, "secret": into.secret(one.key, "secret")}
        for one in rows
        if one.is_active
    ]


@sensitive_variables()
def _apply(run: Run, path: Path, entry: WebhookEntry) -> None:
    secret = entry.secret.get_secret_value() if entry.secret else None
    endpoint = WebhookEndpoint.objects.filter(tenant=run.tenant, key=entry.key).first()
    if endpoint is None:
        return _add(run, entry, secret)
    before = _state(endpoint)
    try:
        change_address(endpoint=endpoint, url=entry.url)
    except ValidationError as fixed:
        return run.problem((*path, "url"), fixed.messages[0])
    if entry.name and entry.name != endpoint.name:
        endpoint.name = entry.name
        endpoint.save(update_fields=["name"])
    replaced = secret is not None and _replace(endpoint, secret)
    run.note(
        "webhook",
        entry.key,
        created=False,
        differences=compare(before, _state(endpoint)),
        notes=("secret replaced; the former one signs along for 24 hours",) if replaced else (),
        touched=replaced,
    )
    return None


@sensitive_variables()
def _add(run: Run, entry: WebhookEntry, secret: str | None) -> None:
    endpoint = WebhookEndpoint(tenant=run.tenant, key=entry.key, name=entry.name or entry.key, url=entry.url)
    value = give_first_secret(endpoint, secret)
    endpoint.save()
    run.note("webhook", entry.key, created=True, differences=compare(None, _state(endpoint)))
    if secret is None:
        run.tell("webhook_secrets", webhook=entry.key, secret=value)


@sensitive_variables()
def _replace(endpoint: WebhookEndpoint, secret: str) -> bool:
    """Whether it is another one than before. One that nobody can read any more is."""
    with suppress(Undecryptable):
        if endpoint.secrets.get("current") == secret:
            return False
    rotate_secret(endpoint=endpoint, secret=secret)
    return True


def _state(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {name: getattr(endpoint, name) for name in FIELDS}
