"""The six classes of failure and the one consequence each has.

Raised by everything that talks to the outside; read by `core.work`, which alone decides what follows.
`public` is a fixed, translated sentence that is safe to show and to store. A vendor's own words, and URLs
(tokens sit in them), never enter an exception: the doors raise `from None`.
"""

from datetime import timedelta
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class OutsideError(Exception):
    """Base of the family. `code` is a short stable word for grouping; `public` is shown to people."""

    code = "error"
    public: str | Promise = _("Something went wrong outside.")

    def __init__(self, public: str | Promise | None = None, *, code: str | None = None) -> None:
        self.public = public if public is not None else type(self).public
        self.code = code or type(self).code
        super().__init__(self.code)

    def __str__(self) -> str:
        return f"{self.code}: {self.public}"


class Transient(OutsideError):
    """Connect error, 5xx, 408, read time-out of an idempotent call: retried later by itself.

    Not before `after`, where the service said when to come back.
    """

    code = "transient"
    public = _("The service does not answer at the moment. It will be tried again.")

    def __init__(
        self,
        public: str | Promise | None = None,
        *,
        code: str | None = None,
        after: timedelta | None = None,
    ) -> None:
        super().__init__(public, code=code)
        self.after = after


class Scope(StrEnum):
    """What a service has limited: all that goes through the connection, or what goes to one recipient."""

    ACCOUNT = "account"
    DIALOGUE = "dialogue"


class RateLimited(OutsideError):
    """429 or the vendor's own code for it. Retried after `after`; does not count as an attempt.

    `scope` says what has to wait until then; who cannot tell names the account.
    """

    code = "rate_limited"
    public = _("The service's limit is reached. It will be tried again later.")

    def __init__(
        self,
        public: str | Promise | None = None,
        *,
        code: str | None = None,
        after: timedelta = timedelta(seconds=30),
        scope: Scope = Scope.ACCOUNT,
    ) -> None:
        super().__init__(public, code=code)
        self.after = after
        self.scope = scope


class NotYet(RateLimited):
    """Nobody was asked: our own pace, or a pause the service wants, lets it go after `after`.

    No failure of anything: the row waits as if it had been queued for that moment.
    """

    code = "not_yet"
    public = _("The service takes only so many requests at a time. Try again in a minute.")


class OutcomeUnknown(OutsideError):
    """The request left and no answer came: it may or may not have happened. Never resent blindly."""

    code = "outcome_unknown"
    public = _("No answer came: it may or may not have been delivered. Check it before you send again.")


class Rejected(OutsideError):
    """This message, recipient or order is impossible; others are not affected."""

    code = "rejected"
    public = _("The service refused it.")


class AuthFailed(OutsideError):
    """401 or a revoked token: the connection needs a person."""

    code = "auth_failed"
    public = _("The service does not accept the key any more. Reconnect it on the integrations page.")


class ConfigInvalid(OutsideError):
    """The connection's settings are wrong. `field` names the one to mend, where known."""

    code = "config_invalid"
    public = _("The settings of the connection are wrong.")

    def __init__(
        self, public: str | Promise | None = None, *, code: str | None = None, field: str = ""
    ) -> None:
        super().__init__(public, code=code)
        self.field = field


class Unsupported(OutsideError):
    """It cannot be expressed to this service at all."""

    code = "unsupported"
    public = _("This service cannot do that.")
