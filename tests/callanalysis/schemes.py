"""Addresses that a page loads from."""

import re


def resolved(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="([^"]+)"', page)
