"""Files in Supabase Storage by its own API, with the `service_role` key.

https://supabase.com/docs/guides/storage and https://github.com/supabase/storage: most refusals come as HTTP
400 with the real status in the body, `{"statusCode": "409", "error": "Duplicate", "message": …}`.
"""

import re
import time
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote

from django.core.files.storage import Storage
from django.utils.deconstruct import deconstructible

from apps.core.errors import OutsideError, Transient
from apps.core.files.stores.failing import StoreFailure
from apps.core.files.stores.form import Form
from apps.core.files.stores.naming import key_of, name_of
from apps.core.files.stores.remote import PART, Remote, type_of
from apps.core.http import Answer, Http

# Busy for a moment is asked once more, after so long.
PAUSE = 0.5
ANSWERS = frozenset(range(400, 500)) - {408, 429}
DUPLICATE = frozenset({"Duplicate", "KeyAlreadyExists", "ResourceAlreadyExists"})
NO_SUCH_BYTES = frozenset({"416", "InvalidRange"})
PAGE = 1000
PLACEHOLDER = ".emptyFolderPlaceholder"  # keeps a folder that somebody made by hand
# A key that is wrong is told as an invalid JWT, its signature or its form, with one status or another.
_KEY = re.compile(r"jw[ts]|signature", re.IGNORECASE)
SLOWEST = 128 * 1024  # bytes a second that an upload may take


@deconstructible
class Supabase(Remote, Storage):
    def __init__(self, *, address: str, key: str, bucket: str, link_lifetime: int, public: bool) -> None:
        self._address = f"{address}/storage/v1"
        self._key, self._bucket = key, bucket
        self._link_lifetime, self._public = link_lifetime, public

    def place(self, name: str, content: Any) -> bool:
        """As its documents show it, in a form: whole or not at all, and never over another file."""
        form = Form(content, name=key_of(name).rpartition("/")[2], content_type=type_of(name))
        headers = {"Content-Type": form.content_type, "x-upsert": "false"}
        answer, is_second = self._ask(
            "POST",
            self._object(name),
            headers=headers,
            data=form,
            deadline=60 + form.len / SLOWEST,
            spare=DUPLICATE,
        )
        if _says(answer, DUPLICATE):
            # The first answer was lost, and the second try has met the first.
            return is_second and self.size(name) == int(content.seek(0, 2))
        if not _json(answer).get("Key"):
            raise StoreFailure("not_a_store")
        return True

    def read_part(self, name: str, start: int, length: int) -> bytes:
        return self._part(name, start, length).content

    def size(self, name: str) -> int:
        answer = self._part(name, 0, 1)
        total = answer.headers.get("Content-Range", "").rpartition("/")[2]
        return int(total) if total.isdecimal() else 0  # an empty file has no first byte

    def _part(self, name: str, start: int, length: int) -> Answer:
        answer, _again = self._ask(
            "GET",
            self._object(name, "authenticated"),
            headers={"Range": f"bytes={start}-{start + length - 1}"},
            expect_json=False,
            accept=ANSWERS | {416},
            missing=name,
            spare=NO_SUCH_BYTES,
        )
        if answer.status == 200:  # a page, or the whole of it, of which nobody knows how much there is
            raise StoreFailure(
                "not_a_store" if "html" in answer.headers.get("Content-Type", "") else "no_parts"
            )
        return answer

    def exists(self, name: str) -> bool:
        try:
            self.size(name)
        except FileNotFoundError:
            return False
        return True

    def delete(self, name: str) -> None:
        try:
            self._ask("DELETE", self._object(name), missing=name)
        except FileNotFoundError:
            return

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        folders: list[str] = []
        files: list[str] = []
        while True:
            wanted = {
                "prefix": key_of(path.strip("/")),
                "limit": PAGE,
                "offset": len(folders) + len(files),
                "sortBy": {"column": "name", "order": "asc"},
            }
            answer, _again = self._ask("POST", f"/object/list/{quote(self._bucket)}", json=wanted)
            if not isinstance(answer.json, list):
                raise StoreFailure("not_a_store")
            for row in answer.json:
                (files if row.get("id") else folders).append(name_of(str(row["name"])))
            if len(answer.json) < PAGE:
                return folders, [name for name in files if name != PLACEHOLDER]

    def url(self, name: str | None) -> str:
        """For whoever has it: for an hour, or for ever where the bucket is public and STORAGE_URL says so."""
        name = name or ""
        if self._public:
            return f"{self._address}{self._object(name, 'public')}"
        wanted = {"expiresIn": self._link_lifetime}
        answer, _again = self._ask("POST", self._object(name, "sign"), json=wanted, missing=name)
        link = _json(answer).get("signedURL")
        if not isinstance(link, str):
            raise StoreFailure("not_a_store")
        return f"{self._address}{link}"

    def leaks(self, name: str) -> bool:
        answer, _again = self._ask("GET", f"/bucket/{quote(self._bucket)}")
        return not self._public and _json(answer).get("public") is True

    def _object(self, name: str, way: str = "") -> str:
        return f"/object/{way and f'{way}/'}{quote(self._bucket)}/{quote(key_of(name))}"

    def _ask(
        self,
        method: str,
        path: str,
        *,
        missing: str = "",
        spare: Collection[str] = (),
        accept: Collection[int] = ANSWERS,
        **options: Any,
    ) -> tuple[Answer, bool]:
        """The answer, and whether it is that of a second try. `spare` is a refusal that the caller reads."""
        headers = {"Authorization": f"Bearer {self._key}", "apikey": self._key}
        with Http(
            base_url=self._address, headers=headers, secrets=[self._key], own=True, max_answer=PART + 1
        ) as http:
            options |= {"idempotent": True, "accept": accept}
            try:
                answer, is_second = http.request(method, path, **options), False
            except Transient:
                time.sleep(PAUSE)
                answer, is_second = _second_try(http, method, path, options), True
            except OutsideError as error:
                raise StoreFailure(_meaning(error)) from None
        if answer.status >= 400 and not _says(answer, spare):
            raise _refusal(answer, missing)
        return answer, is_second


