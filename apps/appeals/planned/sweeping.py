"""What the composer left behind is thrown away after a while."""

from django.utils import timezone

from apps.appeals.models import SHOWN_FATES, Dictation, PlannedAnswer, Upload
from apps.appeals.uploads import remove
from apps.core.files.storing import forget
from apps.core.models import UNSETTLED

AT_ONCE = 1000


def sweep() -> int:
    """Returns how many rows went."""
    return _planned() + _uploads() + _dictations()


def _planned() -> int:
    """Those that came to their end."""
    ended = PlannedAnswer.objects.filter(decided_at__lt=timezone.now() - Upload.KEPT)
    gone, _counts = ended.exclude(fate__in=SHOWN_FATES).exclude(state__in=UNSETTLED).delete()
    return gone


def _uploads() -> int:
    """Files that went or that nobody sent. The file of a row that was sent is its message's."""
    old = Upload.objects.filter(created_at__lt=timezone.now() - Upload.KEPT, planned=None)
    swept, _counts = old.exclude(used_at=None).delete()
    for upload in old.filter(used_at=None)[:AT_ONCE]:
        # Only while it is still nobody's: an answer may take it up in this moment.
        swept += remove(upload)
    return swept


def _dictations() -> int:
    """Those that were sent, taken or thrown away: nobody is shown them any more, and that is final. The row
    goes after its recording, so that whatever is interrupted in between is found again by the next sweep.
    """
    decided = Dictation.objects.filter(created_at__lt=timezone.now() - Dictation.KEPT).exclude(fate="")
    swept = 0
    for row in decided.exclude(state__in=UNSETTLED).order_by("pk")[:AT_ONCE]:
        if row.file and not forget(str(row.file.name)):
            continue
        row.delete()
        swept += 1
    return swept
