"""Something to find: without it most generated requests would end at a room that is not there.

Makes rooms, members, messages and reports, and lets most requests that are valid by the document name
them.
"""

import json
import os
import random
import urllib.parse
import urllib.request

import schemathesis
from schemathesis.generation.modes import GenerationMode

URL = os.environ["CHAT_URL"]
USERS = ["bob", "carol", "dave", "zoë"]
# The rest goes where it was sent, so that what is not there is asked for, too.
SHARE = 0.8


def call(method, url, body, token=None):
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    body = json.dumps(body).encode()
    request = urllib.request.Request(url, method=method, data=body, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


TOKEN = call("POST", urllib.parse.urljoin(URL, "/dev/token"), {"userId": "tester"})["token"]


@schemathesis.auth()
class Token:
    def get(self, case, context):
        return TOKEN

    def set(self, case, token, context):
        case.headers["Authorization"] = f"Bearer {token}"


def new_room(kind):
    return call("POST", f"{URL}/rooms", {"kind": kind, "members": USERS}, TOKEN)["id"]


def new_message(room):
    return call("POST", f"{URL}/rooms/{room}/messages", {"text": "a message"}, TOKEN)["id"]


def new_report(room):
    url = f"{URL}/rooms/{room}/messages/{new_message(room)}/reports"
    return call("POST", url, {"reason": "a reason"}, TOKEN)["id"]


ROOMS = [new_room(kind) for kind in ["public", "group", "group"]]


def spends_room(case):
    """Whether the room may be another after it, or gone: then it is one for this request alone."""
    changes = case.method in ("DELETE", "PATCH", "POST", "PUT")
    return changes and (case.path == "/rooms/{roomId}" or "userId" in case.path_parameters)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Leaves alone what is to be refused, and what follows from an answer."""
    meta = case.meta
    if meta is None or meta.phase.name.value == "stateful" or not case.path_parameters:
        return
    # The ids of answers are tried elsewhere, too.
    lost = spends_room(case) and case.path_parameters.get("roomId") in ROOMS
    if not lost and (meta.generation.mode != GenerationMode.POSITIVE or random.random() > SHARE):
        return
    names = case.path_parameters
    room = None
    if "roomId" in names:
        room = new_room("group") if spends_room(case) else random.choice(ROOMS)
        names["roomId"] = room
    if "messageId" in names:
        # Each its own, for the one before may be deleted.
        names["messageId"] = new_message(room)
    if "reportId" in names:
        names["reportId"] = new_report(room)
    if "userId" in names:
        names["userId"] = urllib.parse.quote(random.choice(USERS), safe="")
