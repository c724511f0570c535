"""What a file is, by its first bytes: names and what a sender says of it are only words."""

# How many first bytes tell.
HEAD = 64

# Shown in the page itself; everything else is only ever offered for download.
INLINE = (
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "audio/ogg",
    "audio/mpeg",
    "audio/mp4",
    "audio/webm",
    "video/mp4",
    "video/webm",
)
SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"%PDF-", "application/pdf"),
)
EBML = b"\x1aE\xdf\xa3"
# ISO base media: what the brand after «ftyp» says, a video where it says nothing else. https://mp4ra.org
BRANDS = {
    b"M4A": "audio/mp4",
    b"hei": "image/heic",
    b"hev": "image/heic",
    b"mif": "image/heif",
    b"msf": "image/heif",
    b"avi": "image/avif",
}
# One container holds either, and only the sender knows which; nothing more dangerous comes of believing it.
SOUND_ALONE = {"video/webm": "audio/webm", "video/mp4": "audio/mp4"}
# Windows, Linux, macOS, Java, Android, scripts.
PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"dex\n",
    b"#!",
)


def trusted(found: str, named: str) -> str:
    """What the bytes say, else the sender's word; but nothing is shown in the page on that word alone."""
    named = named.partition(";")[0].strip().lower()
    if found:
        return named if named and named == SOUND_ALONE.get(found) else found
    return named if named and named not in INLINE else "application/octet-stream"


def sniff(head: bytes) -> str:
    """The content type by content; empty where the first bytes don't tell."""
    for signature, content_type in SIGNATURES:
        if head.startswith(signature):
            return content_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(EBML) and b"webm" in head:
        return "video/webm"
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:11], "video/mp4")
    return ""


def is_program(head: bytes) -> bool:
    """Something that a machine would run."""
    return head.startswith(PROGRAMS)
