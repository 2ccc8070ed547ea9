"""Where the server listens, by which names, and under which certificate; what would expose a house is refused.

On this machine alone (127.0.0.1, ::1) a certificate is not needed. Any other address is public: it asks for a
certificate, so that nobody on the way reads or signs in as somebody, and for named people, since this machine's own
user is then not the only one who can knock.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from counterflow.core.errors import ConfigError
from counterflow.core.settings import ServeSettings

__all__ = ["LOOPBACK", "Reach", "listen", "reach_of"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_BACKLOG = 256


@dataclass(frozen=True, slots=True)
class Reach:
    """How a server is reached.

    Args:
        address: IP address it listens on.
        port: port; 0 takes a free one.
        names: host names it answers to.
        certificate: its certificate and that one's key; None where nothing is encrypted.
    """

    address: str
    port: int
    names: tuple[str, ...]
    certificate: tuple[Path, Path] | None

    @property
    def scheme(self) -> str:
        """`https` where there is a certificate."""
        return "https" if self.certificate else "http"

    @property
    def public(self) -> bool:
        """Whether anybody but this machine can reach it."""
        return not ipaddress.ip_address(self.address).is_loopback

    def url(self, port: int) -> str:
        """Return the address that people type."""
        given = next((name for name in self.names if name not in LOOPBACK), "")
        host = given or ("127.0.0.1" if ipaddress.ip_address(self.address).is_unspecified else self.address)
        return f"{self.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def reach_of(settings: ServeSettings, folder: Path, port: int, *, people: bool) -> Reach:
    """Return where to listen, or refuse.

    Args:
        settings: what was set.
        folder: workspace folder, from which relative file names start.
        port: port to take.
        people: whether anybody is named who could sign in.

    Raises:
        ConfigError: a public address without certificate or people, or files that do not fit.
    """
    address = _ip(settings.address)
    pair = _certificate(settings, folder)
    if not ipaddress.ip_address(address).is_loopback:
        missing: Mapping[str, bool] = {
            "serve.certificate and serve.certificate_key (PEM files)": pair is None,
            "named people (`counterflow access add-user NAME --role admin`)": not people,
            "the host names that people use (serve.names)": not settings.names,
        }
        wanting = [words for words, is_missing in missing.items() if is_missing]
        if wanting:
            raise ConfigError(
                f"Listening on {address} would show this workspace to the network.",
                hint=f"It needs {'; '.join(wanting)}. Or leave serve.address at 127.0.0.1.",
            )
    names = dict.fromkeys((*LOOPBACK, *(name.strip().lower().rstrip(".") for name in settings.names)))
    if not ipaddress.ip_address(address).is_unspecified:
        names[address] = None
    return Reach(address, port, tuple(names), pair)


def listen(reach: Reach) -> socket.socket:
    """Take the address.

    Raises:
        ConfigError: it cannot be had.
    """
    family = socket.AF_INET6 if ":" in reach.address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((reach.address, reach.port))
    except OSError as error:
        listener.close()
        what = f"Port {reach.port}" if reach.address == "127.0.0.1" else f"{reach.address} port {reach.port}"
        raise ConfigError(
            f"{what} cannot be had: {error.strerror}.", hint="Give another with --port, or --port 0."
        ) from error
    listener.listen(_BACKLOG)
    return listener


def _ip(address: str) -> str:
    """Return the IP address that a setting means.

    >>> _ip("localhost"), _ip("0.0.0.0")
    ('127.0.0.1', '0.0.0.0')
    """
    plain = address.strip().strip("[]")
    if plain.lower() == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(plain))
    except ValueError:
        raise ConfigError(
            f"serve.address = {address!r} is no IP address.",
            hint="Give one of this machine's, or 0.0.0.0 for all of them; names go into serve.names.",
        ) from None


def _certificate(settings: ServeSettings, folder: Path) -> tuple[Path, Path] | None:
    if not settings.certificate and not settings.certificate_key:
        return None
    if not settings.certificate or not settings.certificate_key:
        raise ConfigError(
            "A certificate and its key go together.", hint="Set both serve.certificate and serve.certificate_key."
        )
    pair = folder / settings.certificate, folder / settings.certificate_key
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*pair, password=_no_password)
    except (OSError, ValueError) as error:
        said = getattr(error, "reason", "") or getattr(error, "strerror", "") or "it asks for a password"
        raise ConfigError(
            f"The certificate {pair[0]} and the key {pair[1]} cannot be used: {said}.",
            hint="Give the certificate with its chain and the unencrypted key that belongs to it, both as PEM.",
        ) from error
    if pair[1].stat().st_mode & 0o007:
        raise ConfigError(f"Every user of this machine can read the key {pair[1]}.", hint="Run `chmod 600` on it.")
    return pair


def _no_password() -> str:
    raise ValueError
