"""The web application: console and API behind one guard; a route that names no need is refused before it is served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from counterflow import __version__
from counterflow.api.app import ROUTERS as API_ROUTERS
from counterflow.console.app import ROUTERS as PAGE_ROUTERS
from counterflow.console.app import mount_static
from counterflow.console.layout import problem_card
from counterflow.core.errors import ConfigError
from counterflow.core.settings import ServeSettings
from counterflow.server.owner import OWNER_PATH
from counterflow.server.reach import LOOPBACK, Reach
from counterflow.server.views import views_of
from counterflow.store.workspace import Workspace
from counterflow.web import health
from counterflow.web.guard import Guard
from counterflow.web.limits import Limits
from counterflow.web.openid import OpenId, Provider
from counterflow.web.problems import answer_problems
from counterflow.web.site import Site
from counterflow.web.visitor import Need, Open

__all__ = ["OPEN", "create_app", "refuse_unguarded", "routes_of", "site_for"]

#: Routes that ask for nothing, not even who it is: whether the server is up, its mark, a style. The owner's route takes
#: the token from the owner's note.
OPEN = frozenset({"/healthz", "/favicon.ico", "/sheet.css", OWNER_PATH})


def site_for(workspace: Workspace) -> Site:
    """Return the site over an opened workspace."""
    from counterflow.access.doors import Doors
    from counterflow.web.door import Door

    access = Doors.of(workspace)
    provider = openid_of(workspace.settings.serve, workspace.path)
    extra = {} if provider is None else {"openid": provider}
    return Site(workspace, access, views_of(workspace, access), Door(access, workspace), extra)


def openid_of(settings: ServeSettings, folder: Path) -> OpenId | None:
    """Return what signs people in with the identity provider that is set, or None.

    Raises:
        ConfigError: the settings do not suffice, or the secret cannot be read.
    """
    if not settings.oidc_issuer:
        return None
    if not settings.oidc_client or not settings.oidc_secret_file:
        raise ConfigError(
            "The identity provider asks for an id and a secret of this console.",
            hint="Set serve.oidc_client and serve.oidc_secret_file.",
        )
    file = folder / settings.oidc_secret_file
    try:
        secret = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The secret in {file} cannot be read.", hint="Set serve.oidc_secret_file.") from error
    if file.stat().st_mode & 0o007:
        raise ConfigError(f"Every user of this machine can read the secret {file}.", hint="Run `chmod 600` on it.")
    authorities = folder / settings.oidc_authorities if settings.oidc_authorities else None
    return OpenId(Provider(settings.oidc_issuer, settings.oidc_client, secret, authorities=authorities))


def create_app(site: Site, *, extra_routers: Sequence[APIRouter] = (), reach: Reach | None = None) -> FastAPI:
    """Return the application.

    Args:
        site: what is served.
        extra_routers: further pages or endpoints, behind the same guard; each route names its need.
        reach: names by which it may be asked for, and whether it is encrypted; this machine's own where None. Any
            other name is refused, so that a page elsewhere cannot read it through a name that it points here.

    Raises:
        ConfigError: a route names no need.
    """
    # The interactive API pages of FastAPI load scripts from another host: they stay off.
    app = FastAPI(title="Counterflow", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.site = site
    for router in (*PAGE_ROUTERS, *API_ROUTERS, health.router, *extra_routers):
        app.include_router(router)
    refuse_unguarded(app)
    mount_static(app)
    answer_problems(app, problem_card)
    # The last one added stands outermost.
    app.add_middleware(Limits)
    app.add_middleware(Guard, allowed_hosts=LOOPBACK if reach is None else reach.names)
    return app


def refuse_unguarded(app: FastAPI) -> None:
    """Refuse an application with a route that names no need, or more than one: what nobody thought of stays shut.

    Raises:
        ConfigError: there is such a route.
    """
    for path, _, found in routes_of(app):
        if path not in OPEN and len(found) != 1:
            raise ConfigError(
                f"The route {path} names {len(found)} needs.",
                hint="Give it exactly one: who: Annotated[Visitor, needs(resource, action)].",
            )


def routes_of(app: FastAPI) -> Iterator[tuple[str, frozenset[str], list[Need | Open]]]:
    """Give each route of the application: its path, its methods, and what it needs."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            yield context.path or "", frozenset(context.methods or ()), list(_needs(context.dependant))


def _needs(dependant: Dependant) -> Iterator[Need | Open]:
    for each in dependant.dependencies:
        if isinstance(each.call, Need | Open):
            yield each.call
        yield from _needs(each)
