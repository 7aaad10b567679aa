"""Completion as people meet it: Tab, in an interactive bash, zsh and fish."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .keyboards import SHELLS, Keyboard


@pytest.fixture
def sit_down(deis: Any) -> Iterator[Callable[..., Keyboard]]:
    """Start a shell for a user."""
    opened: list[Keyboard] = []

    def start(shell: str, program: Any = deis, **options: Any) -> Keyboard:
        opened.append(Keyboard(shell, program, **options))
        return opened[-1]

    yield start
    for keyboard in opened:
        keyboard.close()


@pytest.mark.parametrize("shell", SHELLS)
def test_commands_and_options(shell, sit_down):
    keyboard = sit_down(shell)
    assert keyboard.run("deis whoa\t") == ["whoami"]
    assert keyboard.run("deis apps:cre\t") == ["apps:create"]
    assert keyboard.run("deis config:uns\tMODE") == ["config:unset", "MODE"]
    assert keyboard.run("deis help ps:sc\t") == ["help", "ps:scale"]
    assert keyboard.run("deis config --one\t") == ["config", "--oneline"]
    assert keyboard.run("deis config:list --ap\tshop --dif\t") == ["config:list", "--app=shop", "--diff"]
    assert keyboard.run("deis apps --output=j\t") == ["apps", "--output=json"]
    assert keyboard.run("deis apps -o y\t") == ["apps", "-o", "yaml"]


@pytest.fixture
def known(deis: Any, scripted: Any) -> Any:
    """A user of a controller that has names."""
    deis.log_in(scripted.url)
    scripted.answers["GET /v2/apps/"] = {"count": 2, "results": [{"id": "shop"}, {"id": "blog"}]}
    scripted.answers["GET /v2/apps/shop/"] = {"structure": {"web": 1, "cron": 1}}
    scripted.answers["GET /v2/apps/shop/config/"] = {"values": {"DATABASE_URL": "x", "MODE": "y"}}
    return deis


@pytest.mark.parametrize("shell", SHELLS)
def test_names_that_the_controller_knows(shell, sit_down, known):
    keyboard = sit_down(shell, known)
    assert keyboard.run("deis info -a sh\t") == ["info", "-a", "shop"]
    assert keyboard.run("deis config:list --app=bl\t --oneline") == ["config:list", "--app=blog", "--oneline"]
    assert keyboard.run("deis ps:restart -a shop cr\t") == ["ps:restart", "-a", "shop", "cron"]
    assert keyboard.run("deis scale -a shop w\t2") == ["scale", "-a", "shop", "web=2"]
    assert keyboard.run("deis config:unset -a shop DAT\t MO\t") == [
        "config:unset", "-a", "shop", "DATABASE_URL", "MODE",
    ]  # fmt: skip


@pytest.mark.parametrize("shell", SHELLS)
def test_what_may_come_next_is_shown(shell, sit_down):
    keyboard = sit_down(shell)
    keyboard.press("deis releases:\t\t")
    for verb in ("info", "list", "rollback"):
        keyboard.expect(verb)
