"""``deis domains``: the host names that lead to an app."""

from __future__ import annotations

from deis.api import Json
from deis.controllers import build_path
from deis.parameters import app_option, argument, limit_option
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import render_count

noun = Noun("domains", default="list", column=22)


@noun.verb(
    "add",
    usage="<domain> [options]",
    about="bind a domain to an application",
    summary="Binds a domain to an application.",
)
@argument("<domain>", "the host name, such as www.example.com", "domain")
@app_option
@pass_session
def add(session: Session, domain: str, *, app: str | None) -> None:
    name = session.find_app(app)
    with session.console.progress(f"Adding {domain} to {name}... "):
        added = session.client.post(build_path("apps", name, "domains"), {"domain": domain})
    session.console.answer(added)
    session.console.print("done")


@noun.verb(
    "list",
    usage="[options]",
    about="list domains bound to an application",
    summary="Lists domains bound to an application.",
)
@app_option
@limit_option
@pass_session
def list_domains(session: Session, *, app: str | None, limit: int | None) -> None:
    name = session.find_app(app)
    session.console.answer(show_domains(session, name, limit=session.find_limit(limit)))


def show_domains(session: Session, app: str, *, limit: int) -> Json:
    page = session.client.list(build_path("apps", app, "domains"), limit)
    session.console.print(f"=== {app} Domains{render_count(len(page.results), page.total)}")
    for domain in page.results:
        session.console.print(domain["domain"])
    return page.document


@noun.verb(
    "remove",
    usage="<domain> [options]",
    about="unbind a domain from an application",
    summary="Unbinds a domain for an application.",
)
@argument("<domain>", "the host name", "domain")
@app_option
@pass_session
def remove(session: Session, domain: str, *, app: str | None) -> None:
    name = session.find_app(app)
    with session.console.progress(f"Removing {domain} from {name}... "):
        session.client.delete(build_path("apps", name, "domains", domain, slash=False))
    session.console.answer({"app": name, "domain": domain})
    session.console.print("done")
