"""Domains, settings, whitelist, TLS, services over HTTP. Source: API specification, sections 9.1, 9.3 to 9.5, 15."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from controller.api.fields import DomainFields, SettingsFields, TLSFields
from controller.api.rendering import render_domain, render_settings, render_tls, render_type_service
from controller.api.views import PlatformView, get_body, parse
from controller.services import appsettings, domains, routing, typeservices
from kit.errors import InvalidInput


class DomainsView(PlatformView):
    def get(self, _: Request, **__: str) -> Response:
        return self.page(domains.list_domains(self.app), render_domain)

    def post(self, request: Request, **_: str) -> Response:
        fields = parse(DomainFields, request)
        domain = domains.add_domain(self.app, fields["domain"], by=self.user, tools=self.tools)
        return Response(render_domain(domain), status=201)


class DomainView(PlatformView):
    def delete(self, _: Request, domain: str, **__: str) -> Response:
        domains.remove_domain(self.app, domain, tools=self.tools)
        return Response(status=204)


class SettingsView(PlatformView):
    def get(self, _: Request, **__: str) -> Response:
        return Response(render_settings(routing.get_settings(self.app)))

    def post(self, request: Request, **_: str) -> Response:
        given = parse(SettingsFields, request)
        appsettings.check_autoscale(given.get("autoscale") or {})
        changed = appsettings.change_settings(self.app, given, by=self.user, tools=self.tools)
        return Response(render_settings(changed), status=201)


class WhitelistView(PlatformView):
    def get(self, _: Request, **__: str) -> Response:
        return Response({"addresses": routing.get_settings(self.app).whitelist})

    def post(self, request: Request, **_: str) -> Response:
        addresses = parse_addresses(request)
        changed = appsettings.add_addresses(self.app, addresses, by=self.user, tools=self.tools)
        return Response({"addresses": changed.whitelist}, status=201)

    def delete(self, request: Request, **_: str) -> Response:
        addresses = parse_addresses(request)
        appsettings.remove_addresses(self.app, addresses, by=self.user, tools=self.tools)
        return Response(status=204)


class TLSView(PlatformView):
    def get(self, _: Request, **__: str) -> Response:
        return Response(render_tls(routing.get_tls(self.app)))

    def post(self, request: Request, **_: str) -> Response:
        enforced = parse(TLSFields, request).get("https_enforced")
        tls = appsettings.change_tls(self.app, enforced, by=self.user, tools=self.tools)
        return Response(render_tls(tls), status=201)


class ServicesView(PlatformView):
    def get(self, _: Request, **__: str) -> Response:
        rows = typeservices.list_type_services(self.app)
        return Response({"services": [render_type_service(row) for row in rows]})

    def post(self, request: Request, **_: str) -> Response:
        wanted = [parse_text(request, name) for name in ("procfile_type", "path_pattern")]
        changed = typeservices.set_type_service(self.app, *wanted, tools=self.tools)
        return Response(status=201 if changed else 204)

    def delete(self, request: Request, **_: str) -> Response:
        typeservices.remove_type_service(self.app, parse_text(request, "procfile_type"), tools=self.tools)
        return Response(status=204)


def parse_text(request: Request, name: str) -> str:
    """
    Raises:
        InvalidInput: the body has no such text.
    """
    value: Any = get_body(request).get(name)
    if not isinstance(value, str):
        raise InvalidInput(f"{name} is a required field")
    return value


def parse_addresses(request: Request) -> list[str]:
    """
    Raises:
        InvalidInput: there is no list of them.
    """
    addresses: Any = get_body(request).get("addresses")
    if not isinstance(addresses, list):
        raise InvalidInput("addresses is a required field")
    return [str(address) for address in addresses]
