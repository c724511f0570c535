"""Which conversations somebody finds: all of their organisation's, their team's, or their own.

Nothing else decides it: the desk, the admin's lists, files and exports all filter by these conditions. Whose
a conversation is tells its current appeal; what nobody leads is everybody's, else nobody could take it up,
and whoever is named in a note is let in there.
"""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q

from apps.appeals.models import Conversation, Mention
from apps.tenants.models import Member, Sees


class _IsOneOf(Func):
    """«column = ANY(ARRAY(SELECT …))»: read once for a statement. Of «IN (SELECT …)» within an OR the planner
    believes that it holds for every other row, and then reads the whole of a list from one end.
    """

    arity, arg_joiner, template = 2, " = ANY(", "%(expressions)s)"
    output_field = BooleanField()


def seen_by(member: Member | None, path: str = "") -> Q:
    """For rows whose conversation lies along `path`; without it, for conversations. None, who is no member,
    sees all: the organisation is its caller's to filter by.
    """
    if member is None or member.sees == Sees.ALL:
        return Q()
    conversation, within = (path, f"{path}__") if path else ("pk", "")
    operator = f"{within}current_appeal__operator"
    theirs = Q(**{operator: member})
    if member.sees == Sees.TEAM and member.team_id is not None:
        team = Member.objects.filter(team=member.team_id).values("pk")
        theirs = Q(_IsOneOf(F(operator), ArraySubquery(team)))
    named = Mention.objects.filter(member=member).values("note__conversation")
    is_named = Q(_IsOneOf(F(conversation), ArraySubquery(named)))
    return Q(**{f"{operator}__isnull": True}) | theirs | is_named


def clients_seen_by(member: Member | None) -> Q:
    """For clients: one of their conversations is seen, or there is none yet."""
    if member is None or member.sees == Sees.ALL:
        return Q()
    theirs = Conversation.objects.filter(contact=OuterRef("pk"))
    return Q(Exists(theirs.filter(seen_by(member)))) | ~Q(Exists(theirs))
