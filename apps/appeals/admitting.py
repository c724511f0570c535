"""Which conversations somebody finds: all of their organisation's, their team's, or their own.

Nothing else decides it: the desk, the admin's lists, files and exports all filter by these conditions. Whose
a conversation is tells its current appeal; what nobody leads is everybody's, else nobody could take it up,
and whoever is named in a note is let in there.
"""

from django.db.models import Exists, OuterRef, Q

from apps.appeals.models import Conversation, Mention
from apps.tenants.models import Member, Sees


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
        # Read once for the whole statement: it hangs on no row.
        theirs = Q(**{f"{operator}__in": Member.objects.filter(team=member.team_id).values("pk")})
    named = Mention.objects.filter(member=member).values("note__conversation")
    return Q(**{f"{operator}__isnull": True}) | theirs | Q(**{f"{conversation}__in": named})


def clients_seen_by(member: Member | None) -> Q:
    """For clients: one of their conversations is seen, or there is none yet."""
    if member is None or member.sees == Sees.ALL:
        return Q()
    theirs = Conversation.objects.filter(contact=OuterRef("pk"))
    return Q(Exists(theirs.filter(seen_by(member)))) | ~Q(Exists(theirs))
