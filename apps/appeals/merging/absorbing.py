"""Two clients become one, by a person's word alone; what moved is kept, so that it can be undone."""

from django.db import OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from apps.appeals.events import note_merge
from apps.appeals.merging.distinguishing import inherit
from apps.appeals.merging.moving import hold, move
from apps.appeals.merging.setting_aside import set_aside
from apps.appeals.merging.wording import FIELDS, take_over, values_of
from apps.appeals.models import Contact, ContactMerge, EventKind
from apps.core.errors import Rejected
from apps.tenants.models import Member


def merge(*, kept: Contact, absorbed: Contact, by: Member | None) -> ContactMerge:
    """All of the absorbed client hangs on the kept one from now on; its own row stays, out of sight.

    Asked for twice it is done once. Raises Rejected where the two can't be merged any more.
    """
    try:
        with transaction.atomic():
            return _merge(kept, absorbed, by)
    except OperationalError:
        # Somebody wrote to both in the same moment, and the database let their words through.
        raise Rejected(_("Somebody is just writing to this client. Try once more."), code="busy") from None


def _merge(kept: Contact, absorbed: Contact, by: Member | None) -> ContactMerge:
    clients = hold(kept.pk, absorbed.pk)
    kept, absorbed = clients[kept.pk], clients[absorbed.pk]
    done = ContactMerge.objects.filter(kept=kept, absorbed=absorbed, undone_at=None).first()
    if done is not None:
        return done
    _refuse(kept, absorbed)
    before = values_of(kept)
    take_over(kept, absorbed)
    kept.save(update_fields=FIELDS)
    # Before they move: a campaign has each client once.
    aside = set_aside(kept=kept, absorbed=absorbed)
    differences = inherit(kept=kept, absorbed=absorbed)
    done = ContactMerge.objects.create(
        tenant_id=kept.tenant_id,
        kept=kept,
        absorbed=absorbed,
        by=by,
        moved=move(source=absorbed, target=kept),
        before=before,
        after=values_of(kept),
        set_aside=aside,
        differences=differences,
    )
    absorbed.merged_into = kept
    absorbed.save(update_fields=["merged_into"])
    note_merge(EventKind.MERGED, kept=kept, absorbed=absorbed, member=by)
    return done


def _refuse(kept: Contact, absorbed: Contact) -> None:
    if kept.pk == absorbed.pk or kept.tenant_id != absorbed.tenant_id:
        raise Rejected(_("Choose another client."), code="same_client")
    if kept.merged_into_id is not None or absorbed.merged_into_id is not None:
        said = _("One of the two has been merged with another client meanwhile. Reload the page.")
        raise Rejected(said, code="merged")
