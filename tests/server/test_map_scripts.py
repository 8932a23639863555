"""What the map of facilities computes: projection, hits, search, filters, boundaries, address."""

import math
import random
from pathlib import Path
from typing import Any

import pytest

from map_scripts import run_scripts

STATES = ["unsafe", "contested", "overdue", "due", "safe", "closed"]


def row(name: str, state: str = "safe", **changes: Any) -> dict[str, Any]:
    fields = {
        "facility": name.lower().replace(" ", "-"),
        "facility_kind": "school",
        "name": name,
        "address": "1 Lê Lợi",
        "latitude": 16_460_000,
        "longitude": 107_590_000,
        "commune": "19789",
        "state": state,
        "late": False,
        "objections": 0,
    }
    return fields | changes


@pytest.mark.spec("MAP-PAGE-2")
def test_places_are_projected_as_mercator_does_and_back(tmp_path: Path) -> None:
    places = [(0, 0), (16_463_713, 107_590_866), (-33_900_000, -70_600_000), (84_000_000, 179_0)]
    body = """
import { latitudeAt, longitudeAt, worldX, worldY } from "./projection.js";
console.log(JSON.stringify(given.map(([latitude, longitude]) => {
  const [x, y] = [worldX(longitude), worldY(latitude)];
  return [x, y, latitudeAt(y), longitudeAt(x)];
})));"""
    for (latitude, longitude), (x, y, north, east) in zip(
        places, run_scripts(tmp_path, body, places), strict=True
    ):
        angle = math.radians(latitude / 1e6)
        expected = 0.5 - math.log(math.tan(math.pi / 4 + angle / 2)) / (2 * math.pi)
        assert (x, y) == pytest.approx((longitude / 360e6 + 0.5, expected), abs=1e-12)
        assert (north, east) == pytest.approx((latitude, longitude), abs=0.01)


@pytest.mark.spec("MAP-PAGE-6")
def test_a_view_moves_by_keys_zooms_about_a_pixel_and_comes_home(tmp_path: Path) -> None:
    body = """
import { View } from "./projection.js";
import { moveByKey } from "./map_gestures.js";
const view = new View();
view.resize(400, 300);
view.setHome({ left: 0.7, top: 0.4, right: 0.8, bottom: 0.5 });
view.goHome();
const home = [view.x, view.y, view.scale];
const corners = [view.pixel(0.7, 0.4), view.pixel(0.8, 0.5)];
const before = view.under(100, 50);
view.zoom(4, 100, 50);
const after = view.under(100, 50);
const [x, y] = [view.x, view.y];
moveByKey(view, "ArrowRight");
moveByKey(view, "ArrowDown");
const moved = [(view.x - x) * view.scale, (view.y - y) * view.scale];
const scale = view.scale;
moveByKey(view, "+");
const nearer = view.scale / scale;
moveByKey(view, "-");
const farther = view.scale / scale;
for (let times = 0; times < 99; times++) moveByKey(view, "ArrowLeft");
const least = view.x;
const known = [moveByKey(view, "Home"), moveByKey(view, "a"), moveByKey(view, "constructor")];
const back = [view.x, view.y, view.scale];
const said = { home, corners, before, after, moved, nearer, farther, least, known, back };
console.log(JSON.stringify(said));"""
    said = run_scripts(tmp_path, body)
    assert said["home"][:2] == pytest.approx([0.75, 0.45])
    assert all(28 <= each <= 372 for pixels in said["corners"] for each in pixels[:1])
    assert said["corners"][0][1] == pytest.approx(28)
    assert said["after"] == pytest.approx(said["before"], abs=1e-12)
    assert said["moved"] == pytest.approx([80, 80], abs=1e-6)
    assert (said["nearer"], said["farther"]) == (pytest.approx(1.6), pytest.approx(1))
    assert said["least"] == 0.7
    assert said["known"] == [True, False, False]
    assert said["back"] == said["home"]


@pytest.mark.spec("MAP-PAGE-4", "MAP-PAGE-5")
def test_bars_and_grids_have_round_lengths(tmp_path: Path) -> None:
    body = """
import { gridLines, gridStep, scaleBar, View, worldY } from "./projection.js";
const view = new View();
[view.y, view.scale] = [worldY(60_000_000), 2 ** 20];
console.log(JSON.stringify({
  bars: [0.3, 1, 7, 99.9, 100, 1234].map((metres) => scaleBar(metres, 100)),
  steps: [0.001, 1, 30, 4_000].map((degrees) => gridStep(degrees, 90)),
  lines: [gridLines(-15, 31, 10), gridLines(1, 9, 10), gridLines(10, 10, 10)],
  metres: view.metresPerPixel(),
}));"""
    said = run_scripts(tmp_path, body)
    assert [bar["metres"] for bar in said["bars"]] == [20, 100, 500, 5_000, 10_000, 100_000]
    assert all(40 <= bar["pixels"] <= 100 for bar in said["bars"])
    assert said["steps"] == [1, 100, 5_000, 500_000]
    assert said["lines"] == [[-10, 0, 10, 20, 30], [], [10]]
    assert said["metres"] == pytest.approx(40_075_016.7 / 2 / 2**20)


