"""``deis audit``: who changed what, and when."""

from __future__ import annotations

from urllib.parse import urlencode

from deis.api import Json, parse_page
from deis.controllers import build_path
from deis.parameters import app_option, limit_option, option
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import render_columns, render_count

noun = Noun("audit", default="list", column=14)

_TITLES = ("TIME", "WHO", "DID", "TO", "OUTCOME", "FROM")


@noun.verb(
    "list",
    usage="[-a --app=<app>|--all] [options]",
    about="list who changed what",
    summary="Lists changes, newest first: of an application for its owner, or of the whole platform for\n"
    "administrators.",
    exclusive=[("--app", "--all")],
)
@app_option
@option("--all", "changes on the whole platform", "everything")
@option("--actor=<username>", "changes by this user")
@limit_option
@pass_session
def list_entries(
    session: Session, *, app: str | None, everything: bool, actor: str | None, limit: int | None
) -> None:
    name = None if everything else session.find_app(app)
    path = build_path("audit") if name is None else build_path("apps", name, "audit")
    query = {"limit": str(session.find_limit(limit)), **({"actor": actor} if actor else {})}
    page = parse_page(session.client.request("GET", f"{path}?{urlencode(query)}").text)
    session.console.answer(page.document)
    whose = "Audit" if name is None else f"{name} Audit"
    session.console.print(f"=== {whose}{render_count(len(page.results), page.total)}")
    rows = [build_row(entry) for entry in page.results]
    session.console.write(render_columns(_TITLES, rows, width=session.console.width, whole=("TIME",)))


def build_row(entry: Json) -> list[str]:
    keys = ("time", "actor", "action", "target", "outcome", "address")
    return [str(entry.get(key) or "") for key in keys]
