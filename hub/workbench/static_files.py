"""Static files 静态文件: style sheets and scripts, in the folders `static` of the features.

The files have no data in them, so they need no session. Only listed names are served.
"""

from pathlib import Path

from aiohttp import web

from hub.web.problem import Problem, ProblemError

ROOT = Path(__file__).parent
SUFFIXES = (".css", ".js")
FILES = {path.name: path for path in sorted(ROOT.glob("**/static/*")) if path.suffix in SUFFIXES}
"""The files by name; each name occurs once."""


def add_static(app: web.Application) -> None:
    """Add the route of the static files."""
    app.router.add_get("/work/static/{name}", _file)


async def _file(request: web.Request) -> web.FileResponse:
    path = FILES.get(request.match_info["name"])
    if path is None:
        raise ProblemError(Problem.NOT_FOUND, "no such style sheet or script")
    return web.FileResponse(path, headers={"Cache-Control": "no-cache"})
