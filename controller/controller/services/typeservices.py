"""Process types that get requests of their own. They never make a release.

Source: API specification, section 15.
"""

from __future__ import annotations

import re

from django.db.models import QuerySet

from controller.cluster.names import build_process_name
from controller.errors import InvalidService, NoMatch
from controller.model.models import App, Domain, Service
from controller.services.configmaps import describe_type
from controller.services.routing import lock_name, publish, routing_lock
from controller.services.tools import Tools
from kit.logs import app_logger

log = app_logger(__name__)

WRONG_PATTERN = "Service value should be valid regex (or set of regex split by comma)"


def list_type_services(app: App) -> QuerySet[Service]:
    """Newest first."""
    return Service.objects.filter(app=app).order_by("-created", "-id")


def check_type_service(procfile_type: str, path_pattern: str) -> None:
    """
    Raises:
        InvalidService: with everything that is wrong.
    """
    problems = [problem for problem in [describe_type(procfile_type)] if problem]
    if not all(map(is_pattern, path_pattern.split(","))):
        problems.append(WRONG_PATTERN)
    if problems:
        raise InvalidService(problems)


def is_pattern(text: str) -> bool:
    """A regular expression that is not empty."""
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        return False
    return text != ""


def set_type_service(app: App, procfile_type: str, path_pattern: str, *, tools: Tools) -> bool:
    """Whether anything had to be changed.

    Raises:
        InvalidService: another app has that name.
        ClusterError: the cluster could not be told; nothing is stored.
    """
    check_type_service(procfile_type, path_pattern)
    name = build_process_name(app.id, procfile_type)
    with routing_lock(app):
        row = Service.objects.filter(app=app, procfile_type=procfile_type).first()
        if row is not None and row.path_pattern == path_pattern:
            return False
        if row is None:
            lock_name(name)
            if is_taken(name):
                raise InvalidService([f"The name {name} is already in use by another app"])
            row = Service(app=app, owner=app.owner, name=name, procfile_type=procfile_type)
        row.path_pattern = path_pattern
        row.save()
        publish(app, tools=tools)
    log.info(app.id, "service %s updated", name)
    return True


def remove_type_service(app: App, procfile_type: str, *, tools: Tools) -> None:
    with routing_lock(app):
        deleted, _ = Service.objects.filter(app=app, procfile_type=procfile_type).delete()
        if not deleted:
            raise NoMatch("Service")
        tools.cluster.delete_type_service(app.id, procfile_type)
    log.info(app.id, "service %s removed", build_process_name(app.id, procfile_type))


def is_taken(name: str) -> bool:
    """The router knows a Service by its name, as it does apps and domains: it goes to one of them."""
    return (
        App.objects.filter(id=name).exists()
        or Domain.objects.filter(domain=name).exists()
        or Service.objects.filter(name=name).exists()
    )
