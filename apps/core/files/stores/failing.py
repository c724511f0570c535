"""Why a store does not do what it should, and what whoever runs the server does about it."""

import errno
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: Mapping[str, Promise] = {
    "unreachable": _(
        "The store does not answer: check that it runs, and the host and the port in STORAGE_URL."
    ),
    "tls": _("The store's certificate can't be verified: renew it there, or check the host in STORAGE_URL."),
    "key": _("The store does not accept the key: check key and secret in STORAGE_URL, both percent-encoded."),
    "forbidden": _("The key may not do this in the bucket: allow it there to list, read, write and delete."),
    "no_bucket": _("There is no such bucket: make it, or correct its name in STORAGE_URL."),
    "clock": _("This server's clock and the store's differ too much: let NTP set the time here."),
    "region": _("The bucket lies in another region: name it in STORAGE_URL, as ?region=eu-central-1."),
    "not_a_store": _("Something else than a file store answers there: check host and port in STORAGE_URL."),
    "no_parts": _("The store does not hand files out in parts: a proxy before it may drop the header Range."),
    "not_kept": _("The store does not give back what was written to it: check it with its own tools."),
    "busy": _("The store is overloaded or out of order at the moment."),
    "full": _("There is no room left in the store: enlarge it, or shorten how long recordings are kept."),
    "no_permission": _("The folder can't be written to: give it to the user this server runs as."),
    "too_large": _("The store does not take a file of this size: raise the limit of the bucket."),
    "bad_type": _("The bucket takes certain types of files only: lift that restriction in its settings."),
    "refused": _("The store refused it."),
}
# Said of this one file, and no other try changes it.
OF_THE_FILE = frozenset({"too_large", "bad_type"})

_ERRNO = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.EROFS: "no_permission",
}


class StoreFailure(OSError):
    """Holds neither the address, nor the key, nor the store's own words."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)

    @property
    def public(self) -> Promise:
        return REASONS[self.code]

    def __str__(self) -> str:
        return f"{self.code}: {self.public}"


def failure_of(error: OSError) -> StoreFailure:
    """A disk's errors in the same words."""
    if isinstance(error, StoreFailure):
        return error
    return StoreFailure(_ERRNO.get(error.errno or 0, "refused"))
