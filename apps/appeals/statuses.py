"""Where an appeal may go from where it is: the one table, and what it asks for on the way."""

from django.utils.translation import gettext_lazy as _

from apps.appeals.models import AppealStatus
from apps.appeals.models.appeal import ENDED_STATUSES
from apps.core.errors import Rejected
from apps.tenants.models import Tenant

# By a person's hand. By themselves go: new → in progress with the first answer; waiting for the client → in
# progress, and ended → in progress (see `reopening`), when the client writes. An answer of ours moves nothing
# else: who owes the next word is told by `Conversation.waiting_since`, and to wait for the client is a
# decision. Nothing becomes new again.
MOVES: dict[AppealStatus, tuple[AppealStatus, ...]] = {
    AppealStatus.NEW: (
        AppealStatus.IN_PROGRESS,
        AppealStatus.WAITING,
        AppealStatus.AGREED,
        AppealStatus.REJECTED,
        AppealStatus.CLOSED,
    ),
    AppealStatus.IN_PROGRESS: (
        AppealStatus.WAITING,
        AppealStatus.AGREED,
        AppealStatus.REJECTED,
        AppealStatus.CLOSED,
    ),
    AppealStatus.WAITING: (
        AppealStatus.IN_PROGRESS,
        AppealStatus.AGREED,
        AppealStatus.REJECTED,
        AppealStatus.CLOSED,
    ),
    AppealStatus.AGREED: (
        AppealStatus.IN_PROGRESS,
        AppealStatus.WAITING,
        AppealStatus.REJECTED,
        AppealStatus.CLOSED,
    ),
    # How it ended may be corrected; or it is opened again, as long as no newer one is open.
    AppealStatus.REJECTED: (AppealStatus.IN_PROGRESS, AppealStatus.CLOSED),
    AppealStatus.CLOSED: (AppealStatus.IN_PROGRESS, AppealStatus.REJECTED),
}
USUAL_REASONS = (
    _("Too expensive"),
    _("Went elsewhere"),
    _("Changed their mind"),
    _("We do not repair this"),
    _("Does not answer"),
)


def choices_from(now: str) -> list[tuple[str, str]]:
    """What a page offers: the present one first."""
    status = AppealStatus(now)
    return [(one.value, str(one.label)) for one in (status, *MOVES[status])]


def refuse_move(now: str, wanted: AppealStatus) -> None:
    """Raises Rejected. The page may be older than what a colleague has just done."""
    status = AppealStatus(now)
    if wanted == status or wanted in MOVES[status]:
        return
    if status in ENDED_STATUSES:
        raise Rejected(
            _("A colleague has just ended this appeal. Open it again first."), code="ended_meanwhile"
        )
    said = _("An appeal does not go from “%(now)s” to “%(wanted)s”.")
    raise Rejected(said % {"now": status.label, "wanted": wanted.label}, code="no_such_move")


def refusal_reasons(tenant: Tenant) -> list[str]:
    own = [line.strip() for line in tenant.refusal_reasons.splitlines() if line.strip()]
    return own or [str(one) for one in USUAL_REASONS]