def _second_try(http: Http, method: str, path: str, options: dict[str, Any]) -> Answer:
    try:
        return http.request(method, path, **options)
    except OutsideError as error:
        raise StoreFailure(_meaning(error)) from None


def _json(answer: Answer) -> Mapping[str, Any]:
    return answer.json if isinstance(answer.json, dict) else {}


def _says(answer: Answer, refusal: Collection[str]) -> bool:
    """By the real status, or by what it is called, of which there are two kinds."""
    body = _json(answer)
    said = {str(body.get(name) or "") for name in ("statusCode", "code", "error")} | {str(answer.status)}
    return answer.status >= 400 and not said.isdisjoint(refusal)


def _refusal(answer: Answer, missing: str) -> OSError:
    body = _json(answer)
    status, words = str(body.get("statusCode") or answer.status), str(body.get("message") or "")
    if not body or (status == "404" and "statusCode" not in body):  # of a gateway before it
        return StoreFailure("not_a_store")
    if status == "404":
        return FileNotFoundError(missing) if missing and "ucket" not in words else StoreFailure("no_bucket")
    if status == "401" or _says(answer, {"InvalidJWT"}) or _KEY.search(words):
        return StoreFailure("key")
    meant = {"403": "forbidden", "413": "too_large", "415": "bad_type", "422": "bad_type", "507": "full"}
    return StoreFailure(meant.get(status, "busy" if status >= "500" else "refused"))


def _meaning(error: OutsideError) -> str:
    known = {
        "connect_error": "unreachable",
        "dns_error": "unreachable",
        "timeout": "unreachable",
        "connection_broken": "unreachable",
        "bad_url": "unreachable",
        "tls_error": "tls",
        "bad_header": "key",
        "not_json": "not_a_store",
        "redirected": "not_a_store",
        "too_large": "no_parts",
    }
    return known.get(error.code, "busy")
