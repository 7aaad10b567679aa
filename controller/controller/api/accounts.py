"""Users and keys over HTTP. Source: API specification, sections 6.1, 6.2 and 9.6."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from controller.api.authentication import OptionalTokenAuthentication
from controller.api.fields import KeyFields, LoginFields, RegisterFields
from controller.api.origins import find_address
from controller.api.rendering import render_admin, render_key, render_user
from controller.api.views import PlatformView, get_body, parse
from controller.services import accounts, keys
from kit.errors import InvalidInput


class RootView(PlatformView):
    def get(self, _: Request) -> Response:
        return Response({})


class RegisterView(PlatformView):
    authentication_classes = (OptionalTokenAuthentication,)

    def post(self, request: Request) -> Response:
        accounts.require_registration(self.tools.settings.registration_mode, self.find_user())
        user = accounts.register(parse(RegisterFields, request))
        return Response(render_user(user), status=201)


class LoginView(PlatformView):
    authentication_classes = (OptionalTokenAuthentication,)

    def post(self, request: Request) -> Response:
        fields = parse(LoginFields, request)
        token = accounts.login(
            fields["username"],
            fields["password"],
            address=find_address(request),
            directory=self.tools.directory,
        )
        return Response({"token": token})


class WhoamiView(PlatformView):
    def get(self, _: Request) -> Response:
        return Response(render_user(self.user))


class PasswdView(PlatformView):
    def post(self, request: Request) -> Response:
        accounts.change_password(get_body(request), by=self.user, address=find_address(request))
        return Response({"status": "password set"})


class CancelView(PlatformView):
    def delete(self, request: Request) -> Response:
        accounts.cancel(get_body(request).get("username"), by=self.user)
        return Response(status=204)


class TokensView(PlatformView):
    def post(self, request: Request) -> Response:
        token = accounts.regenerate_tokens(get_body(request), by=self.user)
        return Response({"token": token} if token else "")


class UsersView(PlatformView):
    def get(self, _: Request) -> Response:
        return self.page(accounts.list_users(), render_user)


class AdminsView(PlatformView):
    def get(self, _: Request) -> Response:
        return self.page(accounts.list_admins(), render_admin)

    def post(self, request: Request) -> Response:
        username = get_body(request).get("username")
        if not username:
            raise InvalidInput("username is a required field")
        accounts.set_admin(username, admin=True)
        return Response(status=201)


class AdminView(PlatformView):
    def delete(self, _: Request, username: str) -> Response:
        accounts.set_admin(username, admin=False)
        return Response(status=204)


class KeysView(PlatformView):
    def get(self, _: Request) -> Response:
        return self.page(keys.list_keys(self.user), render_key)

    def post(self, request: Request) -> Response:
        fields = parse(KeyFields, request)
        key = keys.add_key(fields["id"], fields["public"], owner=self.user)
        return Response(render_key(key), status=201)


class KeyView(PlatformView):
    def get(self, _: Request, key: str) -> Response:
        return Response(render_key(keys.get_key(key, owner=self.user)))

    def delete(self, _: Request, key: str) -> Response:
        keys.remove_key(key, owner=self.user)
        return Response(status=204)
