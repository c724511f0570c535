"""Sound that somebody sent: what it is, another format of it, its parts. FFmpeg comes inside PyAV.

    sound = probe(file)
    with convert(file, to=M4A) as copy: store(copy.file)
    for part in split(file, to=OGG, part_seconds=600): send(part.file)

PyAV is large and FFmpeg reads what strangers wrote: it is imported by workers alone, once they need it.
"""

from apps.core.audio.convert import Converted, convert
from apps.core.audio.formats import BY_TYPE, M4A, MP3, OGG, Format
from apps.core.audio.outline import Outline, outline
from apps.core.audio.probe import Sound, probe
from apps.core.audio.split import quiet_spans, split

__all__ = [
    "BY_TYPE",
    "M4A",
    "MP3",
    "OGG",
    "Converted",
    "Format",
    "Outline",
    "Sound",
    "convert",
    "outline",
    "probe",
    "quiet_spans",
    "split",
]
