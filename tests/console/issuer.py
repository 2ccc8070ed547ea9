"""A small real OpenID provider for tests: a process of its own with its own keys, on 127.0.0.1.

    python tests/console/issuer.py        prints its address and serves until its standard input ends

It speaks discovery, authorization code with PKCE, token and keys, and holds its clients to what the standards ask: the
address to return to, one use of a code, the client's secret, the S256 verifier. `POST /spoil?how=…` has its next ID
token be wrong in one way (another nonce, audience, issuer, key, no signature, expired), so that whoever asks can be
seen to notice; `POST /rotate` gives it a new key.
"""

import base64
import hashlib
import html
import json
import secrets
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "counterflow-console", "a secret with: signs & more"
SPOILT = ("nonce", "aud", "iss", "exp", "iat", "key", "none", "hs256", "at_hash", "no-sub")


def left_half(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).decode().rstrip("=")


class Issuer:
    """What the provider knows."""

    def __init__(self):
        self.address, self.spoil, self.codes, self.lock = "", "", {}, threading.Lock()
        self.keys = [self.new_key()]

    @staticmethod
    def new_key():
        return RSAKey.generate_key(2048, {"kid": secrets.token_hex(8), "use": "sig", "alg": "RS256"})

    def description(self):
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def code_for(self, asked, name):
        code = secrets.token_urlsafe(24)
        with self.lock:
            self.codes[code] = (asked, name, time.time())
        return code

    def token_for(self, form):
        with self.lock:
            found = self.codes.pop(form.get("code", ""), None)
        if found is None or time.time() - found[2] > 60 or form.get("grant_type") != "authorization_code":
            return None
        asked, name, _ = found
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            challenge.decode().rstrip("=") != asked["code_challenge"]
            or form.get("redirect_uri") != asked["redirect_uri"]
        ):
            return None
        access = secrets.token_urlsafe(24)
        return {"access_token": access, "token_type": "Bearer", "expires_in": 300,
                "id_token": self.id_token(asked["nonce"], name, access)}  # fmt: skip

    def id_token(self, nonce, name, access):
        how, self.spoil = self.spoil, ""
        now = int(time.time())
        says = {
            "iss": self.address, "sub": f"sub-{name}", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce,
            "preferred_username": name, "email": f"{name}@example.org", "email_verified": False,
            "at_hash": left_half(access),
        }  # fmt: skip
        changed = {"nonce": "another", "aud": "another-client", "iss": "https://another.example", "exp": now - 3600,
                   "iat": now + 3600, "at_hash": left_half("another")}  # fmt: skip
        if how in changed:
            says[how] = changed[how]
        if how == "no-sub":
            del says["sub"]
        key = self.keys[-1]
        header = {"alg": "RS256", "kid": key.kid}
        if how == "key":
            key = self.new_key()
        if how == "none":
            parts = ({"alg": "none"}, says)
            return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."
        if how == "hs256":
            from joserfc.jwk import OctKey

            public = json.dumps(key.as_dict(private=False)).encode()
            return jwt.encode({"alg": "HS256", "kid": key.kid}, says, OctKey.import_key(public), algorithms=["HS256"])
        return jwt.encode(header, says, key)


ISSUER = Issuer()


class Door(BaseHTTPRequestHandler):
    """Its pages."""

    def log_message(self, *said):
        """Say nothing: standard output is for the address."""

    def do_GET(self):
        path, query = self.asked()
        if path == "/.well-known/openid-configuration":
            self.answer(200, ISSUER.description())
        elif path == "/favicon.ico":
            self.answer(200, "")
        elif path == "/keys":
            self.answer(200, KeySet(ISSUER.keys).as_dict(private=False))
        elif path == "/authorize":
            fault = self.fault_of(query)
            if fault:
                self.answer(400, {"error": fault})
            elif "login_as" in query:
                self.send_back(query, query["login_as"])
            else:
                rows = "".join(
                    f'<input type="hidden" name="{html.escape(k)}" value="{html.escape(v)}">' for k, v in query.items()
                )
                page = f"<!doctype html><html lang=en><title>Sign in</title><form>{rows}<label>Name <input name=login_as></label><button>Sign in</button></form>"
                self.answer(200, page)
        else:
            self.answer(404, {"error": "not_found"})

    def do_POST(self):
        path, query = self.asked()
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        form = {k: v[0] for k, v in parse_qs(body).items()}
        if path == "/token":
            basic = base64.b64encode(f"{quote(CLIENT, safe='')}:{quote(SECRET, safe='')}".encode()).decode()
            plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            if self.headers.get("authorization") not in {f"Basic {basic}", f"Basic {plain}"}:
                self.answer(401, {"error": "invalid_client"})
                return
            token = ISSUER.token_for(form)
            self.answer(
                *((200, token) if token else (400, {"error": "invalid_grant", "error_description": "no such code"}))
            )
        elif path == "/spoil":
            ISSUER.spoil = query["how"]
            self.answer(200, {})
        elif path == "/rotate":
            ISSUER.keys = [ISSUER.new_key()]
            self.answer(200, {})
        else:
            self.answer(404, {"error": "not_found"})

    def asked(self):
        parts = urlsplit(self.path)
        return parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()}

    def fault_of(self, query):
        wanted = {"response_type": "code", "client_id": CLIENT, "code_challenge_method": "S256"}
        if any(query.get(k) != v for k, v in wanted.items()):
            return "invalid_request"
        if not all(query.get(k) for k in ("state", "nonce", "code_challenge", "redirect_uri")):
            return "invalid_request"
        if "openid" not in query.get("scope", "").split() or not query["redirect_uri"].startswith("http://127.0.0.1:"):
            return "invalid_scope"
        return ""

    def send_back(self, query, name):
        says = {"state": query["state"], "iss": ISSUER.address}
        says |= {"error": "access_denied"} if name == "nobody" else {"code": ISSUER.code_for(query, name)}
        self.send_response(302)
        self.send_header("location", f"{query['redirect_uri']}?{urlencode(says)}")
        self.end_headers()

    def answer(self, status, body):
        text = body if isinstance(body, str) else json.dumps(body)
        data = text.encode()
        self.send_response(status)
        self.send_header("content-type", "text/html" if isinstance(body, str) else "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    ISSUER.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(ISSUER.address, flush=True)  # noqa: T201 - what whoever starts it reads
    sys.stdin.read()


if __name__ == "__main__":
    main()
