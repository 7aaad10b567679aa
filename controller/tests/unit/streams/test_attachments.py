"""The first to end decides, and nobody goes on behind its back."""

import asyncio

import pytest

from controller.streams.attachments import Parting, first_of
from controller.streams.clients import ClientGone


async def for_ever(ended):
    try:
        await asyncio.Event().wait()
    finally:
        ended.append(True)
    return Parting.LOST


async def at_once():
    return Parting.DETACHED


async def leave():
    raise ClientGone


def test_the_first_decides_and_the_others_are_given_up():
    ended: list[bool] = []
    assert asyncio.run(first_of(for_ever(ended), at_once(), seconds=5)) is Parting.DETACHED
    assert ended == [True]


def test_an_error_decides_too():
    ended: list[bool] = []
    with pytest.raises(ClientGone):
        asyncio.run(first_of(for_ever(ended), leave(), seconds=5))
    assert ended == [True]


def test_the_deadline_decides():
    ended: list[bool] = []
    with pytest.raises(TimeoutError):
        asyncio.run(first_of(for_ever(ended), seconds=-1))
