"""``deis version``: of the client, and of the controller if asked."""

from __future__ import annotations

from deis import API_VERSION, __version__
from deis.parameters import option
from deis.program import Command, Noun, pass_session
from deis.session import Session

noun = Noun("version", default=None, column=0)


@noun.command(
    "version", cls=Command, usage="[options]", summary="Displays the client version.", short_help=""
)
@option("-a --all", "show the versions of the API, too", "everything")
@pass_session
def version(session: Session, *, everything: bool) -> None:
    """What needs the controller comes last, so that the rest shows without one."""
    versions = {"client": f"v{__version__}", "client_api": API_VERSION}
    session.console.answer(versions)
    if not everything:
        session.console.print(f"v{__version__}")
        return
    session.console.print(f"Workflow CLI Version:            v{__version__}")
    session.console.print(f"Workflow CLI API Version:        {API_VERSION}")
    session.console.flush()
    profile = session.profile
    client = session.connect(profile.controller, ssl_verify=profile.ssl_verify)
    theirs = client.get_health().api_version
    session.console.answer({**versions, "controller_api": theirs})
    session.console.print(f"Workflow Controller API Version: {theirs}")
