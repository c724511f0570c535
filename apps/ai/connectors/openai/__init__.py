"""OpenAI: turns speech into text. https://developers.openai.com/api/docs/guides/speech-to-text"""

from apps.ai.connectors.openai.checking import check
from apps.ai.connectors.openai.hearing import hear, hearing_of
from apps.ai.connectors.openai.spec import SPEC, Config

__all__ = ["SPEC", "Config", "check", "hear", "hearing_of"]
