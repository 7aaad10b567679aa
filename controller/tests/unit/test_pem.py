"""What certificates and keys say, and why they are refused. Source: API specification, section 9.2."""

import base64
import hashlib
import ssl
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.errors import InvalidFields, InvalidPair
from controller.services.pem import parse_certificate, parse_key, parse_pair

from ..pairs import EXPIRES, STARTS, make_block, make_pair, make_rsa_key  # noqa: TID252 - both tiers use it, and tests are no package

NAME = "/C=US/ST=CA/L=San Francisco/O=Example/OU=Engineering/CN=foo.com/emailAddress=engineering@example.com"
PAIR = make_pair("foo.com", san=("www.foo.com", "foo.com"))


def read_problems(call, *values):
    with pytest.raises(InvalidFields) as raised:
        call(*values)
    return raised.value.fields


def test_what_a_certificate_says():
    found = parse_certificate(PAIR.certificate)
    der = ssl.PEM_cert_to_DER_cert(PAIR.certificate)
    digest = hashlib.sha256(der).hexdigest().upper()
    assert found.fingerprint.replace(":", "") == digest
    assert len(found.fingerprint.split(":")) == 32
    assert (found.common_name, found.san) == ("foo.com", ("www.foo.com", "foo.com"))
    assert (found.issuer, found.subject) == (NAME, NAME)
    assert (found.starts, found.expires) == (STARTS, EXPIRES)


def test_a_certificate_without_common_name_or_alternative_names():
    found = parse_certificate(make_pair(None).certificate)
    assert (found.common_name, found.san) == (None, ())
    assert "CN=" not in found.subject


def test_the_first_of_a_chain_counts_and_all_are_kept():
    other = make_pair("ca.example.com")
    found = parse_certificate(f"Bag Attributes\n ✓\n{PAIR.certificate}\nissued by\n{other.certificate}")
    assert found.common_name == "foo.com"
    assert found.pem == PAIR.certificate + other.certificate


@pytest.mark.parametrize(
    "private", [None, make_rsa_key(), ed25519.Ed25519PrivateKey.generate()], ids=["ec", "rsa", "ed25519"]
)
def test_keys_of_every_kind(private):
    traditional = not isinstance(private, ed25519.Ed25519PrivateKey)
    for pair in (
        make_pair("a.com", private=private),
        make_pair("a.com", private=private, traditional=traditional),
    ):
        chain, key = parse_pair(pair.certificate, pair.key)
        assert (chain.pem, key.pem) == (pair.certificate, pair.key)


def test_parameters_in_front_of_a_key_are_left_out():
    parameters = make_block("EC PARAMETERS", b"\x06\x08*\x86H\xce=\x03\x01\x07")
    assert parse_key(parameters + PAIR.key).pem == PAIR.key


def test_windows_line_ends():
    chain, key = parse_pair(PAIR.certificate.replace("\n", "\r\n"), PAIR.key.replace("\n", "\r\n"))
    assert (chain.common_name, chain.public_key) == ("foo.com", key.public_key)


def test_a_key_that_is_another_certificates():
    with pytest.raises(InvalidPair) as raised:
        parse_pair(PAIR.certificate, make_pair("foo.com").key)
    assert raised.value.messages == ["Certificate and private key do not match!"]


def test_a_key_of_a_later_certificate_of_the_chain():
    other = make_pair("ca.example.com")
    with pytest.raises(InvalidPair):
        parse_pair(PAIR.certificate + other.certificate, other.key)


