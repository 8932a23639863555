"""A made-up district: its communes, their boundaries, and its schools and clinics."""

import json
from dataclasses import dataclass
from random import Random  # noqa: TID251 - reproducible on purpose, and nobody's secrets
from typing import NamedTuple

from dp3t.facilities.facility import Facility

MIN_FACILITIES, MAX_FACILITIES, FACILITIES = 24, 2_000, 120
SCHOOL, CLINIC = "school", "clinic"

_COLUMNS, _ROWS = 3, 2
_SOUTH, _WEST = 15_900_000, 107_950_000
_HEIGHT, _WIDTH = 90_000, 80_000
_JITTER = 14_000
_COMMUNES = ("Hòa Sơn", "An Bình", "Phú Điền", "Tân Lập", "Bình Minh", "Thanh Khê")
_PEOPLE = (
    "Hùng Vương",
    "Lê Lợi",
    "Trần Phú",
    "Nguyễn Du",
    "Kim Đồng",
    "Hoa Sen",
    "Nguyễn Trãi",
    "Lý Thường Kiệt",
    "Phan Bội Châu",
    "Hai Bà Trưng",
)
_SCHOOLS = ("Trường Tiểu học", "Trường Trung học cơ sở", "Trường Mầm non")
_CLINICS = ("Phòng khám", "Trạm Y tế", "Nhà hộ sinh")
_MOST_STREET_NUMBERS = 240
_SCHOOL_DAYS = (True,) * 5 + (False,) * 2
_CLINIC_DAYS = (True,) * 6 + (False,)


class Point(NamedTuple):
    """A place, in millionths of a degree."""

    latitude: int
    longitude: int


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune; its code and its outline are invented."""

    code: str
    name: str
    corners: tuple[Point, Point, Point, Point]

    def within(self, across: float, up: float) -> Point:
        """Return the point so far from its west and south side, from 0 to 1 of its extent."""
        south_west, south_east, north_east, north_west = self.corners
        weights = (
            (south_west, (1 - across) * (1 - up)),
            (south_east, across * (1 - up)),
            (north_east, across * up),
            (north_west, (1 - across) * up),
        )
        return Point(
            round(sum(corner.latitude * weight for corner, weight in weights)),
            round(sum(corner.longitude * weight for corner, weight in weights)),
        )


@dataclass(frozen=True, slots=True)
class District:
    """Communes, and the facilities that are in them."""

    communes: tuple[Commune, ...]
    facilities: tuple[Facility, ...]

    def boundaries(self) -> bytes:
        """Return the GeoJSON that an operator gives to the map."""
        features = [
            {
                "type": "Feature",
                "properties": {"name": commune.name},
                "geometry": {"type": "Polygon", "coordinates": [_ring(commune)]},
            }
            for commune in self.communes
        ]
        document = {"type": "FeatureCollection", "features": features}
        return json.dumps(document, ensure_ascii=False).encode()


def district(count: int, random: Random) -> District:
    """Return a district with so many facilities."""
    communes = _communes(random)
    return District(communes, tuple(_facility(number, communes, random) for number in range(count)))


def _communes(random: Random) -> tuple[Commune, ...]:
    corners = {
        (column, row): Point(
            _SOUTH + row * _HEIGHT + random.randint(-_JITTER, _JITTER),
            _WEST + column * _WIDTH + random.randint(-_JITTER, _JITTER),
        )
        for column in range(_COLUMNS + 1)
        for row in range(_ROWS + 1)
    }
    found = []
    for number, name in enumerate(_COMMUNES):
        row, column = divmod(number, _COLUMNS)
        around = ((column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1))
        south_west, south_east, north_east, north_west = (corners[each] for each in around)
        outline = (south_west, south_east, north_east, north_west)
        found.append(Commune(f"990{number + 1}1", name, outline))
    return tuple(found)


def _facility(number: int, communes: tuple[Commune, ...], random: Random) -> Facility:
    kind = CLINIC if number % 4 == 3 else SCHOOL
    commune = communes[random.randrange(len(communes))]
    first, person = random.choice(_CLINICS if kind == CLINIC else _SCHOOLS), random.choice(_PEOPLE)
    place = commune.within(random.uniform(0.08, 0.92), random.uniform(0.08, 0.92))
    street = random.choice(_PEOPLE)
    return Facility(
        facility=f"{kind}-{number + 1:04}",
        facility_kind=kind,
        name=f"{first} {person} {number + 1}",
        address=f"{random.randint(1, _MOST_STREET_NUMBERS)} {street}, {commune.name}",
        latitude_microdegrees=place.latitude,
        longitude_microdegrees=place.longitude,
        commune=commune.code,
        weekdays=_CLINIC_DAYS if kind == CLINIC else _SCHOOL_DAYS,
    )


def _ring(commune: Commune) -> list[list[float]]:
    """Return the outline as GeoJSON has it: longitude first, and closed."""
    around = (*commune.corners, commune.corners[0])
    return [[point.longitude / 1_000_000, point.latitude / 1_000_000] for point in around]
