"""What the composer left behind is thrown away after a while."""

from django.utils import timezone

from apps.appeals.models import SHOWN_FATES, PlannedAnswer, Upload
from apps.appeals.uploads import remove
from apps.core.models import UNSETTLED

AT_ONCE = 1000


def sweep() -> int:
    """Planned answers that came to their end, and files that went or that nobody sent. Returns how many rows
    went. The file of a row that was sent is its message's.
    """
    before = timezone.now() - Upload.KEPT
    ended = PlannedAnswer.objects.filter(decided_at__lt=before).exclude(fate__in=SHOWN_FATES)
    ended.exclude(state__in=UNSETTLED).delete()
    old = Upload.objects.filter(created_at__lt=before, planned=None)
    swept, _counts = old.exclude(used_at=None).delete()
    for upload in old.filter(used_at=None)[:AT_ONCE]:
        # Only while it is still nobody's: an answer may take it up in this moment.
        swept += remove(upload)
    return swept
