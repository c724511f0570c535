"""What a file is by its first bytes. A name and a sender's word are hints for what no page ever shows."""

from collections.abc import Mapping

HEAD = 64  # bytes that are enough
UNKNOWN, PDF = "application/octet-stream", "application/pdf"

# Shown in the page itself; everything else is only ever offered for download. Nothing that may hold a script.
INLINE = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "audio/ogg",
        "audio/mpeg",
        "audio/mp4",
        "audio/webm",
        "audio/wav",
        "audio/flac",
        "video/mp4",
        "video/webm",
    }
)
EBML = b"\x1aE\xdf\xa3"
# What a machine would run: Windows, Linux, macOS, Java, Android, scripts.
PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"dex\n",
    b"#!",
)
SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"#!AMR", "audio/amr"),
    (b"fLaC", "audio/flac"),
    (b"%PDF-", PDF),
)
# The brand that an MP4 names. https://mp4ra.org/registered-types/brands
BRANDS: Mapping[bytes, str] = {
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"hevc": "image/heic",
    b"mif1": "image/heic",
    b"msf1": "image/heic",
    b"avif": "image/avif",
    b"avis": "image/avif",
}
# Containers of pictures and of sound alike: the first bytes do not tell which.
EITHER = frozenset({"video/mp4", "video/webm"})


def sniff(head: bytes) -> str:
    """The content type by content; empty where the first bytes don't tell."""
    if head[:4] == b"OggS":
        return "video/ogg" if b"theora" in head else "audio/ogg"
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], "")
    if head.startswith(EBML):
        return "video/webm" if b"webm" in head else ""
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12], "video/mp4")
    return next((found for signature, found in SIGNATURES if head.startswith(signature)), "")


def content_type_of(head: bytes, *, named: str, is_sound: bool = False) -> str:
    """By the first bytes, else by the sender's word; but nothing is shown in a page on that word alone.

    `is_sound`: the sender says it is, in another way than by the type.
    """
    found, named = sniff(head), named.partition(";")[0].strip().lower()
    if found in EITHER and (is_sound or named.startswith("audio/")):
        return found.replace("video/", "audio/")
    return found or (named if named and named not in INLINE else UNKNOWN)


def is_program(head: bytes) -> bool:
    """Something that a machine would run."""
    return head.startswith(PROGRAMS) and not sniff(head)