@pytest.mark.spec("MAP-PAGE-7")
def test_the_nearest_point_and_those_in_a_rectangle_are_those_of_a_full_search(
    tmp_path: Path,
) -> None:
    dice = random.Random(9)
    points = [[dice.random(), dice.gauss(0.5, 0.1)] for _ in range(500)] + [[0.5, 0.5]] * 5
    asked = [
        [dice.uniform(-0.1, 1.1), dice.random(), dice.choice([0.001, 0.05])] for _ in range(99)
    ]
    body = """
import { SpatialGrid } from "./spatial_grid.js";
const grid = new SpatialGrid(given.points.map(([x]) => x), given.points.map(([, y]) => y));
const inside = (x, y, side) => {
  const found = [];
  grid.eachIn({ left: x, top: y, right: x + side, bottom: y + side }, (point) => found.push(point));
  return found.sort((one, other) => one - other);
};
const none = new SpatialGrid([], []);
console.log(JSON.stringify({
  nearest: given.asked.map(([x, y, away]) => grid.nearest(x, y, away, (point) => point % 2)),
  inside: given.asked.map(([x, y, side]) => inside(x, y, side)),
  none: none.nearest(0, 0, 1),
  one: new SpatialGrid([3], [3]).nearest(3, 3.5, 0.5),
}));"""
    said = run_scripts(tmp_path, body, {"points": points, "asked": asked})
    for (x, y, away), nearest, inside in zip(asked, said["nearest"], said["inside"], strict=True):
        distances = [math.dist((x, y), point) for point in points]
        odd = [at for at in range(1, len(points), 2) if distances[at] <= away]
        least = min((distances[at] for at in odd), default=None)
        assert (nearest < 0) == (least is None)
        assert least is None or distances[nearest] == least
        assert inside == [
            at
            for at, point in enumerate(points)
            if x <= point[0] <= x + away and y <= point[1] <= y + away
        ]
    assert (said["none"], said["one"]) == (-1, 0)


@pytest.mark.spec("MAP-PAGE-8")
def test_a_search_finds_beginnings_of_words_without_diacritics(tmp_path: Path) -> None:
    searches = {
        "truong dai hoc": True,
        "TRƯỜNG ĐẠI": True,
        "  hoc   tru ": True,
        "đuong  so-12": True,
        "duong 1": True,
        "Đại": True,
        "dai hoc 2": False,
        "uong": False,
        "": True,
        "---": True,
    }
    body = """
import { fold, hasWords, wordsOf } from "./folding.js";
const folded = `${fold(given.name)} ${fold(given.address)}`;
console.log(JSON.stringify(given.typed.map((typed) => hasWords(folded, wordsOf(typed)))));"""
    given = {"name": "Trường Đại  học (cơ sở 1)", "address": "Đường số 12", "typed": [*searches]}
    assert run_scripts(tmp_path, body, given) == [*searches.values()]


@pytest.mark.spec("MAP-PAGE-9", "MAP-PAGE-10")
def test_filters_narrow_and_count_and_the_list_begins_with_what_one_should_know_first(
    tmp_path: Path,
) -> None:
    rows = [
        row("Đông", "safe"),
        row("An", "safe"),
        row("Bình", "closed"),
        row("Cao", "unsafe", facility_kind="clinic"),
        row("Ân", "contested"),
        row("Dung", "unsafe"),
    ]
    body = """
import { Facilities } from "./facility_filter.js";
const all = new Facilities(given);
const names = (wanted) => all.ordered(wanted).map((at) => all.rows[at].name);
const find = (typed, kind, ...states) => {
  const found = all.select({ typed, kind, states: new Set(states) });
  const { wanted, count, states: ofState, kinds } = found;
  return { names: names(wanted), count, ofState, kinds: Object.fromEntries(kinds) };
};
const found = [
  find("", ""),
  find("", "school", "unsafe", "safe"),
  find("ân le", ""),
  find("", "clinic", "safe"),
];
const changes = [{ state: "unsafe" }, { name: "Tây" }, { facility: "new" }, { latitude: 1 }];
const places = changes.map((change) => all.change({ ...given[0], ...change }));
const after = names(new Uint8Array(6).fill(1));
console.log(JSON.stringify({ found, places, after }));"""
    said = run_scripts(tmp_path, body, rows)
    everything, schools, searched, none = said["found"]
    assert everything["names"] == ["Cao", "Dung", "Ân", "An", "Đông", "Bình"]
    assert everything["ofState"] == dict(zip(STATES, [2, 1, 0, 0, 2, 1], strict=True))
    assert everything["kinds"] == {"school": 5, "clinic": 1}
    assert (schools["names"], schools["count"]) == (["Dung", "An", "Đông"], 3)
    assert schools["ofState"]["unsafe"] == 1
    assert schools["ofState"]["contested"] == 1
    assert schools["kinds"] == {"school": 3, "clinic": 1}
    assert searched["names"] == ["Ân", "An"]
    assert (none["count"], none["kinds"]) == (0, {"school": 2, "clinic": 0})
    assert said["places"] == [0, -1, -1, -1]
    assert said["after"][:3] == ["Cao", "Đông", "Dung"]


