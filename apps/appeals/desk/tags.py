"""Tags of an appeal, put on and taken off at its conversation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.appeals.desk.actions import done
from apps.appeals.desk.doors import number, on_conversation
from apps.appeals.models import Appeal, AppealTag, Conversation, Tag
from apps.appeals.people import touch
from apps.tenants.scope import Scope


@on_conversation
def put(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    """`tag` is put on; with `off` it is taken off. Twice is as good as once."""
    appeal = get_object_or_404(Appeal, pk=row, conversation=conversation)
    tag = get_object_or_404(Tag, tenant=conversation.tenant_id, pk=number(request.GET.get("tag", "")))
    if request.GET.get("off"):
        AppealTag.objects.filter(appeal=appeal, tag=tag).delete()
    else:
        AppealTag.objects.get_or_create(
            appeal=appeal, tag=tag, defaults={"tenant_id": conversation.tenant_id}
        )
    touch(conversation.pk)
    return done()
