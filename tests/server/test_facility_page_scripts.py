"""How the pages of facilities explain a state, and how they follow the live stream."""

from pathlib import Path

import pytest

from map_scripts import run_scripts
from spec.vectors.builders.facility_record import SETTINGS, TODAY

REASONS = """
import { reasonsOf, tasksOf } from "./facility_reasons.js";
const task = (id, critical, due) => ({ id, critical, due, period_days: due ? 1 : 7 });
const tasks = [task("air", false, true), task("hands", true, true), task("deep", false, false)];
const act = (act) => ({ fault: "", words: "", digest: act.digest ?? "", number: 0, act });
const attested = (done, absent = [], closed = false) => act({
  kind: "attestation",
  day: given.today,
  done: done.map((task) => ({ task, role: "nurse", at: 0 })),
  absent,
  closed,
});
const objection = act({ kind: "objection", digest: "d1", day: given.today });
const verdict = (said) => act({ kind: "resolution", objection: "d1", verdict: said });
const enrolled = (weekdays, first = 0) => act({ kind: "enrolment", weekdays, first_day: first });
const closure = (from, until) => act({ kind: "closure", from_day: from, until_day: until });
const opening = (from) => act({ kind: "opening", from_day: from });
const { today, settings } = given;
const why = (state, now, ...lines) => reasonsOf({ state, today, now, tasks }, lines, settings)
  .map(({ reason, tasks: those = [] }) => [reason, ...those.map(({ id }) => id)].join(" "));
const [early, late] = [given.deadline - 1, given.deadline];
console.log(JSON.stringify([
  why("safe", late, attested(["air", "hands"])),
  why("due", early),
  why("due", early, attested(["hands"])),
  why("overdue", late),
  why("overdue", late, attested(["hands"])),
  why("unsafe", late, attested(["air"])),
  why("unsafe", early, attested(["air"], ["hands"])),
  why("unsafe", early, attested(["air"])),
  why("unsafe", late, attested(["air", "hands"]), objection, verdict("upheld")),
  why("contested", late, attested(["air", "hands"]), objection),
  why("closed", late, closure(given.today, -1)),
  why("closed", late, closure(given.today - 3, given.today)),
  why("closed", late, closure(0, -1), opening(given.today), attested([], [], true)),
  why("closed", late, enrolled([true, true, true, true, true, true, true], given.today + 1)),
  why("closed", late, enrolled([false, true, true, true, true, true, true])),
  why("contested", late, { ...objection, fault: "unauthentic" }),
  tasksOf({ tasks, today }, [attested(["air"], ["hands"])]).map(({ standing }) => standing),
  tasksOf({ tasks, today }, [], today - 1).map(({ standing }) => standing),
]));"""


@pytest.mark.spec("MAP-PAGE-16", "MAP-PAGE-18")
def test_a_state_is_explained_by_what_is_on_the_page(tmp_path: Path) -> None:
    given = {
        "today": TODAY,
        "settings": SETTINGS.to_json(),
        "deadline": SETTINGS.deadline_of(TODAY),
    }
    assert run_scripts(tmp_path, REASONS, given) == [
        ["safe"],
        ["nothing_yet"],
        ["some_yet air"],
        ["nothing"],
        ["some air"],
        ["critical hands"],
        ["critical hands"],
        [],
        ["upheld"],
        ["contested"],
        ["closed_by_authority"],
        ["closed_until"],
        ["closed_today"],
        ["not_begun"],
        ["weekday"],
        [],
        ["done", "absent", "later"],
        ["open", "open", "later"],
    ]


LIVE = """
import { Live } from "./facility_live.js";
const log = [];
const waits = [];
let source, clock = 100, reloads = 0;
class Source extends EventTarget {
  constructor({ acts, made }) { super(); log.push(`open ${acts} ${made}`); source = this; }
  close() { log.push("close"); }
  say(name, data) { this.dispatchEvent(Object.assign(new Event(name), { data })); }
}
const live = new Live({
  open: (known) => new Source(known),
  changed: (text) => {
    if (text === "bad") throw new Error("bad");
    log.push(`took ${text}`);
    return { acts: Number(text), made: clock };
  },
  reload: async () => {
    reloads += 1;
    if (reloads === 2) throw new Error("offline");
    return { acts: 50, made: clock };
  },
  standing: (since) => log.push(since ? `since ${since}` : "live"),
  later: (task, wait) => waits.push([task, wait]),
  now: () => clock,
});
const mark = (name) => log.push(`-- ${name}`);
live.begin({ acts: 7, made: 90 });
source.say("open");
source.say("states", "9");
mark("broken");
const old = source;
for (let times = 0; times < 7; times++) {
  source.say("error");
  clock += 5;
  waits.at(-1)[0]();
}
mark("late words of a closed stream");
old.say("states", "99");
mark("again");
source.say("open");
source.say("reload");
await new Promise(setImmediate);
mark("and at once again");
source.say("reload");
waits.at(-1)[0]();
clock += 5;
mark("unreadable, and offline");
source.say("states", "bad");
await new Promise(setImmediate);
mark("hurried");
live.hurry();
source.say("open");
live.hurry();
waits.at(-1)[0]();
live.end();
source.say("states", "3");
console.log(JSON.stringify({ log, waits: waits.map(([, wait]) => wait / 1000) }));"""


@pytest.mark.spec("MAP-PAGE-12", "MAP-PAGE-13", "MAP-PAGE-14")
def test_a_stream_that_breaks_is_opened_again_where_it_was(tmp_path: Path) -> None:
    said = run_scripts(tmp_path, LIVE)
    text = "\n".join(said["log"])
    begun, broken, late, again, at_once, unreadable, hurried = (
        part.strip().splitlines() for part in text.replace("-- ", "--").split("--")
    )
    assert begun == ["open 7 90", "live", "took 9"]
    assert broken[1:4] == ["close", "since 100", "close"]
    assert broken.count("open 9 100") == 7
    assert set(broken[1:]) == {"close", "since 100", "open 9 100"}
    assert late[1:] == []
    assert again[1:] == ["live", "close", "close", "open 50 135"]
    assert at_once[1:] == ["close", "since 135", "close", "open 50 135"]
    assert unreadable[1:] == ["close", "close", "since 135"]
    assert hurried[1:] == ["close", "open 50 135", "live", "close"]
    assert said["waits"] == [1, 2, 4, 8, 16, 30, 30, 30, 30]
