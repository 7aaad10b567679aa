"""Users over HTTP. Source: API specification, sections 2, 6.1, 6.2 and 16."""


def test_first_user_is_admin_and_second_is_not(admin, alice):
    assert admin.get("/v2/auth/whoami").json["is_superuser"] is True
    assert alice.get("/v2/auth/whoami/").json["is_superuser"] is False
