"""Signing in with an identity provider: OpenID Connect, authorization code with PKCE, state and nonce.

What is asked of the provider is what OpenID Connect Core 1.0 (section 3.1) and RFC 9700 (best practice, 2025) ask for:

* code flow with PKCE S256 (RFC 7636), so that a stolen code is of no use;
* `state`, bound to the browser by a cookie, so that nobody signs somebody else in;
* `nonce`, bound to the ID token, so that a token of another sign-in is of no use;
* `iss` of the answer, where the provider sends one, against mix-up (RFC 9207);
* the ID token's signature by the provider's published keys, with asymmetric algorithms only; its issuer, audience,
  authorised party, times and access-token hash.

The provider says who somebody is. What they may do stays with this house: whoever is not named here gets no further.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import secrets
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from counterflow.core.errors import AccessError, ConfigError, EngineError

__all__ = ["Asserted", "OpenId", "Provider", "ProviderAway"]

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
#: time that a person has at the provider's page
PENDING_SECONDS = 600.0
#: sign-ins under way that are remembered; the oldest gives way, so that nobody fills the memory
MOST_PENDING = 2000
#: clocks of two machines differ a little
LEEWAY_SECONDS = 60
_KEEP_SECONDS = 3600.0
_LEAST_BETWEEN_SECONDS = 30.0
_MOST_BYTES = 512 * 1024
_WAIT_SECONDS = 8.0


class ProviderAway(EngineError):  # noqa: N818 - reads as what it is
    """The identity provider did not answer, or not as one does."""

    code = "provider-away"
    http_status = 502
    retryable = True


@dataclass(frozen=True, slots=True)
class Provider:
    """Where people of this house sign in.

    Args:
        issuer: its address, exactly as its tokens name it; https, or http on this machine.
        client: this console's id there.
        secret: this console's secret there.
        scope: what is asked for.
        authorities: file of certificates that vouch for it, where the system's do not.
    """

    issuer: str
    client: str
    secret: str
    scope: str = "openid profile email"
    authorities: Path | None = None

    def __post_init__(self) -> None:
        """Refuse an address at which tokens could be read on their way.

        Raises:
            ConfigError: it is no safe address.
        """
        if not _safe_address(self.issuer):
            raise ConfigError(
                f"The identity provider's address {self.issuer!r} is not safe.",
                hint="Give one that begins with https://.",
            )


@dataclass(frozen=True, slots=True)
class Asserted:
    """Who somebody is, as the provider says.

    Args:
        issuer: who says so.
        subject: its own, never changing id of them.
        shown: what it calls them, to be shown and never trusted.
        goes_to: page of ours that they wanted to see.
    """

    issuer: str
    subject: str
    shown: str
    goes_to: str


@dataclass(frozen=True, slots=True)
class _Pending:
    state: str
    nonce: str
    verifier: str
    returns_to: str
    goes_to: str
    since: float


class OpenId:
    """Signs people in with one provider.

    Args:
        provider: where.
        now: monotonic seconds.
    """

    def __init__(self, provider: Provider, *, now: Callable[[], float] = time.monotonic) -> None:
        self.provider = provider
        self._now = now
        self._lock = threading.Lock()
        self._pending: OrderedDict[str, _Pending] = OrderedDict()
        self._described: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, dict[str, Any]] | None = None
        self._asked_anew = -_LEAST_BETWEEN_SECONDS

    def begin(self, returns_to: str, goes_to: str) -> tuple[str, str]:
        """Return the address to send the browser to, and what to keep in its cookie meanwhile.

        Args:
            returns_to: address of ours that the provider sends the browser back to.
            goes_to: page of ours to show afterwards.

        Raises:
            ProviderAway: it does not answer.
        """
        from authlib.common.security import generate_token

        described = self._description()
        pending = _Pending(
            secrets.token_urlsafe(32), secrets.token_urlsafe(32), generate_token(64), returns_to, goes_to, self._now()
        )
        binding = secrets.token_urlsafe(32)
        with self._client(returns_to) as client:
            address, _ = client.create_authorization_url(
                described["authorization_endpoint"],
                state=pending.state,
                nonce=pending.nonce,
                code_verifier=pending.verifier,
            )
        with self._lock:
            self._pending[_digest(binding)] = pending
            while len(self._pending) > MOST_PENDING:
                self._pending.popitem(last=False)
        return str(address), binding

    def finish(self, binding: str, answer: Mapping[str, str]) -> Asserted:
        """Return who came back from the provider.

        Args:
            binding: what the browser's cookie kept; good once.
            answer: query of the address that the provider sent the browser to.

        Raises:
            AccessError: the answer is not one to our question, or the provider's token does not hold.
            ProviderAway: it does not answer.
        """
        with self._lock:
            pending = self._pending.pop(_digest(binding), None)
        if pending is None or self._now() - pending.since > PENDING_SECONDS:
            raise AccessError("This sign-in is too old, or was begun elsewhere.", hint=_AGAIN)
        if not hmac.compare_digest(answer.get("state", "").encode(), pending.state.encode()):
            raise AccessError("This answer belongs to another sign-in.", hint=_AGAIN)
        if answer.get("iss", self.provider.issuer) != self.provider.issuer:
            raise AccessError("This answer comes from another identity provider.", hint=_AGAIN)
        if "error" in answer or not answer.get("code"):
            said = answer.get("error_description") or answer.get("error") or "no code came"
            raise AccessError(f"The identity provider did not sign you in: {said[:200]}.", hint=_AGAIN)
        claims = self._claims(self._token(pending, answer["code"]), pending.nonce)
        shown = next(
            (c for key in ("preferred_username", "email", "name") if isinstance(c := claims.get(key), str)), ""
        )
        return Asserted(self.provider.issuer, str(claims["sub"]), shown[:100], pending.goes_to)

    def _token(self, pending: _Pending, code: str) -> Mapping[str, Any]:
        from authlib.integrations.base_client.errors import OAuthError

        endpoint = self._description()["token_endpoint"]
        with self._client(pending.returns_to) as client, _answering():
            try:
                token: Mapping[str, Any] = client.fetch_token(
                    endpoint, grant_type="authorization_code", code=code, code_verifier=pending.verifier
                )
            except OAuthError as error:
                raise AccessError(
                    f"The identity provider did not take the code: {str(error)[:200]}.", hint=_AGAIN
                ) from error
        if not isinstance(token.get("id_token"), str):
            raise AccessError("The identity provider sent no ID token.", hint="Is `openid` among its scopes?")
        return token

    def _claims(self, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """Return what the ID token says, once everything about it holds (OpenID Connect Core 1.0, section 3.1.3.7)."""
        from authlib.oidc.core import CodeIDToken
        from joserfc.errors import JoseError

        try:
            read = self._opened(token["id_token"])
            claims = CodeIDToken(
                read.claims,
                read.header,
                options={
                    "iss": {"essential": True, "value": self.provider.issuer},
                    "aud": {"essential": True, "value": self.provider.client},
                    "sub": {"essential": True},
                    "nonce": {"essential": True, "value": nonce},
                },
                params={"nonce": nonce, "client_id": self.provider.client, "access_token": token.get("access_token")},
            )
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise AccessError(
                f"The identity provider's token does not hold: {type(error).__name__}.",
                hint="Sign in again; if it stays, the clocks or the settings of the two do not agree.",
            ) from error
        found: Mapping[str, Any] = dict(claims)
        return found

    def _opened(self, text: str) -> Any:
        """Return the token once a published key of the provider has signed it; new keys are asked for once."""
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError
        from joserfc.jwk import KeySet

        try:
            return jwt.decode(text, KeySet.import_key_set(self._published()), algorithms=list(ALGORITHMS))
        except InvalidKeyIdError:
            return jwt.decode(text, KeySet.import_key_set(self._published(anew=True)), algorithms=list(ALGORITHMS))

    def _description(self) -> dict[str, Any]:
        """Return how the provider describes itself (OpenID Connect Discovery 1.0), asked for once an hour."""
        held = self._described
        if held is not None and self._now() - held[0] < _KEEP_SECONDS:
            return held[1]
        found = self._fetch(self.provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != self.provider.issuer:
            raise ProviderAway(
                f"{self.provider.issuer} calls itself {str(found.get('issuer'))[:200]!r}.",
                hint="Set `serve.oidc_issuer` to exactly that, if it is the right one.",
            )
        for key in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not _safe_address(str(found.get(key, ""))):
                raise ProviderAway(f"{self.provider.issuer} names no safe {key}.", hint="Is it an OpenID provider?")
        self._described = (self._now(), found)
        return found

    def _published(self, *, anew: bool = False) -> Any:
        """Return the provider's keys; asked for anew at most every half minute, whatever tokens come in."""
        held, now = self._keys, self._now()
        stale = held is None or now - held[0] >= _KEEP_SECONDS
        if anew and now - self._asked_anew >= _LEAST_BETWEEN_SECONDS:
            self._asked_anew, stale = now, True
        if held is not None and not stale:
            return held[1]
        found = self._fetch(self._description()["jwks_uri"])
        self._keys = (self._now(), found)
        return found

    def _fetch(self, address: str) -> dict[str, Any]:
        """Return a JSON object of the provider's, never more than `_MOST_BYTES` of it."""
        import httpx2

        with (
            httpx2.Client(verify=self._trust(), timeout=_WAIT_SECONDS, trust_env=False) as client,
            _answering(),
            client.stream("GET", address, headers={"accept": "application/json"}) as answer,
        ):
            answer.raise_for_status()
            body = b""
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise ProviderAway(f"{address} sends more than it should.", hint="Is it the right address?")
            found = json.loads(body)
        if not isinstance(found, dict):
            raise ProviderAway(f"{address} does not answer as a provider does.", hint="Is it the right address?")
        return found

    def _client(self, returns_to: str) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client

        return OAuth2Client(
            client_id=self.provider.client,
            client_secret=self.provider.secret,
            scope=self.provider.scope,
            redirect_uri=returns_to,
            code_challenge_method="S256",
            verify=self._trust(),
            timeout=_WAIT_SECONDS,
            trust_env=False,
        )

    def _trust(self) -> ssl.SSLContext:
        file = self.provider.authorities
        try:
            return ssl.create_default_context(cafile=None if file is None else str(file))
        except OSError as error:
            raise ConfigError(
                f"{file} holds no certificates: {error}.", hint="Set `serve.oidc_authorities`."
            ) from error


class _answering:  # noqa: N801 - reads as a phrase where it is used
    """Turn what goes wrong on the way to the provider into words."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        import httpx2

        if isinstance(error, (httpx2.HTTPError, httpx2.InvalidURL, ValueError)):
            raise ProviderAway(
                f"The identity provider did not answer: {type(error).__name__}.",
                hint="Try again; if it stays, sign in with a password of this console.",
            ) from error


def _safe_address(address: str) -> bool:
    """Whether nobody on the way can read what goes to `address`.

    >>> _safe_address("https://id.example"), _safe_address("http://127.0.0.1:9"), _safe_address("http://id.example")
    (True, True, False)
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment:
        return False
    if parts.scheme == "https":
        return True
    try:
        near = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        near = False
    return parts.scheme == "http" and near


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_AGAIN = "Begin again at the sign-in page."
