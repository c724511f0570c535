"""OpenAI's transcription as strict as the real one: what it would ignore is a complaint here.

    with OpenAIPeer() as openai:
        openai.says = "Не держит батарея"

https://developers.openai.com/api/reference/resources/audio/subresources/transcriptions
"""

from collections.abc import Callable
from typing import Any

from tests.peers.server import Part, Peer, Received, Reply

KEY = "sk-proj-made-up-0123456789"
TRANSCRIPTIONS = "POST /v1/audio/transcriptions"
FORMATS = ("flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "wav", "webm")


class OpenAIPeer(Peer):
    """`says` is what recordings hold, `silence` how sure it is that nobody speaks.

    `tells`, where given, makes of a file's bytes what is said in it: (start, end, words) in seconds.

    `heard` and `asked` are the files and the values that came, `gone` the models that are no more.
    """

    def __init__(self, *, key: str = KEY) -> None:
        super().__init__()
        self.key = key
        self.says = "Здравствуйте, не держит батарея"
        self.silence = 0.02
        self.tells: Callable[[bytes], list[tuple[float, float, str]]] | None = None
        self.heard: list[Part] = []
        self.asked: list[dict[str, str]] = []
        self.gone: set[str] = set()
        self.url = f"{self.url}/v1"
        self.route("GET /v1/models/{model}", self._model)
        self.route(TRANSCRIPTIONS, self._transcribe)

    def _model(self, request: Received) -> Reply:
        return self._refused(request) or Reply(json={"id": request.params["model"], "object": "model"})

    def _transcribe(self, request: Received) -> Reply:
        if refused := self._refused(request):
            return refused
        fields = request.multipart
        file = fields.pop("file")
        self.heard.append(file)
        values = {name: part.content.decode() for name, part in fields.items()}
        is_whisper = values.get("model") == "whisper-1"
        is_diarized = values.get("response_format") == "diarized_json"
        known = {"model", "response_format", "language" if is_whisper or is_diarized else "languages[]"}
        known |= {"chunking_strategy"} if is_diarized else set()
        given = values.keys() - {"prompt"}
        self.expect(given == known, f"fields {sorted(values)}, expected {sorted(known)}")
        self.asked.append(values)
        if values["model"] in self.gone:
            error = {"message": "The model does not exist", "code": "model_not_found"}
            return Reply(status=404, json={"error": error})
        extension = (file.filename or "").rpartition(".")[2]
        if extension not in FORMATS:
            return Reply(status=400, json={"error": {"message": "Unrecognized file format", "code": None}})
        return Reply(
            json=self._said(file, values["response_format"]),
            headers={"x-request-id": f"req_{len(self.heard)}"},
        )

    def _said(self, file: Part, shape: str) -> dict[str, Any]:
        told = self.tells(file.content) if self.tells else [(0.0, 5.0, self.says)]
        said: dict[str, Any] = {"text": " ".join(words for _, _, words in told)}
        lines = [{"id": n, "start": a, "end": b, "text": words} for n, (a, b, words) in enumerate(told)]
        if shape == "verbose_json":
            doubts = [{**line, "no_speech_prob": self.silence} for line in lines]
            return said | {"duration": 5.0, "language": "russian", "segments": doubts}
        if shape == "diarized_json":
            named = [{**line, "speaker": "AB"[n % 2]} for n, line in enumerate(lines)]
            return said | {"duration": 5.0, "segments": named}
        return said

    def _refused(self, request: Received) -> Reply | None:
        if request.headers.get("Authorization") == f"Bearer {self.key}":
            return None
        return Reply(status=401, json={"error": {"message": "Incorrect API key", "code": "invalid_api_key"}})
