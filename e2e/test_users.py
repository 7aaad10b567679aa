"""Who is an administrator: the first user of the platform, and nobody else by itself."""

from __future__ import annotations

from drive import Platform, User, fetch

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


def test_the_image_holds_the_description_of_the_api(platform: Platform) -> None:
    """It need not be made while the controller runs, which would take 30 MiB for ever."""
    directory = "/opt/deis/controller/api/openapi"
    for name in ("openapi.json", "openapi.yaml"):
        held = platform.kubectl(
            "exec", "--namespace", "deis", "deploy/deis-controller", "--", "cat", f"{directory}/{name}"
        )
        assert held.code == 0, held.err
        assert fetch(f"{platform.controller}/v2/{name}").body == held.out