def test_both_problems_are_told_at_once():
    assert set(read_problems(parse_pair, "foo", "bar")) == {"certificate", "key"}
    swapped = read_problems(parse_pair, PAIR.key, PAIR.certificate)
    assert swapped["certificate"][0].startswith("Could not load certificate: it holds a private key")
    assert swapped["key"][0].startswith("Could not load private key: no private key")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("foo", "no certificate in PEM form was found"),
        ("-----BEGIN CERTIFICATE-----\nAAAA", "no certificate in PEM form was found"),
        (make_block("CERTIFICATE", b"\x00\x01"), "number 1 of the file is damaged: "),
        (PAIR.certificate + make_block("CERTIFICATE", b"x" * 40), "number 2 of the file is damaged: "),
        (PAIR.certificate + PAIR.key, "it holds a private key, which belongs into the field key"),
        ("-----BEGIN CERTIFICATE-----\n☃!\n-----END CERTIFICATE-----", "number 1 of the file is damaged: "),
    ],
)
def test_what_is_no_certificate(text, reason):
    (message,) = read_problems(parse_certificate, text)["certificate"]
    assert message.startswith(f"Could not load certificate: {reason}")
    assert "cryptography.io" not in message


def encode(private, kind=PrivateFormat.PKCS8, encryption=None):
    return private.private_bytes(Encoding.PEM, kind, encryption or NoEncryption()).decode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("foo", "no private key in PEM form was found"),
        (PAIR.key + make_pair("b.com").key, "there is more than one"),
        (make_block("PRIVATE KEY", b"\x00\x01"), "it is damaged: "),
        (
            encode(PAIR.private, encryption=BestAvailableEncryption(b"x")),
            "it is encrypted; remove the passphrase",
        ),
        (
            encode(make_rsa_key(), PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"x")),
            "it is encrypted; remove the passphrase",
        ),
        (
            encode(PAIR.private, PrivateFormat.OpenSSH),
            "OPENSSH PRIVATE KEY is not a kind that web servers use",
        ),
        (encode(dsa.generate_private_key(key_size=2048)), "only RSA, elliptic curve and Ed25519 keys"),
        (encode(make_rsa_key(1024)), "an RSA key needs at least 2048 bits, this one has 1024"),
    ],
)
def test_what_is_no_private_key(text, reason):
    (message,) = read_problems(parse_key, text)["key"]
    assert message.startswith(f"Could not load private key: {reason}")
    assert "cryptography.io" not in message


def test_a_name_that_no_database_could_hold():
    assert parse_certificate(make_pair("a\x00b").certificate).common_name == "a\\x00b"


def damage(pem, label, changes):
    """With some bytes changed."""
    content = bytearray(base64.b64decode("".join(pem.splitlines()[1:-1])))
    for place, value in changes:
        content[place % len(content)] = value
    return make_block(label, bytes(content))


CHANGES = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=5)
# The library warns of serial numbers that are not positive; that is no matter of ours.
ODD_SERIAL = pytest.mark.filterwarnings("ignore:Parsed a serial number:Warning")


@ODD_SERIAL
@given(CHANGES)
@settings(max_examples=400, deadline=None, derandomize=True)
def test_a_damaged_certificate_is_refused_or_read(changes):
    """Never anything else: the user saw a server error."""
    with suppress(InvalidFields):
        assert parse_certificate(damage(PAIR.certificate, "CERTIFICATE", changes)).pem


@given(CHANGES)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_a_damaged_key_is_refused_or_read(changes):
    with suppress(InvalidFields):
        assert parse_key(damage(PAIR.key, "PRIVATE KEY", changes)).pem


@given(st.text(), st.text())
@settings(max_examples=100, deadline=None, derandomize=True)
def test_any_text_is_refused(certificate, key):
    assert set(read_problems(parse_pair, certificate, key)) == {"certificate", "key"}


def test_a_certificate_of_no_version():
    """One byte in a real one; the library has an error of its own for that."""
    content = base64.b64decode("".join(PAIR.certificate.splitlines()[1:-1]))
    place = content.index(bytes.fromhex("a003020102")) + 4
    (message,) = read_problems(parse_certificate, damage(PAIR.certificate, "CERTIFICATE", [(place, 13)]))[
        "certificate"
    ]
    assert (
        message
        == "Could not load certificate: number 1 of the file is damaged: 13 is not a valid X509 version"
    )
