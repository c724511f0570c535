"""Where files live, by one STORAGE_URL: a folder, S3 and what speaks it (MinIO), or Supabase by either door.

    file:///srv/files
    s3://KEY:SECRET@HOST[:PORT]/BUCKET[?region=eu-central-1]
    supabase://SERVICE_ROLE_KEY@HOST/BUCKET               its own API
    supabase://KEY:SECRET@HOST/BUCKET[?region=…]          its S3 door, with an access key made for it
    s3+http://… and supabase+http://…                     without TLS, inside a private network only

Key and secret are percent-encoded. Nothing is overwritten; buckets are private, links signed for an hour,
unless `?public=yes` says that everybody may read the bucket. `docs/storage.md` has it step by step.
"""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

LINK_LIFETIME = 3600  # seconds
# https://supabase.com/docs/guides/storage/s3/authentication
DOORS = {"s3": "", "supabase": "/storage/v1/s3"}
STORES = "apps.core.files.stores"


def backend(url: str, media_root: Path) -> dict[str, Any]:
    """Django's STORAGES["default"] for this address; no error repeats the address, which holds the secret."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - a property that raises
    except ValueError:
        raise ImproperlyConfigured("STORAGE_URL is no address (percent-encode key and secret).") from None
    service, _, transport = parts.scheme.partition("+")
    if not url or service == "file":
        return _folder(Path(parts.netloc + unquote(parts.path)) if url else media_root)
    if service in DOORS and transport in ("", "http", "https"):
        return _bucket(parts, service=service, transport=transport or "https")
    raise ImproperlyConfigured("STORAGE_URL begins with file:///, s3:// or supabase:// (see .env.example).")


def _folder(path: Path) -> dict[str, Any]:
    if not path.is_absolute():
        raise ImproperlyConfigured(
            "STORAGE_URL of a folder has three slashes and a full path: file:///srv/files"
        )
    return {
        "BACKEND": f"{STORES}.folder.Folder",
        "OPTIONS": {"location": path, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    }


def _bucket(parts: SplitResult, *, service: str, transport: str) -> dict[str, Any]:
    bucket = parts.path.strip("/")
    if not (parts.hostname and bucket) or "/" in bucket:
        raise ImproperlyConfigured("STORAGE_URL names a host and one bucket: s3://KEY:SECRET@HOST/BUCKET")
    options = _options(parts.query)
    address = f"{transport}://{parts.netloc.rpartition('@')[2]}"
    key, secret = unquote(parts.username or ""), unquote(parts.password or "")
    if service == "supabase" and (not secret or key == "service_role"):
        return _supabase(address, secret or key, bucket, options)
    if not (key and secret):
        raise ImproperlyConfigured(
            "STORAGE_URL lacks the access key or the secret: s3://KEY:SECRET@HOST/BUCKET"
        )
    if service == "supabase":
        _refuse_service_role(key, secret)
    return _s3(f"{address}{DOORS[service]}", key, secret, bucket, options, service=service)


def _options(query: str) -> dict[str, str]:
    options = {name: values[-1] for name, values in parse_qs(query).items()}
    if unknown := options.keys() - {"region", "public"}:
        raise ImproperlyConfigured(f"STORAGE_URL has options nobody knows: {', '.join(sorted(unknown))}")
    if options.get("public", "no") not in ("yes", "no"):
        raise ImproperlyConfigured("STORAGE_URL: public is yes or no.")
    return options


def _s3(
    endpoint: str, key: str, secret: str, bucket: str, options: dict[str, str], *, service: str
) -> dict[str, Any]:
    is_supabase, is_public = service == "supabase", options.get("public") == "yes"
    values = {
        "bucket_name": bucket,
        "endpoint_url": endpoint,
        "access_key": key,
        "secret_key": secret,
        "region_name": options.get("region", "us-east-1"),
        "default_acl": None,
        "file_overwrite": False,
        "querystring_auth": not is_public,
        "querystring_expire": LINK_LIFETIME,
        "client_config": _client_config(),
    }
    if is_supabase and is_public:  # nobody gets in by its S3 door without a signature
        scheme, _, host = endpoint.removesuffix(DOORS["supabase"]).partition("//")
        values |= {
            "url_protocol": scheme,
            "custom_domain": f"{host}/storage/v1/object/public/{bucket}",
        }
    return {
        "BACKEND": f"{STORES}.bucket.{'SupabaseBucket' if is_supabase else 'Bucket'}",
        "OPTIONS": values,
    }


def _supabase(address: str, key: str, bucket: str, options: dict[str, str]) -> dict[str, Any]:
    if not key:
        raise ImproperlyConfigured(
            "STORAGE_URL of Supabase lacks the key: supabase://SERVICE_ROLE_KEY@HOST/BUCKET, or "
            "supabase://KEY:SECRET@HOST/BUCKET for its S3 door."
        )
    if _role(key) in ("anon", "authenticated") or key.startswith("sb_publishable_"):
        raise ImproperlyConfigured(
            "STORAGE_URL of Supabase has a key made for browsers, which may not store files. Take the "
            "service_role key (Project settings, «API keys»)."
        )
    if "region" in options:
        raise ImproperlyConfigured("STORAGE_URL: Supabase's own API knows no region.")
    return {
        "BACKEND": f"{STORES}.supabase.Supabase",
        "OPTIONS": {
            "address": address,
            "key": key,
            "bucket": bucket,
            "link_lifetime": LINK_LIFETIME,
            "public": options.get("public") == "yes",
        },
    }


def _client_config() -> Any:
    from botocore.config import Config  # heavy: only for those who use it

    return Config(
        s3={"addressing_style": "path"},
        signature_version="s3v4",
        # boto3 since 1.36 adds checksums that older MinIO and other compatible servers refuse.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=5,
        read_timeout=30,
        retries={"max_attempts": 2, "mode": "standard"},
    )


def _refuse_service_role(key: str, secret: str) -> None:
    """Supabase's own API key is a JWT; its S3 door knows another kind, made in the storage settings."""
    if "eyJ" in (key[:3], secret[:3]):
        raise ImproperlyConfigured(
            "STORAGE_URL of Supabase: a service_role key stands alone, as in "
            "supabase://SERVICE_ROLE_KEY@HOST/BUCKET. KEY:SECRET is an S3 access key (Storage settings, "
            "«S3 access keys»; self-hosted: S3_PROTOCOL_ACCESS_KEY_ID and _SECRET)."
        )


def _role(key: str) -> str:
    """What a JWT says it is for; empty for another kind of key."""
    _head, _dot, rest = key.partition(".")
    payload = rest.partition(".")[0]
    try:
        found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return ""
    return str(found.get("role", "")) if isinstance(found, dict) else ""
