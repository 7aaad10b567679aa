"""An image in a registry that wants a login runs for who has told it, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from drive import Repository
from privateregistry import PASSWORD, USERNAME, running_registry


@pytest.fixture(scope="module")
def private_image(prebuilt: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An image that is not given away without a login."""
    with running_registry(tmp_path_factory.mktemp("registry")) as registry:
        yield registry.push(prebuilt)


def test_without_a_login_it_is_refused(make_app: Callable[..., Repository], private_image: str) -> None:
    app = make_app("nologin")
    refused = app.user.deis("builds:create", private_image, "--app", app.app)
    assert refused.code == 1
    assert f"Permission Denied attempting to pull image {private_image}" in refused.err, refused.text


def test_with_a_wrong_login_it_is_refused_and_with_the_right_one_it_runs(
    make_app: Callable[..., Repository], private_image: str
) -> None:
    app = make_app("login")

    def tell(password: str) -> str:
        return app.user.must("registry:set", f"username={USERNAME}", f"password={password}", "--app", app.app)

    untold = app.user.deis("registry:set", f"username={USERNAME}", f"password={PASSWORD}", "--app", app.app)
    assert untold.code == 1
    assert "PORT needs to be set in the config when using a private registry" in untold.err

    app.user.must("config:set", "PORT=8080", "--app", app.app)
    tell("wrong")
    refused = app.user.deis("builds:create", private_image, "--app", app.app)
    assert refused.code == 1
    assert private_image in refused.err, refused.text

    assert USERNAME in tell(PASSWORD)
    app.user.must("builds:create", private_image, "--app", app.app)
    assert app.fetch().status == 200
    assert "Powered by" in app.fetch().body
