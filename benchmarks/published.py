"""Published results of the public shift-scheduling instances, by number of the instance.

Values after 10 and after 60 minutes of a run, as collected from the literature; None where nothing
was found.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PUBLISHED", "Published"]

Pair = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Published:
    """Costs found by others.

    Parameters
    ----------
    size : str
        Days, agents, shift types.
    best_known, best_hour : int or None
        Best of all, and best of any method within 60 minutes.
    gurobi, ejection_chain, ip_vns, fix_and_optimise : pair
        After 10 and after 60 minutes.
    branch_and_price : int or None
        After 60 minutes.
    """

    size: str
    best_known: int
    best_hour: int | None = None
    gurobi: Pair = (None, None)
    ejection_chain: Pair = (None, None)
    ip_vns: Pair = (None, None)
    fix_and_optimise: Pair = (None, None)
    branch_and_price: int | None = None


def _same(cost: int) -> Pair:
    return cost, cost


PUBLISHED = {
    1: Published("14/8/1", 607, 607, _same(607), _same(607), _same(607), _same(607), 607),
    2: Published("14/14/2", 828, 828, _same(828), (923, 837), _same(828), _same(828), 828),
    3: Published("14/20/3", 1001, 1001, _same(1001), _same(1003), _same(1001), _same(1001), 1001),
    4: Published("28/10/2", 1716, 1716, _same(1716), (1719, 1718), _same(1716), _same(1716), 1716),
    5: Published("28/16/2", 1143, 1143, _same(1143), (1439, 1358), _same(1143), _same(1143), 1160),
    7: Published("28/20/3", 1056, 1056, _same(1056), (1284, 1269), _same(1056), _same(1056), 1058),
    8: Published(
        "28/30/4", 1300, 1308, (8995, 1323), (2529, 2260), (1364, 1344), (1341, 1322), 1308
    ),
    10: Published("28/40/5", 4631, 4631, _same(4631), (4999, 4797), _same(4631), _same(4631), 4631),
    12: Published(
        "28/60/10", 4040, 4040, (4045, 4040), (5611, 5211), (4042, 4040), (4044, 4040), 4046
    ),
    13: Published(
        "28/120/18", 1348, 1905, (500410, 3109), (8707, 3037), (3109, 1905), (3200, 2900)
    ),
    14: Published("42/32/4", 1278, 1279, (1482, 1280), (2542, 1847), (1281, 1279), (1295, 1280)),
    16: Published(
        "56/20/3", 3225, 3225, (3521, 3233), (4343, 4048), (3306, 3225), (3253, 3225), 3323
    ),
    20: Published("182/50/6", 4769),
    21: Published("182/100/8", 21133),
    24: Published("364/150/32", 40439),
}
