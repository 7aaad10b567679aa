"""``deis users``: everybody who is registered, for administrators."""

from __future__ import annotations

from deis.controllers import build_path
from deis.parameters import limit_option
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import render_count

noun = Noun("users", default="list", column=18)


@noun.verb(
    "list",
    usage="[options]",
    about="list all registered users",
    summary="Lists all registered users. Workflow administrators will be marked with a *.",
)
@limit_option
@pass_session
def list_users(session: Session, *, limit: int | None) -> None:
    page = session.client.list(build_path("users"), session.find_limit(limit))
    session.console.answer(page.document)
    session.console.print(f"=== Users (*=admin){render_count(len(page.results), page.total)}")
    for user in page.results:
        session.console.print(f"{'*' if user.get('is_superuser') else ''}{user['username']}")
