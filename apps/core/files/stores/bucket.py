"""Files in a bucket that speaks S3: Amazon's, MinIO, Supabase by its S3 door.

What it says of failures: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
    SSLError,
)
from botocore.parsers import ResponseParserError
from storages.backends.s3 import S3Storage

from apps.core.files.stores.failing import StoreFailure
from apps.core.files.stores.naming import key_of, name_of
from apps.core.files.stores.remote import Remote, type_of

CODES: Mapping[str, str] = {
    "InvalidAccessKeyId": "key",
    "SignatureDoesNotMatch": "key",
    "InvalidToken": "key",
    "ExpiredToken": "key",
    "AccountProblem": "key",
    "AccessDenied": "forbidden",
    "AllAccessDisabled": "forbidden",
    "NoSuchBucket": "no_bucket",
    "InvalidBucketName": "no_bucket",
    "RequestTimeTooSkewed": "clock",
    "RequestExpired": "clock",
    "AuthorizationHeaderMalformed": "region",
    "PermanentRedirect": "region",
    "EntityTooLarge": "too_large",
    "QuotaExceeded": "full",
    "XMinioStorageFull": "full",
    "XMinioAdminBucketQuotaExceeded": "full",
    "SlowDown": "busy",
    "ConditionalRequestConflict": "busy",
}
# Some services know nothing of «only where there is nothing yet».
UNKNOWN_CONDITION = ("NotImplemented", "501")


class Bucket(Remote, S3Storage):
    def place(self, name: str, content: Any) -> bool:
        """In one request: the file is there whole or not at all. We look before, since not every service
        keeps to the condition; one that does sees to the moment between, too.
        """
        return not self.exists(name) and self.place_unseen(name, content)

    def place_unseen(self, name: str, content: Any) -> bool:
        """By the service's own word alone whether there is a file of this name."""
        try:
            return self._put(name, content, IfNoneMatch="*")
        except _UnknownCondition:
            return self._put(name, content)

    def _put(self, name: str, content: Any, **condition: str) -> bool:
        key = self._normalize_name(name)
        values = condition | {"Bucket": self.bucket_name, "Key": key, "ContentType": type_of(name)}
        content.seek(0)
        with told():
            try:
                answer = self._client.put_object(Body=_Body(content), **values)
            except ClientError as error:
                if condition and _code(error) in UNKNOWN_CONDITION:
                    raise _UnknownCondition from None
                if _code(error) not in ("PreconditionFailed", "412"):
                    raise
                # The first answer may have been lost, and the second try have met the first.
                is_second = error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0
                return is_second and self.size(name) == int(content.seek(0, 2))
        if not answer.get("ETag"):  # a page says 200, too
            raise StoreFailure("not_a_store")
        return True

    def read_part(self, name: str, start: int, length: int) -> bytes:
        key, span = self._normalize_name(name), f"bytes={start}-{start + length - 1}"
        with told(name):
            answer = self._client.get_object(Bucket=self.bucket_name, Key=key, Range=span)
            with answer["Body"] as body:
                if not answer.get("ContentRange"):
                    raise StoreFailure("no_parts")
                content: bytes = body.read()
        return content

    def size(self, name: str) -> int:
        with told():
            try:
                found = self._client.head_object(Bucket=self.bucket_name, Key=self._normalize_name(name))
            except ClientError as error:
                if _code(error) != "404":  # an answer to HEAD has no body to say more
                    raise
            else:
                return int(found["ContentLength"])
        # Which may mean the bucket: asked again in a way that tells.
        self.read_part(name, 0, 1)
        raise FileNotFoundError(name)

    def exists(self, name: str) -> bool:
        with told():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with told():
            self._client.delete_object(Bucket=self.bucket_name, Key=self._normalize_name(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with told():
            folders, files = super().listdir(path)
        return folders, files

    def url(self, name: str, *args: Any, **options: Any) -> str:
        with told():
            return str(super().url(name, *args, **options))

    def leaks(self, name: str) -> bool:
        """A bucket's policy is not told to every key: read without one, as anybody would."""
        if not self.querystring_auth:
            return False
        asking = self.unsigned_connection.meta.client
        with told():
            try:
                found = asking.get_object(Bucket=self.bucket_name, Key=self._normalize_name(name))
            except ClientError:
                return False
            found["Body"].close()
        return True

    @property
    def _client(self) -> Any:
        return self.connection.meta.client


class SupabaseBucket(Bucket):
    """Its S3 door takes fewer characters in names than S3 does, and writes over whatever is asked of it.

    https://github.com/supabase/storage/blob/master/src/storage/protocols/s3/s3-handler.ts: `isUpsert: true`.
    """

    def _normalize_name(self, name: str) -> str:
        return key_of(super()._normalize_name(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        folders, files = super().listdir(path)
        return [name_of(one) for one in folders], [name_of(one) for one in files]


class _Body:
    """Never false: of what is, as a file of Django's without a name, botocore sends nothing."""

    def __init__(self, content: Any) -> None:
        self.read, self.seek, self.tell = content.read, content.seek, content.tell


class _UnknownCondition(Exception):
    pass


@contextmanager
def told(name: str = "") -> Iterator[None]:
    """The service's failures in our words. With a name a missing file is told as a disk does."""
    try:
        yield
    except ClientError as error:
        if name and _code(error) == "NoSuchKey":
            raise FileNotFoundError(name) from None
        raise StoreFailure(_meaning(error)) from None
    except SSLError:
        raise StoreFailure("tls") from None
    except (ResponseParserError, RecursionError):  # botocore asks without end where a redirect came from
        raise StoreFailure("not_a_store") from None
    except (ConnectionError, HTTPClientError, IncompleteReadError):
        raise StoreFailure("unreachable") from None
    except (BotoCoreError, Boto3Error):
        raise StoreFailure("refused") from None


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _meaning(error: ClientError) -> str:
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if known := CODES.get(_code(error)):
        return known
    if status >= 500 or status == 429:
        return "busy"
    by_status = {401: "key", 403: "forbidden", 413: "too_large", 404: "not_a_store"}
    return by_status.get(status, "not_a_store" if 300 <= status < 400 else "refused")
