"""Verbs for those who set receivers up: add, rename, move before first use, rotate, switch off and on."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.core.models import State
from apps.core.secrets import Undecryptable
from apps.core.work import find
from apps.core.work.trouble import replay
from apps.integrations.webhooks.mailing import tell_that_it_fell
from apps.integrations.webhooks.models import Disabled, WebhookDelivery, WebhookEndpoint
from apps.integrations.webhooks.signing import is_secret, new_secret
from apps.integrations.webhooks.wording import FIXED

WORK = "integrations.WebhookDelivery"
# Receivers have so long to learn a new secret: until then both sign.
OVERLAP = timedelta(hours=24)
# What `sending` parks a delivery with whose endpoint is switched off.
SWITCHED_OFF = "endpoint_off"

ADDRESS = _("Enter a full address, such as https://example.com/hook.")
NO_PASSWORD = _("An address must not hold a name or password: requests are signed instead.")
SECRET = _("A secret is whsec_ followed by 24 to 64 bytes in base64.")


def check_address(url: str) -> None:
    """A validator: http or https, a host, no password. Where it leads is asked with every try."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or any(character.isspace() or not character.isprintable() for character in url):
        raise ValidationError(ADDRESS, code="invalid")
    if parts.username is not None or parts.password is not None:
        raise ValidationError(NO_PASSWORD, code="invalid")


def check_secret(value: str) -> None:
    if not is_secret(value):
        raise ValidationError(SECRET, code="invalid")


@sensitive_variables()
def give_first_secret(endpoint: WebhookEndpoint, secret: str | None = None) -> str:
    """Of an endpoint that is about to be saved. Returns it: from now on it is shown nowhere."""
    value = secret or new_secret()
    check_secret(value)
    endpoint.secrets = {"current": value, "former": []}
    return value


def check_move(endpoint: WebhookEndpoint, url: str) -> WebhookEndpoint:
    """A validator, within the transaction that saves it: holds the row, so that no first try begins."""
    row = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if row.url != url and row.used_at is not None:
        raise ValidationError(FIXED, code="fixed")
    return row


def change_address(*, endpoint: WebhookEndpoint, url: str) -> None:
    """Raises ValidationError, also where the first try begins in this very moment."""
    check_address(url)
    with transaction.atomic():
        row = check_move(endpoint, url)
        if row.url != url:
            row.url = url
            row.save(update_fields=["url"])
    endpoint.url = url


@sensitive_variables()
def rotate_secret(*, endpoint: WebhookEndpoint, secret: str | None = None) -> str:
    """The new secret; the former ones sign along for a day. The current one given again changes nothing."""
    value = secret or new_secret()
    check_secret(value)
    now = timezone.now()
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        try:
            current = row.secrets.get("current", "")
            former = [one for one in _still_valid(row, now) if one["value"] != value]
        except Undecryptable:  # nothing can be signed with them any more
            current, former = "", []
        if current != value:
            if current:
                former.append({"value": current, "until": (now + OVERLAP).isoformat()})
            row.secrets = {"current": value, "former": former}
            row.save(update_fields=["secrets"])
    endpoint.secrets = row.secrets
    return value


@sensitive_variables()
def secrets_in_use(endpoint: WebhookEndpoint) -> list[str]:
    """The newest first. Raises Undecryptable where the key they were stored with is lost."""
    former = [str(one["value"]) for one in reversed(_still_valid(endpoint, timezone.now()))]
    return [str(endpoint.secrets["current"]), *former]


def overlap_ends(endpoint: WebhookEndpoint) -> datetime | None:
    """Until when a former secret signs along. Raises as `secrets_in_use` does."""
    ends = [datetime.fromisoformat(one["until"]) for one in _still_valid(endpoint, timezone.now())]
    return max(ends, default=None)


def _still_valid(endpoint: WebhookEndpoint, now: datetime) -> list[dict[str, Any]]:
    former = endpoint.secrets.get("former", [])
    return [one for one in former if datetime.fromisoformat(one["until"]) > now]


def switch_off(*, endpoint: WebhookEndpoint, because: Disabled = Disabled.BY_HAND) -> None:
    """What it should get from now on is kept. By hand also: «leave it off», which ends the alarm."""
    row = WebhookEndpoint.objects.select_for_update(no_key=True)
    with transaction.atomic():
        found = row.get(pk=endpoint.pk)
        if not found.is_active and because != Disabled.BY_HAND:
            return
        found.is_active, found.disabled_because = False, because
        found.disabled_at = found.disabled_at or timezone.now()
        found.save(update_fields=["is_active", "disabled_because", "disabled_at"])
        if because != Disabled.BY_HAND:
            tell_that_it_fell(found)


def switch_on(*, endpoint: WebhookEndpoint, send_kept: bool) -> int:
    """Returns how many deliveries that were kept for it are on their way now."""
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        row.is_active, row.disabled_because, row.disabled_at, row.paused_until = True, "", None, None
        row.save(update_fields=["is_active", "disabled_because", "disabled_at", "paused_until"])
        return replay(kept_for(row), work=find(WORK)) if send_kept else 0


def kept_for(endpoint: WebhookEndpoint) -> Any:
    """What was not even tried, because it was switched off."""
    return WebhookDelivery.objects.filter(endpoint=endpoint, state=State.FAILED, error_code=SWITCHED_OFF)
