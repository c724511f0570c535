"""OpenAI's transcription as strict as the real one: what it would ignore is a complaint here.

    with OpenAIPeer() as openai:
        openai.says = "Не держит батарея"

https://developers.openai.com/api/reference/resources/audio/subresources/transcriptions
"""

from typing import Any

from tests.peers.server import Part, Peer, Received, Reply

KEY = "sk-proj-made-up-0123456789"
TRANSCRIPTIONS = "POST /v1/audio/transcriptions"
FORMATS = ("flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "wav", "webm")


class OpenAIPeer(Peer):
    """`says` is what recordings hold, `silence` how sure it is that nobody speaks.

    `heard` and `asked` are the files and the values that came, `gone` the models that are no more.
    """

    def __init__(self, *, key: str = KEY) -> None:
        super().__init__()
        self.key = key
        self.says = "Здравствуйте, не держит батарея"
        self.silence = 0.02
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
        known = {"model", "response_format", "language" if is_whisper else "languages[]"}
        given = values.keys() - {"prompt"}
        self.expect(given == known, f"fields {sorted(values)}, expected {sorted(known)}")
        self.asked.append(values)
        if values["model"] in self.gone:
            error = {"message": "The model does not exist", "code": "model_not_found"}
            return Reply(status=404, json={"error": error})
        extension = (file.filename or "").rpartition(".")[2]
        if extension not in FORMATS:
            return Reply(status=400, json={"error": {"message": "Unrecognized file format", "code": None}})
        said: dict[str, Any] = {"text": self.says}
        if values["response_format"] == "verbose_json":
            said |= {"duration": 5.0, "segments": [{"id": 0, "no_speech_prob": self.silence}]}
        return Reply(json=said, headers={"x-request-id": f"req_{len(self.heard)}"})

    def _refused(self, request: Received) -> Reply | None:
        if request.headers.get("Authorization") == f"Bearer {self.key}":
            return None
        return Reply(status=401, json={"error": {"message": "Incorrect API key", "code": "invalid_api_key"}})
