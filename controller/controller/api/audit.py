"""The trail of changes over HTTP."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from controller.api.views import PlatformView
from controller.cluster.environment import render_time
from controller.model.models import AuditEntry
from controller.services import audit


def render_entry(entry: AuditEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "time": render_time(entry.moment),
        "actor": entry.actor,
        "address": entry.address,
        "agent": entry.agent,
        "action": entry.action,
        "target": entry.target,
        "app": entry.app_id or None,
        "outcome": entry.outcome,
        "details": entry.details,
        "operation": str(entry.operation) if entry.operation else None,
    }


class AppAuditView(PlatformView):
    """An app's; ``actor`` narrows it down."""

    def get(self, request: Request, **__: str) -> Response:
        entries = audit.list_app_entries(self.app, actor=request.query_params.get("actor"))
        return self.page(entries, render_entry)


class AuditView(PlatformView):
    """All of the platform's; ``app`` and ``actor`` narrow it down."""

    def get(self, request: Request) -> Response:
        wanted = request.query_params
        entries = audit.list_entries(app=wanted.get("app"), actor=wanted.get("actor"))
        return self.page(entries, render_entry)
