"""What a step of an upload has brought, written into the ledger."""

from collections.abc import Mapping

from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.ads.contract import Refusals, Step
from apps.ads.models import Export

# As long as the ledger keeps a platform's word.
REFUSAL = 100


def note(export: Export, step: Step) -> None:
    """Call in the transaction that keeps where the upload stands."""
    _took(export, step)
    _note_refused(export, step.refusals)
    if step.remote == {}:
        # The segment is deleted: whoever is to be in the next one is in none until then.
        export.additions.filter(waits=True).update(confirmed_at=None)


def _took(export: Export, step: Step) -> None:
    now = timezone.now()
    added = export.additions.filter(pk__in=step.added)
    sent_at = Coalesce("sent_at", Value(now))
    added.update(waits=False, sent_at=sent_at, confirmed_at=None, refused_at=None, refusal="")
    export.removals.filter(pk__in=step.removed).update(leaves=False)


def _note_refused(export: Export, of: Refusals) -> None:
    """Whoever it did not take out is still there, and is tried again later."""
    now = timezone.now()
    for word, ids in _by_word(of.refused).items():
        added = export.additions.filter(pk__in=ids)
        sent_at = Coalesce("sent_at", Value(now))
        added.update(waits=False, sent_at=sent_at, confirmed_at=None, refused_at=now, refusal=word)
    for word, ids in _by_word(of.doubted).items():
        export.additions.filter(pk__in=ids).update(refusal=word)
    for word, ids in _by_word({**of.doubted, **of.refused}).items():
        stay = export.removals.filter(pk__in=ids)
        stay.update(removed_by=None, leaves=False, left="", refusal=word)


def _by_word(refused: Mapping[int, str]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    for pk, word in refused.items():
        found.setdefault(word[:REFUSAL], []).append(pk)
    return found
