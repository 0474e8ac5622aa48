"""Makes world.json, the shapes of the world map: `python static/map/build.py FOLDER-OF-world-atlas`.

It reads countries-110m.json, and for countries too small to have a shape there the place of a dot from
countries-50m.json; both are Natural Earth's (public domain) as TopoJSON of the npm package `world-atlas` 2. They are
projected onto the Equal Earth projection (Šavrič, Patterson and Jenny 2018), so that equal areas of the map are equal
areas of the world, rounded to whole units and written as paths of an SVG, by ISO 3166-1 code. Antarctica is left out.
"""

from __future__ import annotations

import itertools
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WIDTH = 2000
# The projection's polynomial, and the widest x it gives.
A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
HALF = math.sqrt(3) / 2
SMALLEST = 6  # a ring with less than so many square units is left out, unless it is the country's only one
ANTARCTICA = "AQ"
# Natural Earth gives no number to these; the registries of addresses know them under these codes.
UNNUMBERED = {"N. Cyprus": "CY", "Somaliland": "SO", "Kosovo": "XK"}

# ISO 3166-1: number and letters.
NUMBERS = """
004AF 008AL 010AQ 012DZ 016AS 020AD 024AO 028AG 031AZ 032AR 036AU 040AT 044BS 048BH 050BD 051AM 052BB 056BE 060BM 064BT
068BO 070BA 072BW 074BV 076BR 084BZ 086IO 090SB 092VG 096BN 100BG 104MM 108BI 112BY 116KH 120CM 124CA 132CV 136KY 140CF
144LK 148TD 152CL 156CN 158TW 162CX 166CC 170CO 174KM 175YT 178CG 180CD 184CK 188CR 191HR 192CU 196CY 203CZ 204BJ 208DK
212DM 214DO 218EC 222SV 226GQ 231ET 232ER 233EE 234FO 238FK 239GS 242FJ 246FI 248AX 250FR 254GF 258PF 260TF 262DJ 266GA
268GE 270GM 275PS 276DE 288GH 292GI 296KI 300GR 304GL 308GD 312GP 316GU 320GT 324GN 328GY 332HT 334HM 336VA 340HN 344HK
348HU 352IS 356IN 360ID 364IR 368IQ 372IE 376IL 380IT 384CI 388JM 392JP 398KZ 400JO 404KE 408KP 410KR 414KW 417KG 418LA
422LB 426LS 428LV 430LR 434LY 438LI 440LT 442LU 446MO 450MG 454MW 458MY 462MV 466ML 470MT 474MQ 478MR 480MU 484MX 492MC
496MN 498MD 499ME 500MS 504MA 508MZ 512OM 516NA 520NR 524NP 528NL 531CW 533AW 534SX 535BQ 540NC 548VU 554NZ 558NI 562NE
566NG 570NU 574NF 578NO 580MP 581UM 583FM 584MH 585PW 586PK 591PA 598PG 600PY 604PE 608PH 612PN 616PL 620PT 624GW 626TL
630PR 634QA 638RE 642RO 643RU 646RW 652BL 654SH 659KN 660AI 662LC 663MF 666PM 670VC 674SM 678ST 682SA 686SN 688RS 690SC
694SL 702SG 703SK 704VN 705SI 706SO 710ZA 716ZW 724ES 728SS 729SD 732EH 740SR 744SJ 748SZ 752SE 756CH 760SY 762TJ 764TH
768TG 772TK 776TO 780TT 784AE 788TN 792TR 795TM 796TC 798TV 800UG 804UA 807MK 818EG 826GB 831GG 832JE 833IM 834TZ 840US
850VI 854BF 858UY 860UZ 862VE 876WF 882WS 887YE 894ZM
"""
CODES = {entry[:3]: entry[3:] for entry in NUMBERS.split()}

Ring = list[tuple[int, int]]
Degrees = list[tuple[float, float]]


def main(folder: Path) -> None:
    """Write world.json beside this file."""
    shapes = {code: rings for code, rings in _countries(folder / "countries-110m.json") if code != ANTARCTICA}
    finer = {code: rings for code, rings in _countries(folder / "countries-50m.json") if code != ANTARCTICA}
    dots = {code: _middle(max(rings, key=_area)) for code, rings in finer.items() if code not in shapes}
    points = [point for rings in shapes.values() for ring in rings for point in ring] + list(dots.values())
    left, top = min(x for x, _ in points), min(y for _, y in points)
    made = {
        "width": max(x for x, _ in points) - left,
        "height": max(y for _, y in points) - top,
        "shapes": {code: "".join(_path(ring, left, top) for ring in rings) for code, rings in sorted(shapes.items())},
        "dots": {code: [x - left, y - top] for code, (x, y) in sorted(dots.items())},
    }
    target = Path(__file__).with_name("world.json")
    target.write_text(json.dumps(made, separators=(",", ":")).replace('","', '",\n"') + "\n", encoding="utf-8")
    print(f"{target}: {len(made['shapes'])} shapes, {len(dots)} dots, {target.stat().st_size} bytes")


