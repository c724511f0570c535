"""What the methods answer, for their description alone: the answers themselves are made where they are."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from apps.callanalysis.models import CallOutcome, Stage
from apps.core.models import State
from apps.tenants.api.errors import ABSENT

SAID: Mapping[int, str | Promise] = {
    400: _("Some fields are wrong, or what lies at the link is no recording."),
    401: _("No key, or a wrong or revoked one."),
    404: ABSENT,
    409: _("This call_id has come already."),
    413: _("The request is too large."),
    415: _("The body is of a kind that the method does not take."),
    429: _("More than 60 requests in a minute with this key. Retry-After says how many seconds to wait."),
}
# How far it is, or how it ended where it ended otherwise than analysed: see `reporting.state_of`.
STATES = [*Stage.values, *(one for one in CallOutcome.values if one != CallOutcome.ANALYSED)]


class TakenSerializer(serializers.Serializer):
    status = serializers.ChoiceField(["success", "skipped"])
    message = serializers.CharField()
    task_id = serializers.CharField()
    estimated_processing_time = serializers.CharField(required=False)


class ErrorSerializer(serializers.Serializer):
    """Of every method. `errors` names fields by their paths: `offices.1.office_title`."""

    status = serializers.ChoiceField(["error"])
    code = serializers.CharField()
    message = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField())
    )


class KnownCallSerializer(ErrorSerializer):
    task_id = serializers.CharField()
    state = serializers.ChoiceField(STATES)


class CountsSerializer(serializers.Serializer):
    status = serializers.ChoiceField(["success"])
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()


class SegmentSerializer(serializers.Serializer):
    """`speaker` is manager or client where each has a channel of their own; else a letter, or empty."""

    start = serializers.FloatField()
    end = serializers.FloatField()
    speaker = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True)


class TranscriptSerializer(serializers.Serializer):
    language = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True)
    segments = SegmentSerializer(many=True)


class StagesSerializer(serializers.Serializer):
    recording = serializers.ChoiceField(State.values)
    transcription = serializers.ChoiceField(["waiting", *State.values])
    analysis = serializers.ChoiceField(["waiting", "running", "done", "none"])


class TroubleSerializer(serializers.Serializer):
    """What hinders it now; also of what will be tried again by itself."""

    code = serializers.CharField()
    message = serializers.CharField()


class ReportSerializer(serializers.Serializer):
    call_id = serializers.CharField()
    task_id = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    stages = StagesSerializer()
    outcome = serializers.ChoiceField(CallOutcome.values, allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    error = TroubleSerializer(allow_null=True)
    manager_id = serializers.CharField()
    deal_id = serializers.CharField(allow_blank=True)
    seconds = serializers.FloatField(allow_null=True)
    received_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    transcript = TranscriptSerializer(allow_null=True)


class ReadySerializer(serializers.Serializer):
    """`data` are the table's own fields, once it is ready; until then `status` says why not."""

    ready = serializers.BooleanField()
    data = serializers.DictField(required=False)  # type: ignore[assignment]
    status = serializers.CharField(required=False)


def errors(*more: int) -> dict[int, OpenApiResponse]:
    """Those of every method, and `more`."""
    return {status: told(ErrorSerializer, status) for status in sorted({401, 429, *more})}


def told(answer: type[serializers.Serializer], status: int) -> OpenApiResponse:
    return OpenApiResponse(answer, description=SAID[status])
