"""Who asks: a token in the Authorization header, or nobody. Source: API specification, section 2.1."""

from __future__ import annotations

from rest_framework.authentication import TokenAuthentication as HeaderAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from controller.model.models import User
from controller.services.accounts import get_user_by_token


class TokenAuthentication(HeaderAuthentication):
    """The header is the framework's business, the token ours."""

    def authenticate_credentials(self, key: str) -> tuple[User, str]:
        user = get_user_by_token(key)
        if user is None:
            raise AuthenticationFailed("Invalid token.")
        if not user.is_active:
            raise AuthenticationFailed("User inactive or deleted.")
        return user, key


class OptionalTokenAuthentication(TokenAuthentication):
    """A wrong token counts as none: for routes that anybody may call."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        try:
            return super().authenticate(request)
        except AuthenticationFailed:
            return None
