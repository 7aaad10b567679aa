"""``deis services``: process types besides web that get requests, by path.

Source: cli specification, section 12. ``--type`` and ``--route`` are mere markers before the words.
"""

from __future__ import annotations

from deis.api import check_objects, get_array
from deis.controllers import build_path
from deis.parameters import app_option, argument, option
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import render_pairs

noun = Noun("services", default="list", column=23)


@noun.verb(
    "add",
    usage="--type <procfile_type> --route <path_pattern> [options]",
    about="create service for an application",
    summary="Creates extra service for an application and binds it to specific route of the main app domain",
)
@argument("<procfile_type>", "the process type", "kind")
@argument("<path_pattern>", "the path, such as /api", "route")
@option("--type", "stands before the process type", "type_mark", must_be_given=True, expose_value=False)
@option("--route", "stands before the path", "route_mark", must_be_given=True, expose_value=False)
@app_option
@pass_session
def add(session: Session, kind: str, route: str, *, app: str | None) -> None:
    name = session.find_app(app)
    with session.console.progress(f"Adding {kind} ({route}) to {name}... "):
        body = {"procfile_type": kind, "path_pattern": route}
        session.client.post(build_path("apps", name, "services"), body)
    session.console.answer({"app": name, **body})
    session.console.print("done")


@noun.verb(
    "list",
    usage="[options]",
    about="list application services",
    summary="Lists extra services for an application",
)
@app_option
@pass_session
def list_services(session: Session, *, app: str | None) -> None:
    name = session.find_app(app)
    answer = session.client.get(build_path("apps", name, "services"))
    services = check_objects(get_array(answer, "services"))
    pairs = {str(service["procfile_type"]): service["path_pattern"] for service in services}
    session.console.answer({"app": name, "services": services})
    session.console.write(f"=== {name} Services\n{render_pairs(pairs, gap=5)}")


@noun.verb(
    "remove",
    usage="<procfile_type> [options]",
    about="remove service from an application",
    summary="Deletes specific extra service for application",
)
@argument("<procfile_type>", "the process type", "kind")
@app_option
@pass_session
def remove(session: Session, kind: str, *, app: str | None) -> None:
    name = session.find_app(app)
    with session.console.progress(f"Removing {kind} from {name}... "):
        session.client.delete(build_path("apps", name, "services"), {"procfile_type": kind})
    session.console.answer({"app": name, "procfile_type": kind})
    session.console.print("done")
