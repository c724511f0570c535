"""What OpenAI needs to be connected, and how its card looks."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from pydantic import Field

from apps.ai.wire import ApiKey
from apps.integrations.contract import Category, ConnectorConfig, Spec

SPEC = Spec(
    slug="openai",
    name="OpenAI Whisper",
    category=Category.AI,
    icon="integrations/openai.svg",
    description=_("Turns voice messages and calls into text (transcription)"),
    capabilities=frozenset({"transcribe"}),
    docs_url="https://developers.openai.com/api/docs/guides/speech-to-text",
)


VENDOR_URL = "https://api.openai.com/v1"


class Config(ConnectorConfig):
    api_key: ApiKey = Field(
        title=gettext_noop("API key"), description=gettext_noop("From platform.openai.com, begins with sk-.")
    )
    model: str = Field("whisper-1", title=gettext_noop("Model"), min_length=1, max_length=100)
    base_url: str = Field(VENDOR_URL, title=gettext_noop("Address"), json_schema_extra={"advanced": True})
