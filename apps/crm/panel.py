"""An appeal's orders beside its conversation: how they stand, what hinders them, what would be sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from apps.appeals.desk.beside import Part
from apps.appeals.models import Appeal, AppealStatus, Conversation
from apps.core.models import State
from apps.crm.composing import Preview, body_of, compose
from apps.crm.contract import OVER, NotSearchable, OrderElsewhere
from apps.crm.models import Conflict, OrderSync, Proposal, ProposalFate
from apps.crm.ordering import own_crms
from apps.crm.receiving import shown
from apps.integrations.checking import NEED_A_PERSON
from apps.integrations.homes import is_elsewhere
from apps.integrations.models import Connection
from apps.tenants.scope import LEADERS, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One CRM with this appeal's order, where there is one."""

    connection: Connection
    sync: OrderSync | None
    preview: Preview | None
    body: str
    conflicts: list[Conflict]
    proposal: Proposal | None

    @property
    def is_there(self) -> bool:
        return self.sync is not None and bool(self.sync.external_order_id) and self.sync.gone_at is None

    @property
    def is_elsewhere(self) -> bool:
        """In an account that the connection leads to no more."""
        sync = self.sync
        goes_on = self.is_there and sync is not None and sync.status not in OVER
        return goes_on and sync is not None and is_elsewhere(sync.home, self.connection.order_look.home)

    @property
    def is_under_way(self) -> bool:
        return self.sync is not None and self.sync.state in (State.QUEUED, State.RUNNING)

    @property
    def is_sought(self) -> bool:
        """No answer came when it was made: it waits to be looked for there."""
        sync = self.sync
        waits = sync is not None and sync.state == State.QUEUED
        return waits and sync is not None and sync.begun_at is not None and not sync.external_order_id

    @property
    def is_undecided(self) -> bool:
        """Nobody but a person can tell whether it is there."""
        sync = self.sync
        return sync is not None and (
            sync.gone_at is not None
            or (sync.state == State.UNKNOWN and sync.error_code == NotSearchable.code)
            or (not sync.external_order_id and sync.error_code == OrderElsewhere.code)
        )

    @property
    def is_stopped(self) -> bool:
        return self.sync is not None and self.sync.state in (State.FAILED, State.UNKNOWN)

    @property
    def trouble(self) -> str:
        if self.sync is None or self.sync.gone_at is not None:
            return ""
        if self.is_elsewhere:
            return str(OrderElsewhere.public)
        if not self.sync.error_text:
            return ""
        return gettext(self.sync.error_text)

    @property
    def stands(self) -> str:
        if self.sync is None:
            return ""
        return shown(self.sync.status or self.sync.remote_status, self.sync.remote_repair_status)

    @property
    def is_at_odds(self) -> bool:
        """Refused here, and going on there: nobody but a person knows which of the two is right."""
        sync = self.sync
        refused = sync is not None and sync.appeal.status == AppealStatus.REJECTED
        return refused and self.is_there and sync is not None and sync.status not in OVER

    @property
    def needs_a_person(self) -> bool:
        return self.connection.health in NEED_A_PERSON


def panel(conversation: Conversation, appeal: Appeal, scope: Scope) -> Iterator[Part]:
    crms = list(own_crms(conversation.tenant))
    if not crms:
        return
    syncs = {
        one.connection_id: one
        for one in OrderSync.objects.filter(appeal=appeal).prefetch_related("conflicts", "proposals")
    }
    phones = scope.phones
    found = [_standing(appeal, one, syncs.get(one.pk), may_read=phones == "shown") for one in crms]
    shows: dict[str, Any] = {"orders": found, "decides": scope.may(*LEADERS)}
    yield Part(template="crm/panel.html", shown=shows)


def _standing(appeal: Appeal, connection: Connection, sync: OrderSync | None, *, may_read: bool) -> Standing:
    """The order as it would go is shown until it is there; its phone only to who may see the client's."""
    if sync is not None:
        sync.appeal = appeal  # read already
    is_there = sync is not None and bool(sync.external_order_id) and sync.gone_at is None
    preview = None if is_there else compose(appeal, connection)
    return Standing(
        connection=connection,
        sync=sync,
        preview=preview,
        body=body_of(preview, connection) if preview and may_read else "",
        conflicts=[one for one in sync.conflicts.all() if not one.decision] if sync else [],
        proposal=next((one for one in sync.proposals.all() if one.fate == ProposalFate.WAITING), None)
        if sync
        else None,
    )
