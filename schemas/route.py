"""Routes 路由: the city whose partition decides a report.

All reports, cases and commands of one city are in one partition, so that every open case of the
city can be compared with every report. A route is the division code of a city.
"""

from schemas.cloudevent import partition_of

UNKNOWN_ROUTE = "000000000"
"""Route of a report without a place in a hub whose register has no area."""
MUNICIPALITIES = ("11", "12", "31", "50")
"""First digits of the codes of 北京, 天津, 上海, 重庆 (GB/T 2260): each is one city."""
_PROVINCE, _PREFECTURE, _DIGITS = 2, 4, 6


def city_of(division: str) -> str:
    """Return the route of a division: the six digits of its city (GB/T 2260), padded with zeros.

    The city is the prefecture (the first four digits) or the municipality (the first two). The
    route of a city is that of its own code. A code that is too short, or is no code, stays as it
    is. Routes used to be townships; the route of a township that was stored then leads to its city.
    """
    if len(division) < _DIGITS or not division.isdecimal() or not division.strip("0"):
        return division
    length = _PROVINCE if division.startswith(MUNICIPALITIES) else _PREFECTURE
    return division[:length].ljust(_DIGITS, "0")


def partition_of_route(route: str, partitions: int) -> int:
    """Return the partition of a route: that of its city."""
    return partition_of(city_of(route), partitions)
