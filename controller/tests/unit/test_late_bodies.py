"""The end of an answer waits for the end of its request, or the connection would be reset over what nobody read."""

import asyncio

from controller.asgi import LINGER_BYTES, Answer, Body

START = {"type": "http.response.start", "status": 200, "headers": []}
END = {"type": "http.response.body", "body": b"answer"}


def answer_without_reading(*pieces):
    """What happened, in order, when a request of these pieces was answered by who has no use for them."""
    happened = []
    coming = iter(pieces)

    async def receive():
        happened.append("received")
        return {"type": "http.request", **next(coming)}

    async def send(message):
        happened.append(message["type"])

    async def handle():
        body = Body(receive)
        answer = Answer(send, [], before_end=body.drain)
        await answer.send(START)
        await answer.send({**END, "more_body": True})
        await answer.send(END)

    asyncio.run(handle())
    return happened


def test_a_body_that_comes_late_is_read_before_the_end():
    pieces = {"body": b"a", "more_body": True}, {"body": b"b", "more_body": False}
    begun = ["http.response.start", "http.response.body"]
    assert answer_without_reading(*pieces) == [*begun, "received", "received", "http.response.body"]


def test_a_body_without_end_is_not_read_for_ever():
    piece = {"body": b"x" * LINGER_BYTES, "more_body": True}
    assert answer_without_reading(piece, piece).count("received") == 1


def test_a_client_that_went_away_is_not_waited_for():
    assert answer_without_reading({"type": "http.disconnect"}).count("received") == 1
