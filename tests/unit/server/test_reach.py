"""Where a server may listen: this machine freely, the network only with a certificate, people and names."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from counterflow.core.errors import ConfigError
from counterflow.core.settings import ServeSettings
from counterflow.server.app import openid_of
from counterflow.server.reach import listen, reach_of


def write_pair(folder, name="localhost", key=None, password=None):
    """A certificate signed by its own key, as `certificate.pem` and `key.pem`."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, locked))
    (folder / "key.pem").chmod(0o600)


PAIR = {"certificate": "certificate.pem", "certificate_key": "key.pem"}


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "127.0.0.7"])
def test_this_machine_needs_neither_certificate_nor_people(tmp_path, address):
    reach = reach_of(ServeSettings(address=address), tmp_path, 0, people=False)
    assert not reach.public
    assert reach.scheme == "http"
    assert {"127.0.0.1", "localhost"} <= set(reach.names)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.7", "2001:db8::7"])  # noqa: S104 - what is refused
def test_the_network_is_refused_until_certificate_people_and_names_are_there(tmp_path, address):
    write_pair(tmp_path)
    names = {"names": ("console.example",)}
    for given, people, missing in (
        ({}, False, ("certificate", "named people", "serve.names")),
        (PAIR | names, False, ("named people",)),
        (names, True, ("certificate",)),
        (PAIR, True, ("serve.names",)),
    ):
        with pytest.raises(ConfigError, match="would show this workspace to the network") as refused:
            reach_of(ServeSettings(address=address, **given), tmp_path, 0, people=people)
        assert all(words in refused.value.hint for words in missing)
        assert ("named people" in refused.value.hint) == (not people)
    reach = reach_of(ServeSettings(address=address, **PAIR, **names), tmp_path, 8321, people=True)
    assert reach.public
    assert reach.scheme == "https"
    assert reach.url(8321) == "https://console.example:8321"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"address": "console.example"}, "is no IP address"),
        ({"certificate": "certificate.pem"}, "go together"),
        ({"certificate": "nothing.pem", "certificate_key": "key.pem"}, "cannot be used"),
        ({"certificate": "key.pem", "certificate_key": "key.pem"}, "cannot be used"),
        ({"certificate": "certificate.pem", "certificate_key": "other.pem"}, "cannot be used"),
        ({"certificate": "certificate.pem", "certificate_key": "locked.pem"}, "cannot be used"),
        ({"certificate": "certificate.pem", "certificate_key": "loose.pem"}, "Every user of this machine can read"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(tmp_path, given, said):
    for name, password in (("other.pem", None), ("locked.pem", b"secret"), ("loose.pem", None)):
        write_pair(tmp_path, password=password)
        (tmp_path / "key.pem").rename(tmp_path / name)
    key = serialization.load_pem_private_key((tmp_path / "loose.pem").read_bytes(), None)
    write_pair(tmp_path, key=key)
    (tmp_path / "loose.pem").chmod(0o604)
    with pytest.raises(ConfigError, match=said):
        reach_of(ServeSettings(**given), tmp_path, 0, people=True)


def test_the_identity_provider_needs_a_safe_address_and_a_secret_that_nobody_else_reads(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n", "utf-8")
    secret.chmod(0o600)
    given = {"oidc_issuer": "https://id.example", "oidc_client": "console", "oidc_secret_file": "secret"}
    found = openid_of(ServeSettings(**given), tmp_path)
    assert found.provider.secret == "s3cret"
    assert openid_of(ServeSettings(), tmp_path) is None
    for changed, said in (
        ({"oidc_issuer": "http://id.example"}, "is not safe"),
        ({"oidc_client": ""}, "an id and a secret"),
        ({"oidc_secret_file": "absent"}, "cannot be read"),
    ):
        with pytest.raises(ConfigError, match=said):
            openid_of(ServeSettings(**(given | changed)), tmp_path)
    secret.chmod(0o644)
    with pytest.raises(ConfigError, match="Every user"):
        openid_of(ServeSettings(**given), tmp_path)


@pytest.mark.service
def test_a_port_that_is_taken_is_said_in_words(tmp_path):
    reach = reach_of(ServeSettings(), tmp_path, 0, people=False)
    with listen(reach) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"Port {port} cannot be had"):
            listen(reach_of(ServeSettings(), tmp_path, port, people=False))
