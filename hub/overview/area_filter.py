"""Areas, units and grids in a query 区域筛选: only those of the register are accepted.

An invented code would be a scope of its own: the hub would compute and cache figures for it.
"""

from aiohttp import web

from hub.web.problem import Problem, ProblemError
from hub.web.query import shorten
from streams.town.register import Register

COUNTY = 6
"""Digits of a county's code; the codes of all its areas begin with it."""


def area_of(request: web.Request, register: Register) -> str:
    """Return the area of a query, empty for all areas; raises `ProblemError` not_found."""
    area = request.query.get("area", "")
    if area and not is_known(area, register):
        detail = f"the register has no area and no grid {shorten(area)}"
        raise ProblemError(Problem.NOT_FOUND, detail)
    return area


def is_known(area: str, register: Register) -> bool:
    """Whether a code belongs to a county, township, village or grid of the register."""
    if register.has_area(area) or register.grid(area) is not None:
        return True
    # A register may have no entry for the county itself; its townships' codes begin with its code.
    return len(area) == COUNTY and any(entry.code[:COUNTY] == area for entry in register.town.areas)


def check_exists(request: web.Request, register: Register) -> None:
    """Raise `ProblemError` not_found for a unit or grid that the register does not have.

    Call it only for an empty list: the cases of a dissolved unit must still be listed.
    """
    unit, grid = request.query.get("unit", ""), request.query.get("grid_code", "")
    if unit and register.unit(unit) is None:
        raise ProblemError(Problem.NOT_FOUND, f"unit {shorten(unit)} is not in the register")
    if grid and register.grid(grid) is None:
        raise ProblemError(Problem.NOT_FOUND, f"grid_code {shorten(grid)} is not in the register")
