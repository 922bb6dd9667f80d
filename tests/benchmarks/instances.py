"""Tiny made-up shift-scheduling instances, as text."""

from __future__ import annotations

from hypothesis import strategies as st

TINY = """\
# two agents, a week, two types
SECTION_HORIZON
7

SECTION_SHIFTS
E,480,
L,600,E

SECTION_STAFF
A,E=7|L=2,2640,1440,4,2,2,1
B,E=3|L=7,3000,960,3,1,1,0

SECTION_DAYS_OFF
A,3

SECTION_SHIFT_ON_REQUESTS
A,1,E,2
A,3,L,5
B,6,L,4

SECTION_SHIFT_OFF_REQUESTS
A,2,L,3
B,0,E,1
B,0,E,2

SECTION_COVER
""" + "".join(
    f"{day},{kind},{need},100,1\n" for day in range(7) for kind, need in (("E", 1), ("L", day % 2))
)


@st.composite
def instance_texts(draw: st.DrawFn) -> str:
    """Draw an instance whose successions come from clock times, in any order of types."""
    days = draw(st.sampled_from((7, 14)))
    kinds = draw(
        st.lists(
            st.tuples(st.integers(0, 23), st.sampled_from((6, 8, 12))),
            min_size=1,
            max_size=4,
        )
    )
    names = [f"t{idx}" for idx in range(len(kinds))]
    lines = ["SECTION_HORIZON", str(days), "SECTION_SHIFTS"]
    for name, (start, hours) in zip(names, kinds, strict=True):
        blocked = [
            other
            for other, (begin, _) in zip(names, kinds, strict=True)
            if 24 + begin - (start + hours) < 14
        ]
        lines.append(f"{name},{60 * hours},{'|'.join(blocked)}")
    lines.append("SECTION_STAFF")
    for agent in "AB":
        most = "|".join(
            f"{name}={draw(st.sampled_from((0, 1, 2, days, days, days)))}" for name in names
        )
        limits = (
            draw(st.sampled_from((1200, 100_000, 100_000))),
            draw(st.sampled_from((0, 0, 600))),
            draw(st.integers(2, 6)),
            draw(st.integers(1, 3)),
            draw(st.integers(1, 3)),
            draw(st.integers(0, 2)),
        )
        lines.append(f"{agent},{most},{','.join(map(str, limits))}")
    day, kind, weight = st.integers(0, days - 1), st.sampled_from(names), st.integers(0, 9)
    lines.append("SECTION_DAYS_OFF")
    lines += [f"{agent},{draw(day)}" for agent in "AB" if draw(st.booleans())]
    for section in ("ON", "OFF"):
        lines.append(f"SECTION_SHIFT_{section}_REQUESTS")
        for _ in range(draw(st.integers(0, 4))):
            agent = draw(st.sampled_from("AB"))
            lines.append(f"{agent},{draw(day)},{draw(kind)},{draw(weight)}")
    lines.append("SECTION_COVER")
    for each in range(days):
        for name in names:
            under = draw(st.sampled_from((100, 100, 40)))
            lines.append(f"{each},{name},{draw(st.integers(0, 2))},{under},3")
    return "\n".join(lines) + "\n"
