"""What django-q2 calls for this app."""

from apps.core.work.claim import run

__all__ = ["run"]
