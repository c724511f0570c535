"""Names as Supabase takes them: its keys are ASCII without a percent sign, ours may end in «.смета».

What it refuses is written as `=D1=81`, byte by byte, and read back from there.
https://github.com/supabase/storage/blob/master/src/storage/limits.ts
"""

import re
from urllib.parse import unquote

_REFUSED = re.compile(rb"[^\w/!\-.*'() &$@;:+,?]")
_WRITTEN = re.compile(r"=([0-9A-F]{2})")


def key_of(name: str) -> str:
    return _REFUSED.sub(lambda found: b"=%02X" % found[0][0], name.encode()).decode()


def name_of(key: str) -> str:
    """Of a key that somebody else made, too: then it is the key."""
    found = unquote(_WRITTEN.sub(r"%\1", key.replace("%", "%25")), errors="surrogateescape")
    try:
        found.encode()
    except UnicodeEncodeError:
        return key
    return found if key_of(found) == key else key
