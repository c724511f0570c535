"""Sound from strangers: judged by what is in it, converted whole, split without loss, refused in time."""

import io
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator
from itertools import pairwise

import pytest
from django.conf import settings

from apps.core.audio import BY_TYPE, M4A, OGG, Format, convert, decode, probe, split
from apps.core.audio.split import cut
from apps.core.errors import Rejected
from apps.core.files.sniffing import sniff
from tests.sounds import KINDS, noise, picture, silence, sound, tone, written

CODECS = {
    "ogg": ("ogg", "opus"),
    "m4a": ("mp4", "aac"),
    "mp3": ("mp3", "mp3"),
    "wav": ("wav", "pcm_s16le"),
    "flac": ("flac", "flac"),
    "webm": ("webm", "opus"),
    "amr": ("amr", "amr_nb"),
    "mp4": ("mp4", "opus"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_is_is_found_by_decoding_it(kind: str) -> None:
    found = probe(io.BytesIO(sound(kind, 1.3)))
    assert (found.container, found.codec, found.channels) == (*CODECS[kind], 1)
    assert found.seconds == pytest.approx(1.3, abs=0.06)
    assert found.seconds == round(found.seconds, 3)


def test_a_header_that_promises_more_is_not_believed() -> None:
    wav = bytearray(sound("wav", 2.0))
    at = wav.index(b"data") + 4
    wav[at : at + 4] = wav[4:8] = b"\xff\xff\xff\x7f"
    assert probe(io.BytesIO(bytes(wav))).seconds == pytest.approx(2.0, abs=0.01)
    whole = sound("mp3", 20.0)
    assert probe(io.BytesIO(whole[: len(whole) // 2])).seconds == pytest.approx(10.0, abs=0.5)


@pytest.mark.parametrize("to", BY_TYPE.values(), ids=lambda to: to.name)
@pytest.mark.parametrize("kind", ["webm", "amr", "mp4"])
def test_the_same_sound_in_another_format(kind: str, to: Format) -> None:
    with convert(io.BytesIO(sound(kind, 2.0)), to=to) as made:
        content = made.file.read()
    assert sniff(content[:64]) == to.content_type
    found = probe(io.BytesIO(content))
    assert found.channels == 1
    assert found.seconds == pytest.approx(2.0, abs=0.08)
    assert pitch(content) == pytest.approx(440, rel=0.03)
    assert made.file.closed


def test_a_voice_message_is_opus_of_one_channel() -> None:
    with convert(io.BytesIO(sound("m4a", 30.0)), to=OGG) as made:
        content = made.file.read()
    assert (probe(io.BytesIO(content)).codec, content.count(b"OpusHead")) == ("opus", 1)
    assert len(content) < 30 * 3000  # some 16 kbit in a second


def pitch(content: bytes) -> float:
    """In hertz, by counting how often it crosses zero; without the beginning, which fades in."""
    samples = array("h")
    for block in decode.blocks(io.BytesIO(content), rate=16000):
        samples.extend(block)
    samples = samples[3200:-3200]
    crossings = sum(one < 0 <= other for one, other in pairwise(samples))
    return crossings / (len(samples) / 16000)


def test_parts_are_cut_where_it_is_quiet_and_hold_each_sample_once() -> None:
    rate = 1000
    whole = noise(25, rate=rate) + silence(0.4, rate=rate) + noise(40, rate=rate)
    parts = parts_of(whole, most=30 * rate, rate=rate)

    assert sum(parts, array("h")) == whole
    assert all(len(part) <= 30 * rate for part in parts)
    assert 25 * rate < len(parts[0]) < 25.4 * rate


@pytest.mark.parametrize("length", [0, 1, 2999, 3000, 3001, 6000, 20_001])
def test_no_length_loses_or_doubles_samples(length: int) -> None:
    whole = array("h", range(length)) if length < 32767 else array("h", bytes(2 * length))
    parts = parts_of(whole, most=3000, rate=100)
    assert sum(parts, array("h")) == whole
    assert all(len(part) <= 3000 for part in parts)


def parts_of(whole: "array[int]", *, most: int, rate: int) -> list["array[int]"]:
    parts = [array("h")]
    blocks = (whole[at : at + 777] for at in range(0, len(whole), 777))
    for samples, ends in cut(blocks, most=most, rate=rate):
        parts[-1].extend(samples)
        if ends:
            parts.append(array("h"))
    return parts


def test_a_long_recording_in_parts_is_as_long_and_as_loud_as_the_whole() -> None:
    rate = KINDS["ogg"][2]
    speech = [tone(4, rate=rate), silence(0.5, rate=rate)] * 5
    whole = written("ogg", speech)
    parts = [probe(part.file).seconds for part in split(io.BytesIO(whole), to=OGG, part_seconds=10)]

    assert len(parts) == 3
    assert all(seconds <= 10 for seconds in parts)
    assert sum(parts) == pytest.approx(probe(io.BytesIO(whole)).seconds, abs=0.01)
    energies = [energy(part.file.read()) for part in split(io.BytesIO(whole), to=OGG, part_seconds=10)]
    assert sum(energies) == pytest.approx(energy(whole), rel=0.05)


def energy(content: bytes) -> int:
    blocks = decode.blocks(io.BytesIO(content), rate=16000)
    return sum(sample * sample for block in blocks for sample in block)


def test_a_part_is_gone_from_the_disk_once_the_next_is_asked_for() -> None:
    parts = split(io.BytesIO(sound("wav", 5.0)), to=OGG, part_seconds=2)
    first = next(parts)
    assert not first.file.closed
    assert sum(1 for _ in parts) == 2
    assert first.file.closed


def garbage() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "noise", b"\x93garbage" * 500
    yield "a page", b"<!DOCTYPE html><script>alert(1)</script>"
    yield "a picture", picture("PNG")
    yield "a beginning alone", b"OggS" + bytes(100)
    # FFmpeg would open the files and addresses that a playlist names.
    yield (
        "a playlist",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1/x.ts\n#EXT-X-ENDLIST\n",
    )
    yield "a list of files", b"ffconcat version 1.0\nfile '/etc/passwd'\n"


@pytest.mark.parametrize("content", [pytest.param(content, id=name) for name, content in garbage()])
def test_what_is_no_sound_is_refused_by_name(content: bytes) -> None:
    for use in (probe, converted, lambda source: list(split(source, to=OGG, part_seconds=10))):
        with pytest.raises(Rejected) as refused:
            use(io.BytesIO(content))
        assert refused.value.code == "not_audio"


def converted(source: io.BytesIO) -> None:
    with convert(source, to=M4A):
        pass


def test_a_film_without_sound_is_refused() -> None:
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        container.mux(stream.encode(av.VideoFrame(16, 16, "yuv420p")))
        container.mux(stream.encode(None))
    with pytest.raises(Rejected, match="not_audio"):
        probe(io.BytesIO(out.getvalue()))


def test_a_small_file_that_unfolds_to_hours_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = written("flac", [silence(1800, rate=16000)])
    assert len(bomb) < 400_000
    monkeypatch.setattr(decode, "MOST_SECONDS", 60)
    started = time.monotonic()
    with pytest.raises(Rejected, match="audio_too_long"):
        probe(io.BytesIO(bomb))
    assert time.monotonic() - started < 5


def test_what_takes_too_much_of_the_processor_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "MOST_WORK", 0.0)
    with pytest.raises(Rejected, match="audio_too_slow"):
        converted(io.BytesIO(sound("mp3", 5.0)))


def test_the_web_server_carries_none_of_it() -> None:
    script = "import sys, config.wsgi; print([name for name in ('av', 'PIL') if name in sys.modules])"
    said = subprocess.run(
        [sys.executable, "-c", script],
        cwd=settings.BASE_DIR,
        env={
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PATH": "/usr/bin:/bin",
            "DATA_DIR": str(settings.DATA_DIR),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout.strip() == "[]", said.stdout + said.stderr
