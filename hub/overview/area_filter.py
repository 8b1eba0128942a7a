"""Areas, units and grids in a query 区域筛选: of the register, or not found.

Whatever is made up would be a scope of its own, worked out and kept for nobody.
"""

from aiohttp import web

from hub.web.problem import Problem, ProblemError
from hub.web.query import shorten
from streams.town.register import Register

COUNTY = 6
"""Digits of a county's code, with which the codes of all its areas begin."""


def area_of(request: web.Request, register: Register) -> str:
    """Return the area that a query goes into, empty for all; raises `ProblemError` not_found."""
    area = request.query.get("area", "")
    if area and not is_known(area, register):
        detail = f"area {shorten(area)} is neither an area nor a grid of the register"
        raise ProblemError(Problem.NOT_FOUND, detail)
    return area


def is_known(area: str, register: Register) -> bool:
    """Whether a code is that of a county, township, village or grid of the register."""
    if register.has_area(area) or register.grid(area) is not None:
        return True
    # A register may begin with the townships: their county is known by their codes.
    return len(area) == COUNTY and any(one.code[:COUNTY] == area for one in register.town.areas)


def check_exists(request: web.Request, register: Register) -> None:
    """Raise `ProblemError` not_found for a unit or grid that the register does not have.

    Called for a list that is empty: a unit that was dissolved still has its cases listed.
    """
    unit, grid = request.query.get("unit", ""), request.query.get("grid_code", "")
    if unit and register.unit(unit) is None:
        raise ProblemError(Problem.NOT_FOUND, f"unit {shorten(unit)} is no unit of the register")
    if grid and register.grid(grid) is None:
        raise ProblemError(
            Problem.NOT_FOUND, f"grid_code {shorten(grid)} is no grid of the register"
        )
