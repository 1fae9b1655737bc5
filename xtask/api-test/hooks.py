"""Something to find: without it most generated requests would end at a room that is not there.

Makes rooms, members and messages, and lets most requests that are valid by the document name them.
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


def prepare():
    """The messages of each room."""
    rooms = {}
    for kind in ["public", "group", "group"]:
        room = call("POST", f"{URL}/rooms", {"kind": kind, "members": USERS[:2]}, TOKEN)["id"]
        rooms[room] = messages = []
        for n in range(5):
            body = {"text": f"message {n}", "clientMessageId": f"c-{n}"}
            message = call("POST", f"{URL}/rooms/{room}/messages", body, TOKEN)
            messages.append(message["id"])
    return rooms


ROOMS = prepare()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Leaves alone what is to be refused, and what follows from an answer."""
    meta = case.meta
    if meta is None or meta.generation.mode != GenerationMode.POSITIVE:
        return
    if meta.phase.name.value == "stateful" or random.random() > SHARE:
        return
    room = random.choice(list(ROOMS))
    known = {
        "roomId": room,
        "messageId": random.choice(ROOMS[room]),
        "userId": random.choice(USERS),
    }
    deletes_room = case.method == "DELETE" and case.path == "/rooms/{roomId}"
    for name in case.path_parameters or {}:
        if name in known and not deletes_room:
            case.path_parameters[name] = urllib.parse.quote(known[name], safe="")
