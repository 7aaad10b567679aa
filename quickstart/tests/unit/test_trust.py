from pathlib import Path

from quickstart.trust import get_private_authorities


def make_certificate(text: str) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----"


def test_only_what_debian_does_not_ship_is_private(tmp_path: Path) -> None:
    public, bundle = tmp_path / "mozilla", tmp_path / "bundle.crt"
    public.mkdir()
    (public / "known.crt").write_text(make_certificate("AAAA") + "\n")
    bundle.write_text(f"{make_certificate('AAAA')}\n{make_certificate('BBBB')}\n")
    assert get_private_authorities(bundle, public) == make_certificate("BBBB") + "\n"


def test_a_machine_without_a_bundle_has_none(tmp_path: Path) -> None:
    assert get_private_authorities(tmp_path / "none", tmp_path) == ""
