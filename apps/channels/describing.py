"""An uploaded file as it is: its kind and type by its bytes, its name made fit to show."""

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from apps.channels.contract import MediaKind, OutgoingFile
from apps.core.errors import Rejected
from apps.core.files.sniffing import HEAD, sniff, trusted
from apps.core.text import clean_name

KINDS = {"image": MediaKind.IMAGE, "audio": MediaKind.AUDIO, "video": MediaKind.VIDEO}


def described(upload: UploadedFile) -> OutgoingFile:
    """Without a place in the storage. Raises Rejected where it is empty."""
    content_type = trusted(sniff(upload.read(HEAD)), upload.content_type or "")
    upload.seek(0)
    if not upload.size:
        raise Rejected(_("The file is empty."), code="empty_file")
    kind = KINDS.get(content_type.partition("/")[0], MediaKind.DOCUMENT)
    name = clean_name(upload.name or "", limit=150) or str(kind)
    return OutgoingFile(kind=kind, name=name, content_type=content_type[:100], size=upload.size, path="")
