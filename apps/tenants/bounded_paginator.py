"""Pages of a list of hundreds of thousands: counted no further than anybody leafs."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property


class BoundedPaginator(Paginator[Any]):
    """Beyond `most` rows its count says `most`, and the frame «more than …»: to count them all would take
    longer than to show them.
    """

    most = 2000
    template_name = "tenants/bounded_pagination.html"

    @cached_property
    def count(self) -> int:
        return min(self.most, self._beyond)

    @cached_property
    def is_more(self) -> bool:
        return self._beyond > self.most

    @cached_property
    def _beyond(self) -> int:
        rows: Any = self.object_list
        # Without an order: the database may take whichever rows it finds first.
        return int(rows.order_by()[: self.most + 1].count())
