"""A client who was merged into another leads to that one: whoever holds an old id follows it here."""

from collections.abc import Iterable

from apps.appeals.models import Contact, Conversation


def standing(contact: Contact) -> Contact:
    """The client that this one is now."""
    found = contact
    while found.merged_into_id is not None:
        found = Contact.objects.get(pk=found.merged_into_id)
    return found


def standing_ids(ids: Iterable[int]) -> set[int]:
    """One query more for each merge that follows on another."""
    found = set(ids)
    while gone := _merged(found):
        found = {gone.get(pk, pk) for pk in found}
    return found


def held_with_chats(contact: Contact) -> Contact:
    """As `held`, of one, for whoever writes to the client's conversations, too: those are locked first, as
    everybody does.
    """
    chats = Conversation.objects.select_for_update().filter(contact__in=standing_ids([contact.pk]))
    list(chats.order_by("pk").values_list("pk"))
    (found,) = held([contact.pk], tenant_id=contact.tenant_id)
    return found


def held(ids: Iterable[int], *, tenant_id: int) -> list[Contact]:
    """Whom these ids stand for, locked until the transaction ends. Whoever writes what a client said, or
    makes a row that hangs on one without having its conversation in hand, takes the client from here.
    """
    rows = Contact.objects.select_for_update(no_key=True).filter(tenant=tenant_id).order_by("pk")
    found = list(rows.filter(pk__in=standing_ids(ids)))
    while any(one.merged_into_id for one in found):
        # Merged while it was waited for: into whom is known only now.
        found = list(rows.filter(pk__in=standing_ids(one.pk for one in found)))
    return found


def _merged(ids: set[int]) -> dict[int, int]:
    rows = Contact.objects.filter(pk__in=ids, merged_into__isnull=False)
    return {pk: into for pk, into in rows.values_list("pk", "merged_into") if into is not None}