@pytest.mark.spec("MAP-PAGE-3")
def test_boundaries_are_polygons_and_lines_whatever_else_is_there(tmp_path: Path) -> None:
    square = [[107, 16], [108, 16], [108, 17], [107, 16]]
    other = [[1, 1], [2, 2]]
    named = {"properties": {"name": "Huế"}}
    shapes: list[Any] = [
        {"type": "Polygon", "coordinates": [square, other]},
        {"type": "MultiPolygon", "coordinates": [[square], [other]]},
        {"type": "LineString", "coordinates": other},
        {"type": "MultiLineString", "coordinates": [other, square]},
        {
            "type": "GeometryCollection",
            "geometries": [{"type": "LineString", "coordinates": other}],
        },
        {"type": "Point", "coordinates": [1, 1]},
        {"type": "LineString", "coordinates": [[1, 1], [200, 1]]},
        {"type": "LineString", "coordinates": [[1, 1], ["1", 1]]},
        {"type": "Polygon", "coordinates": "no"},
        {"type": "constructor", "coordinates": []},
        {"type": "LineString", "coordinates": [[1, 1]]},
        None,
    ]
    features = [{"type": "Feature", "geometry": each, **named} for each in shapes]
    given = {"collection": {"type": "FeatureCollection", "features": features}, "one": shapes[2]}
    body = """
import { outlinesOf } from "./boundaries.js";
const brief = (outlines) => outlines.map(({ xs, closed, name }) => [xs.length, closed, name]);
console.log(JSON.stringify({
  all: brief(outlinesOf(given.collection)),
  few: brief(outlinesOf(given.collection, 9)),
  one: brief(outlinesOf(given.one)),
  none: [null, 3, [], {}, { type: "FeatureCollection" }].map((each) => outlinesOf(each).length),
  bounds: outlinesOf(given.collection)[0].bounds,
}));"""
    said = run_scripts(tmp_path, body, given)
    assert said["all"] == [
        [4, True, "Huế"],
        [2, True, ""],
        [4, True, "Huế"],
        [2, True, ""],
        [2, False, "Huế"],
        [2, False, "Huế"],
        [4, False, ""],
        [2, False, "Huế"],
    ]
    assert said["few"] == [[4, True, "Huế"], [2, True, ""], [2, True, ""]]
    assert said["one"] == [[2, False, ""]]
    assert said["none"] == [0, 0, 0, 0, 0]
    assert said["bounds"]["left"] == pytest.approx(107 / 360 + 0.5)


@pytest.mark.spec("MAP-PAGE-11")
def test_what_a_map_shows_stands_in_the_fragment_and_comes_back_from_it(tmp_path: Path) -> None:
    body = """
import { fromFragment, toFragment } from "./map_address.js";
const wish = { typed: "Đại & học", kind: "school", states: new Set(["safe", "unsafe"]) };
const view = { latitude: 16463713, longitude: 107590866, scale: 2 ** 15.5 };
const fragment = toFragment(wish, view);
const plain = (said) => ({ ...said.wish, states: [...said.wish.states], view: said.view ?? null });
console.log(JSON.stringify({
  fragment,
  back: plain(fromFragment(fragment)),
  nothing: [toFragment({ typed: "", kind: "", states: new Set() }), plain(fromFragment(""))],
  bad: given.map((each) => plain(fromFragment(each))),
}));"""
    bad = ["#state=evil.due&at=1,2", "#at=91,0,12", "#at=1,2,99", "#at=,,"]
    said = run_scripts(tmp_path, body, bad)
    nothing: dict[str, Any] = {"typed": "", "kind": "", "states": [], "view": None}
    assert said["fragment"].startswith("#q=")
    assert said["back"]["typed"] == "Đại & học"
    assert said["back"]["states"] == ["unsafe", "safe"]
    assert said["back"]["view"]["latitude"] == pytest.approx(16_463_713, abs=10)
    assert said["back"]["view"]["scale"] == pytest.approx(2**15.5, rel=1e-2)
    assert said["nothing"] == ["", nothing]
    assert said["bad"] == [{**nothing, "states": ["due"]}, nothing, nothing, nothing]
