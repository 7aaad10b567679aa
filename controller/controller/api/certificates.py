"""Certificates over HTTP. Source: API specification, section 9.2."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from controller.api.fields import CertificateFields
from controller.api.rendering import render_certificate
from controller.api.views import PlatformView, get_body, parse
from controller.services import certificates
from kit.errors import InvalidInput


class CertificatesView(PlatformView):
    def get(self, _: Request) -> Response:
        return self.page(certificates.list_certificates(self.user), render_certificate)

    def post(self, request: Request) -> Response:
        fields = parse(CertificateFields, request)
        added = certificates.add_certificate(
            fields["name"], fields["certificate"], fields["key"], owner=self.user
        )
        return Response(render_certificate(added), status=201)


class CertificateView(PlatformView):
    def get(self, _: Request, name: str) -> Response:
        return Response(render_certificate(certificates.get_certificate(name, owner=self.user)))

    def delete(self, _: Request, name: str) -> Response:
        certificates.remove_certificate(name, owner=self.user, tools=self.tools)
        return Response(status=204)


class AttachmentView(PlatformView):
    """``domain`` may be in the address, too; the body wins."""

    def post(self, request: Request, name: str, domain: str | None = None) -> Response:
        wanted = get_body(request).get("domain") or domain
        certificates.attach(name, require_domain(wanted), by=self.user, tools=self.tools)
        return Response(status=201)

    def delete(self, _: Request, name: str, domain: str | None = None) -> Response:
        certificates.detach(name, require_domain(domain), by=self.user, tools=self.tools)
        return Response(status=204)


def require_domain(value: object) -> str:
    """
    Raises:
        InvalidInput: no domain was named.
    """
    if not isinstance(value, str) or not value:
        raise InvalidInput("domain is a required field")
    return value
