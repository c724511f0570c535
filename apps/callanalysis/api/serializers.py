"""What the methods take and give, as the reference and the checks read it."""

import math
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

MOST_OFFICES, MOST_MANAGERS, MOST_IN_OFFICE = 5_000, 50_000, 5_000
LONGEST_SECONDS = 24 * 3600

_NO_LINK = _("A full http or https link is expected.")
_NO_SECONDS = _("A number of seconds, 0 or more, is expected.")


class Seconds(serializers.FloatField):
    """A number, also as text. Empty is as if it were not there."""

    default_error_messages = {"invalid": _NO_SECONDS, "min_value": _NO_SECONDS, "max_value": _NO_SECONDS}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=LONGEST_SECONDS, allow_null=True, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(None if data == "" else data)

    def to_internal_value(self, data: Any) -> float:
        found = math.nan if isinstance(data, bool) else super().to_internal_value(data)
        if not math.isfinite(found):
            self.fail("invalid")
        return found


def check_link(value: str) -> None:
    """No more than that: hosts inside a company have names that no rule for public ones would take."""
    try:
        parts = urlsplit(value)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right or any(char.isspace() or not char.isprintable() for char in value):
        raise serializers.ValidationError(_NO_LINK)


def _id(**kwargs: Any) -> serializers.CharField:
    return serializers.CharField(max_length=200, **kwargs)


def _optional(**kwargs: Any) -> serializers.CharField:
    return _id(required=False, allow_blank=True, allow_null=True, **kwargs)


class CallSerializer(serializers.Serializer):
    call_id = _id(help_text=_("The call's own id in the CRM; the same one twice is refused."))
    audio_url = serializers.CharField(
        max_length=4000, validators=[check_link], help_text=_("A direct link to the MP3, WAV or OGG.")
    )
    manager_id = _id(help_text=_("The manager's id in the CRM."))
    deal_id = _id(help_text=_("The deal's id in the CRM."))
    duration = Seconds(required=False, help_text=_("Length, seconds."))
    manager_name = serializers.CharField(
        max_length=450, required=False, allow_blank=True, allow_null=True, help_text=_("Surname first.")
    )
    deal_stage_id = _optional(help_text=_("Stage of the deal."))
    stage_id = _optional(help_text=_("Funnel."))
    stage = _optional(help_text=_("The funnel's name."))


class OfficeSerializer(serializers.Serializer):
    office_id = _id()
    office_title = _id()
    leader_ids = serializers.ListField(child=_id(), required=False, max_length=MOST_IN_OFFICE, default=list)
    managers_ids = serializers.ListField(child=_id(), required=False, max_length=MOST_IN_OFFICE, default=list)


class OfficesSerializer(serializers.Serializer):
    offices = serializers.ListField(child=OfficeSerializer(), max_length=MOST_OFFICES)


def _name() -> serializers.CharField:
    return serializers.CharField(max_length=150, required=False, allow_blank=True, allow_null=True)


class ManagerSerializer(serializers.Serializer):
    manager_id = _id()
    name = _name()
    surname = _name()
    middlename = _name()


class ManagersSerializer(serializers.Serializer):
    managers = serializers.ListField(child=ManagerSerializer(), max_length=MOST_MANAGERS)


class TakenSerializer(serializers.Serializer):
    status = serializers.ChoiceField(choices=["success", "skipped"])
    message = serializers.CharField()
    task_id = serializers.CharField()
    estimated_processing_time = serializers.CharField(required=False)


class CountsSerializer(serializers.Serializer):
    status = serializers.ChoiceField(choices=["success"])
    created = serializers.IntegerField(min_value=0)
    updated = serializers.IntegerField(min_value=0)
    unchanged = serializers.IntegerField(min_value=0)


class ReadinessSerializer(serializers.Serializer):
    ready = serializers.BooleanField()
    data = serializers.DictField(required=False)
    status = serializers.CharField(required=False)


class ErrorSerializer(serializers.Serializer):
    status = serializers.ChoiceField(choices=["error"])
    code = serializers.CharField()
    message = serializers.CharField()
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    task_id = serializers.CharField(required=False)
    state = serializers.CharField(required=False)


class CallErrorSerializer(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()


class TranscriptSerializer(serializers.Serializer):
    language = serializers.CharField()
    text = serializers.CharField()
    segments = serializers.ListField(child=serializers.DictField())


class CallStateSerializer(serializers.Serializer):
    call_id = serializers.CharField()
    task_id = serializers.CharField()
    state = serializers.CharField()
    stages = serializers.DictField(child=serializers.CharField())
    outcome = serializers.CharField(allow_null=True)
    reason = serializers.CharField()
    error = CallErrorSerializer(allow_null=True)
    manager_id = serializers.CharField()
    deal_id = serializers.CharField()
    seconds = serializers.FloatField(allow_null=True)
    received_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    transcript = TranscriptSerializer(allow_null=True)
