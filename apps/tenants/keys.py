"""API keys: issued once, found by their digest, revoked, never changed and never shown again."""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from apps.tenants.models import ApiKey, Tenant

PREFIX = "bk_"
# `last_used_at` says «in use or not», not when exactly: a write per request would be paid for nothing.
USE_NOTED_EVERY = timedelta(minutes=1)


class KeyInUse(ValueError):
    """The given value is, or was, another key's. It is not named."""

    def __init__(self) -> None:
        super().__init__("this value is another API key's")


def digest_of(value: str) -> str:
    return hashlib.sha256(value.encode(errors="surrogatepass")).hexdigest()


def issue_key(
    *, tenant: Tenant, name: str, user: User | None, value: str | None = None
) -> tuple[ApiKey, str]:
    """The row and the key's value, which is stored nowhere. `value` is for a key made elsewhere."""
    value = PREFIX + secrets.token_urlsafe(32) if value is None else value
    if not value.strip():
        raise ValueError("an API key must not be empty")
    key, created = ApiKey.objects.get_or_create(
        digest=digest_of(value),
        defaults={"tenant": tenant, "name": name, "created_by": user, "last_four": value[-4:]},
    )
    if not created:
        raise KeyInUse
    return key, value


def find_key(value: str) -> ApiKey | None:
    """A live key. The digest is looked up, so that the time it takes says nothing about the value."""
    return ApiKey.objects.select_related("tenant").filter(digest=digest_of(value), revoked_at=None).first()


def note_use(*, key: ApiKey) -> None:
    now = timezone.now()
    if key.last_used_at is not None and key.last_used_at > now - USE_NOTED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


def revoke_key(*, key: ApiKey) -> None:
    """From the next request on. For good: a revoked key is replaced by a new one."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    key.refresh_from_db(fields=["revoked_at"])
