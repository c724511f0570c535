"""A mail server on loopback: `letters` is what it took, `refuse` what it answers instead, by the word.

`hang_up` is after which word it leaves. «DATA.» is the end of a letter.
"""

import socketserver
import threading
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Self


class SmtpPeer:
    def __init__(self) -> None:
        self.letters: list[tuple[str, Message]] = []
        self.refuse: dict[str, str] = {}
        self.hang_up = ""
        peer = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                peer._serve(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self.port = int(self._server.server_address[1])

    def _serve(self, talk: socketserver.StreamRequestHandler) -> None:
        def say(line: str) -> None:
            talk.wfile.write(f"{line}\r\n".encode())

        say("220 mail.example")
        to = ""
        while line := talk.rfile.readline():
            word = line.decode().split(" ")[0].strip().upper()
            to = line.decode().partition("<")[2].partition(">")[0] if word == "RCPT" else to
            if word == "DATA" and word not in self.refuse:
                say("354 go on")
                text = b"".join(iter(talk.rfile.readline, b".\r\n"))
                if self.hang_up == "DATA.":
                    return
                if "DATA." not in self.refuse:
                    self.letters.append((to, message_from_bytes(text, policy=default)))
                say(self.refuse.get("DATA.", "250 taken"))
                continue
            say(self.refuse.get(word, "221 bye" if word == "QUIT" else "250 yes"))
            if word == "QUIT":
                return

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
