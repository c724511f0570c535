"""An uploaded file as it is: its kind and type by its bytes, its name made fit to show."""

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from apps.channels.contract import MediaKind, OutgoingFile
from apps.core.errors import Rejected
from apps.core.files.sniffing import HEAD, content_type_of
from apps.core.text import clean_name

KINDS = {"image": MediaKind.IMAGE, "audio": MediaKind.AUDIO, "video": MediaKind.VIDEO}


def described(upload: UploadedFile, *, is_voice: bool = False) -> OutgoingFile:
    """Without a place in the storage. `is_voice`: recorded in the page, not chosen from a disk.

    Raises Rejected where it is empty, or a recording without sound.
    """
    content_type = content_type_of(upload.read(HEAD), named=upload.content_type or "", is_sound=is_voice)
    upload.seek(0)
    if not upload.size:
        raise Rejected(_("The file is empty."), code="empty_file")
    family = content_type.partition("/")[0]
    if is_voice and family != "audio":
        raise Rejected(
            _("The recording did not work: there is no sound in it. Record it again."), code="no_sound"
        )
    kind = MediaKind.VOICE if is_voice else KINDS.get(family, MediaKind.DOCUMENT)
    name = clean_name(upload.name or "", limit=150) or str(kind)
    return OutgoingFile(
        kind=kind,
        name=name,
        content_type=content_type[:100],
        size=upload.size,
        path="",
        is_recording=is_voice,
    )
