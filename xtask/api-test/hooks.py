"""Creates rooms, members, messages and reports, and puts their ids into most valid requests.

Without them most generated requests would fail with "room not found".
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
# The share of requests that get existing ids. The rest keep their generated ids, to test "not found".
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
    """Returns true if the request may change or delete its room, so that it needs a new one."""
    changes = case.method in ("DELETE", "PATCH", "POST", "PUT")
    return changes and (case.path == "/rooms/{roomId}" or "userId" in case.path_parameters)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Sets existing ids, except in invalid requests and those derived from a response."""
    meta = case.meta
    if meta is None or meta.phase.name.value == "stateful" or not case.path_parameters:
        return
    # An id from a response can turn up in other requests, where it must not spend a shared room.
    lost = spends_room(case) and case.path_parameters.get("roomId") in ROOMS
    if not lost and (meta.generation.mode != GenerationMode.POSITIVE or random.random() > SHARE):
        return
    names = case.path_parameters
    room = None
    if "roomId" in names:
        room = new_room("group") if spends_room(case) else random.choice(ROOMS)
        names["roomId"] = room
    if "messageId" in names:
        # A new one each time, as an earlier request may have deleted the last one.
        names["messageId"] = new_message(room)
    if "reportId" in names:
        names["reportId"] = new_report(room)
    if "userId" in names:
        names["userId"] = urllib.parse.quote(random.choice(USERS), safe="")
