"""Who is an administrator: the first user of the platform, and nobody else by itself."""

from __future__ import annotations

from drive import User

FORBIDDEN = "You do not have permission to perform this action."


def is_administrator(user: User) -> bool:
    """Whether the user may list all users, who are then shown with a mark on administrators."""
    done = user.deis("users:list", "--limit=1000")
    if done.code:
        assert FORBIDDEN in done.err, done.text
        return False
    assert f"*{user.name}" in done.out.splitlines()
    return True


def test_the_first_user_of_an_empty_platform_is_its_administrator(
    administrator: User, was_empty: bool
) -> None:
    assert is_administrator(administrator) == was_empty


def test_later_users_are_no_administrators(owner: User, stranger: User) -> None:
    assert not is_administrator(owner)
    assert not is_administrator(stranger)
