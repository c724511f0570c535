"""A merge is taken back: each of the two has again what was theirs, and what came since under their names."""

from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.appeals.events import note_merge
from apps.appeals.merging.distinguishing import forget
from apps.appeals.merging.moving import hold, move_back
from apps.appeals.merging.setting_aside import hold_campaigns, let_back
from apps.appeals.merging.wording import FIELDS, be_stricter, put_back
from apps.appeals.models import Contact, ContactMerge, EventKind
from apps.core.errors import Rejected
from apps.tenants.models import Member

# By the groups of `wording.GROUPS`: whose it is can't be told once somebody has changed it.
STAYS = {
    "name": gettext_lazy("the name"),
    "phone": gettext_lazy("the phone"),
    "email": gettext_lazy("the e-mail"),
    "note": gettext_lazy("the note"),
    "consent": gettext_lazy("what was said about advertising"),
}


def undo(*, merge: ContactMerge, by: Member | None) -> ContactMerge:
    """Asked for twice it is done once. Raises Rejected where a later merge has to be undone first."""
    try:
        with transaction.atomic():
            return _undo(merge, by)
    except OperationalError:
        said = gettext_lazy("Somebody is just writing to this client. Try once more.")
        raise Rejected(said, code="busy") from None


def told(merge: ContactMerge) -> str:
    """What stayed with the kept client; empty where all went back."""
    if not merge.stayed:
        return ""
    named = ", ".join(str(STAYS[group]) for group in merge.stayed)
    values = {"what": named, "name": merge.kept}
    return _("Changed after the merge, so it stays as it is with “%(name)s”: %(what)s.") % values


def _undo(merge: ContactMerge, by: Member | None) -> ContactMerge:
    hold_campaigns(merge.set_aside)
    clients = hold(merge.kept_id, merge.absorbed_id)
    merge = ContactMerge.objects.get(pk=merge.pk)
    if merge.undone_at is not None:
        return merge
    kept, absorbed = clients[merge.kept_id], clients[merge.absorbed_id]
    merge.kept, merge.absorbed = kept, absorbed
    _refuse(merge)
    absorbed.merged_into = None
    _part(merge)
    move_back(moved=merge.moved, source=kept, target=absorbed)
    let_back(merge.set_aside)
    forget(merge.differences)
    merge.undone_at, merge.undone_by = timezone.now(), by
    merge.save(update_fields=["undone_at", "undone_by", "stayed"])
    note_merge(EventKind.UNMERGED, kept=kept, absorbed=absorbed, member=by)
    return merge


def _part(merge: ContactMerge) -> None:
    """A «no» that was said since may be either's: both keep it."""
    kept, absorbed = merge.kept, merge.absorbed
    merge.stayed = put_back(kept, merge.before, merge.after)
    if "consent" in merge.stayed:
        be_stricter(absorbed, kept)
    kept.save(update_fields=FIELDS)
    absorbed.save(update_fields=["merged_into", *FIELDS])


def _refuse(merge: ContactMerge) -> None:
    """In the order they were made, last first: each rests on the one before."""
    if (after := _later(merge)) is not None:
        named = {"absorbed": after.absorbed, "kept": after.kept}
        said = _("First undo the later merge: “%(absorbed)s” into “%(kept)s”.") % named
        raise Rejected(said, code="not_the_last")


def _later(merge: ContactMerge) -> ContactMerge | None:
    rows = ContactMerge.objects.select_related("kept", "absorbed").filter(undone_at=None, pk__gt=merge.pk)
    return rows.filter(kept=merge.kept_id).first() or rows.filter(absorbed=merge.kept_id).first()


def standing_merges(contact: Contact) -> list[ContactMerge]:
    """Of which this client is the kept one, latest first."""
    rows = ContactMerge.objects.filter(kept=contact, undone_at=None)
    return list(rows.select_related("absorbed", "by"))
