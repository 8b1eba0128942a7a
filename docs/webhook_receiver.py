"""Receive webhooks of the hub: `SECRET=whsec_… python docs/webhook_receiver.py [PORT]`."""

import base64
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))
TOLERANCE = 300
seen = {}


def is_genuine(headers, body):
    """Return whether the hub has signed this message, within the last five minutes."""
    number, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not sent_at.isdecimal() or abs(time.time() - int(sent_at)) > TOLERANCE:
        return False
    signed = f"{number}.{sent_at}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.digest(KEY, signed, "sha256")).decode()
    # While a secret is being changed there are two signatures.
    shown = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(wanted.encode(), each.encode()) for each in shown)


class Receiver(BaseHTTPRequestHandler):
    """Checks each message, and prints what is new."""

    def do_POST(self):
        """Answer 204 to what is genuine, also if it is known already."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not is_genuine(self.headers, body):
            self.send_error(401)
            return
        message = json.loads(body)
        entry = message["data"]
        # A message may come twice, or late: `seq` counts the entries of one case.
        if message["type"] != "test" and entry["seq"] > seen.get(entry["case_id"], 0):
            seen[entry["case_id"]] = entry["seq"]
            print(message["type"], entry["state"], entry["case"]["title"], flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        """Log nothing."""


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    ThreadingHTTPServer(("127.0.0.1", port), Receiver).serve_forever()
