"""``deis whitelist``: the addresses that may reach an app."""

from __future__ import annotations

from deis.api import get_array
from deis.controllers import build_path
from deis.parameters import app_option, argument
from deis.program import Noun, pass_session
from deis.session import Session

noun = Noun("whitelist", default="list", column=24)


@noun.verb(
    "add",
    usage="<addresses> [options]",
    about="adds addresses to the application's whitelist",
    summary="Adds addresses to an application whitelist.",
)
@argument("<addresses>", "addresses or networks, separated by commas", "addresses")
@app_option
@pass_session
def add(session: Session, addresses: str, *, app: str | None) -> None:
    name = session.find_app(app)
    with session.console.progress(f"Adding {addresses} to {name} whitelist...\n"):
        body = {"addresses": addresses.split(",")}
        changed = session.client.post(build_path("apps", name, "whitelist"), body)
    session.console.answer({"app": name, "addresses": changed.get("addresses") or []})
    session.console.print("done")


@noun.verb(
    "list",
    usage="[options]",
    about="list addresses in the application's whitelist",
    summary="Lists whitelisted addresses for an application.",
)
@app_option
@pass_session
def list_addresses(session: Session, *, app: str | None) -> None:
    name = session.find_app(app)
    addresses = get_array(session.client.get(build_path("apps", name, "whitelist")), "addresses")
    session.console.answer({"app": name, "addresses": addresses})
    session.console.print(f"=== {name} Whitelisted Addresses")
    for address in addresses:
        session.console.print(address)


@noun.verb(
    "remove",
    usage="<addresses> [options]",
    about="remove addresses from the application's whitelist",
    summary="Removes addresses from an application whitelist.",
)
@argument("<addresses>", "addresses or networks, separated by commas", "addresses")
@app_option
@pass_session
def remove(session: Session, addresses: str, *, app: str | None) -> None:
    name = session.find_app(app)
    with session.console.progress(f"Removing {addresses} from {name} whitelist...\n"):
        session.client.delete(build_path("apps", name, "whitelist"), {"addresses": addresses.split(",")})
    session.console.answer({"app": name, "removed": addresses.split(",")})
    session.console.print("done")