def project(longitude: float, latitude: float) -> tuple[int, int]:
    """Degrees as whole units of the map, y downwards."""
    angle = math.asin(HALF * math.sin(math.radians(latitude)))
    square = angle * angle
    sixth = square**3
    slope = A1 + 3 * A2 * square + sixth * (7 * A3 + 9 * A4 * square)
    x = math.radians(longitude) * math.cos(angle) / (HALF * slope)
    y = angle * (A1 + A2 * square + sixth * (A3 + A4 * square))
    scale = WIDTH / (2 * math.pi / (HALF * A1))
    return round(x * scale), round(-y * scale)


def _countries(file: Path) -> Iterator[tuple[str, list[Ring]]]:
    """Each country's code with its outer rings and holes, projected; of two shapes under one code both."""
    topology = json.loads(file.read_text(encoding="utf-8"))
    arcs = [_arc(arc, topology["transform"]) for arc in topology["arcs"]]
    found: dict[str, list[Ring]] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        code = CODES.get(geometry.get("id", ""), UNNUMBERED.get(geometry["properties"]["name"], ""))
        if code and geometry.get("arcs"):
            polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
            for ring in (ring for polygon in polygons for ring in polygon):
                found.setdefault(code, []).extend(_projected(part) for part in _cut(_degrees(ring, arcs)))
    for code, rings in found.items():
        large = [ring for ring in rings if _area(ring) >= SMALLEST]
        yield code, large or [max(rings, key=_area)]


def _arc(arc: list[list[int]], transform: dict[str, Any]) -> Degrees:
    """An arc's points in degrees: its numbers are differences on a grid (TopoJSON 2.1.4)."""
    (scale_x, scale_y), (left, bottom) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        points.append((x * scale_x + left, y * scale_y + bottom))
    return points


def _degrees(numbers: list[int], arcs: list[Degrees]) -> Degrees:
    """Arcs end to end, each beginning where the one before ended; ~n is the n-th arc backwards."""
    ring: Degrees = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        ring += arc[1:] if ring else arc
    return ring


def _cut(ring: Degrees) -> Iterator[Degrees]:
    """A ring that crosses the 180th meridian as two: what lies beyond the meridian comes in at the other side."""
    unrolled = ring[:1]
    for longitude, latitude in ring[1:]:
        step = (longitude - unrolled[-1][0] + 180) % 360 - 180  # never the long way round
        unrolled.append((unrolled[-1][0] + step, latitude))
    for turn in (-360, 0, 360):
        part = _half([(longitude + turn, latitude) for longitude, latitude in unrolled], -180, 1)
        part = _half(part, 180, -1)
        if len(part) > 2:
            yield [*part, part[0]]


def _half(ring: Degrees, meridian: int, sign: int) -> Degrees:
    """What lies on one side of a meridian (Sutherland and Hodgman 1974): sign 1 keeps the east, -1 the west."""
    kept: Degrees = []
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        inside1, inside2 = ((x - meridian) * sign >= 0 for x in (x1, x2))
        if inside1:
            kept.append((x1, y1))
        if inside1 != inside2:
            kept.append((float(meridian), y1 + (y2 - y1) * (meridian - x1) / (x2 - x1)))
    return kept


def _projected(degrees: Degrees) -> Ring:
    """Without points that fall on the one before."""
    points = [project(*place) for place in degrees]
    return [point for place, point in enumerate(points) if not place or point != points[place - 1]]


def _area(ring: Ring) -> float:
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True))) / 2


def _middle(ring: Ring) -> tuple[int, int]:
    xs, ys = zip(*ring, strict=True)
    return (min(xs) + max(xs)) // 2, (min(ys) + max(ys)) // 2


def _path(ring: Ring, left: int, top: int) -> str:
    x, y = ring[0]
    steps = "".join(f"{x2 - x1},{y2 - y1} " for (x1, y1), (x2, y2) in itertools.pairwise(ring[:-1]))
    return f"M{x - left},{y - top}l{steps.strip().replace(',-', '-').replace(' -', '-')}z"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
