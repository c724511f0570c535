"""Where files live, by one STORAGE_URL: a folder, S3 and what speaks it (MinIO), or Supabase by its S3 door.

    file:///srv/files
    s3://KEY:SECRET@HOST[:PORT]/BUCKET[?region=eu-central-1]
    supabase://KEY:SECRET@HOST/BUCKET[?region=…]
    s3+http://… and supabase+http://…           without TLS, inside a private network only

Key and secret are percent-encoded. Nothing is overwritten; buckets are private, links signed for an hour.
"""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

LINK_LIFETIME = 3600  # seconds
# https://supabase.com/docs/guides/storage/s3/authentication
DOORS = {"s3": "", "supabase": "/storage/v1/s3"}


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
        return _bucket(parts, door=DOORS[service], transport=transport or "https")
    raise ImproperlyConfigured("STORAGE_URL begins with file:///, s3:// or supabase:// (see .env.example).")


def _folder(path: Path) -> dict[str, Any]:
    if not path.is_absolute():
        raise ImproperlyConfigured(
            "STORAGE_URL of a folder has three slashes and a full path: file:///srv/files"
        )
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": path, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    }


def _bucket(parts: SplitResult, *, door: str, transport: str) -> dict[str, Any]:
    bucket = parts.path.strip("/")
    if not (parts.hostname and bucket) or "/" in bucket:
        raise ImproperlyConfigured("STORAGE_URL names a host and one bucket: s3://KEY:SECRET@HOST/BUCKET")
    key, secret = unquote(parts.username or ""), unquote(parts.password or "")
    if door:
        _refuse_service_role(key, secret)
    if not (key and secret):
        raise ImproperlyConfigured(
            "STORAGE_URL lacks the access key or the secret: s3://KEY:SECRET@HOST/BUCKET"
        )
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    unknown = options.keys() - {"region"}
    if unknown:
        raise ImproperlyConfigured(f"STORAGE_URL has options nobody knows: {', '.join(sorted(unknown))}")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": f"{transport}://{parts.netloc.rpartition('@')[2]}{door}",
            "access_key": key,
            "secret_key": secret,
            "region_name": options.get("region", "us-east-1"),
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
            "querystring_expire": LINK_LIFETIME,
            "client_config": _client_config(),
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
    if not secret or "eyJ" in (key[:3], secret[:3]):
        raise ImproperlyConfigured(
            "STORAGE_URL of Supabase needs an S3 access key and its secret (Storage settings, «S3 access "
            "keys»; self-hosted: S3_PROTOCOL_ACCESS_KEY_ID and _SECRET). A service_role key does not open it."
        )
