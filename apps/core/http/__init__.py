"""The one door for outbound requests: guarded, bounded in time and size, failing as `core.errors`."""

from apps.core.http.client import Http
from apps.core.http.resuming import Progress
from apps.core.http.wire import Answer, CallRecord, Downloaded

__all__ = ["Answer", "CallRecord", "Downloaded", "Http", "Progress"]
