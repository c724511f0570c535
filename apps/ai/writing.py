"""One text to a client asked of the model: whole or not at all, without what models like to put around it."""

from apps.ai.asking import Unusable, ask
from apps.ai.contract import Ending, Request
from apps.ai.models import Purpose
from apps.ai.prompts import prompt_for
from apps.core.text import clean
from apps.integrations.models import Connection
from apps.tenants.models import Tenant

MAX_TOKENS = 500

QUOTES = (("«", "»"), ('"', '"'), ("“", "”"))


def write(*, tenant: Tenant, connection: Connection, purpose: Purpose, user: str) -> str:
    """Raises Unusable when there is no whole answer, and what `ask` raises."""
    prompt = prompt_for(tenant=tenant, purpose=purpose)
    answer = ask(
        tenant=tenant,
        connection=connection,
        purpose=purpose,
        request=Request(user=user, system=prompt.system, max_tokens=MAX_TOKENS),
        prompt_number=prompt.number,
    )
    if answer.ending is not Ending.COMPLETE:
        raise Unusable(answer.ending)
    text = trimmed(answer.text)
    if not text:
        raise Unusable(Ending.INVALID)
    return text


def trimmed(text: str) -> str:
    """Without the quotes that models like to put around a message."""
    text = clean(text, limit=None).strip()
    for opening, closing in QUOTES:
        inside = text[1:-1]
        if len(text) > 1 and text[0] == opening and text[-1] == closing and closing not in inside:
            return inside.strip()
    return text
