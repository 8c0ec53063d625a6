"""Who asks, how the server and its platforms stand, and how it is set up."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from talentimg import __version__
from talentimg.bootstrap.settings_shown import shown_settings
from talentimg.service.threads import in_thread
from talentimg.settings import config_file_path
from talentimg.shapes import facets_json, platform_json, settings_json
from talentimg.web.api.schemas.base import answers, problems
from talentimg.web.api.schemas.operation import Config, Health, Me, Platform
from talentimg.web.api.security import Admin, Reader
from talentimg.web.api.services import TheApp, TheServices

router = APIRouter(tags=["operation"])


@router.get("/me", summary="Who I am", responses=answers(Me, "Whose token it is.") | problems())
async def show_me(caller: Reader) -> JSONResponse:
    """The name and the scope of the token."""
    return JSONResponse({"name": caller.name, "scope": caller.scope.value, "talentimg": __version__})


@router.get("/health", summary="How it stands", responses=answers(Health, "How it stands.") | problems())
async def show_health(app: TheApp, services: TheServices, _: Reader) -> JSONResponse:
    """What `/readyz` tells, and how many talents stand how. A store that does not answer is a 503."""
    ready = await services.readiness.told()
    counts = facets_json(await in_thread(app.overview.facets))
    told = {"version": __version__, "talents": counts["all"]}
    return JSONResponse(ready | told | {name: counts[name] for name in ("waiting", "states")})


@router.get(
    "/platforms",
    summary="The platforms",
    responses=answers(list[Platform], "All of them, in order of priority.") | problems(),
)
async def list_platforms(app: TheApp, _: Reader) -> JSONResponse:
    """What each needs, whether it is left alone, and how fast it is asked. None is asked now."""
    return JSONResponse([platform_json(one) for one in await in_thread(app.platforms.all)])


@router.get("/config", summary="The settings", responses=answers(Config, "All of them.") | problems())
async def show_config(app: TheApp, _: Admin) -> JSONResponse:
    """Every setting and where its value came from. Secrets are masked. Needs the scope `admin`."""
    file = app.settings.config_file or config_file_path()
    return JSONResponse(settings_json(shown_settings(app.settings), file))
