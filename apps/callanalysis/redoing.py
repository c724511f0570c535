"""One checklist or table asked of one talk again, by what it asks now; what people have judged holds."""

from django.db import transaction

from apps.appeals.people import touch
from apps.callanalysis.analysing import do_over
from apps.callanalysis.models import Judgement, Questionnaire, Scorecard
from apps.callanalysis.publishing import in_force


def analyse_again(judgement: Judgement) -> bool:
    """False where it is under way already. What was found stays until the new answer is there.

    The result is told to other systems as a new event: it may differ from what they were told before.
    """
    rows = type(judgement)._default_manager.filter(pk=judgement.pk)
    with transaction.atomic():
        begun = do_over(rows, version=in_force(owner_of(judgement)), backfill=None, is_anew=True)
        if begun and judgement.appeal is not None:
            touch(judgement.appeal.conversation_id)
    return bool(begun)


def owner_of(judgement: Judgement) -> Questionnaire:
    owner: Questionnaire = (
        judgement.checklist if isinstance(judgement, Scorecard) else judgement.table  # type: ignore[attr-defined]
    )
    return owner
