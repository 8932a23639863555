/** Opening declarations: fetched sealed, opened here, shown here; nothing is sent. */

import { Fault, textOf } from "./bytes.js";
import { fieldsOf, forRole, message } from "./form.js";
import { allSealed, doing, keysIn } from "./officials.js";
import { ask, byId, element, given, isAble, say, tell } from "./page.js";
import { openDeclaration } from "./sealing.js";

const COLUMNS = ["surname", "given_names", "birth_date", "document_number", "arrival", "symptoms"];
let form;

async function fetchAndOpen() {
  const role = byId("role").value;
  const keys = await keysIn(byId("key"));
  if (!keys) return;
  const all = await allSealed("/operator/data/declarations", "declarations");
  const found = await Promise.all(all.map((each) => openWith(keys, each, role)));
  const [opened, others, bad] = ["opened", "others", "bad"].map((what) => found.filter((each) => each.what === what));
  const count = { opened: opened.length, others: others.length, bad: bad.length };
  tell("said", say(bad.length ? "opening.opened_bad" : "opening.opened", count));
  showTable(opened, forRole(form, role));
  showBad(bad);
}

/** What the first key that fits opens; `others` where none does, `bad` what is no declaration at all. */
async function openWith(keys, { name, sealed }, role) {
  for (const key of keys) {
    try {
      return { what: "opened", ...(await openDeclaration(sealed, key, role, form)) };
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      if (fault.kind !== "unauthentic") return { what: "bad", name };
    }
  }
  return { what: "others" };
}

/** Name what nobody can read, or what the key opened and is in no form of ours [ARRIVALS-PAGE-18]. */
function showBad(bad) {
  byId("bad").hidden = bad.length === 0;
  byId("bad-names").replaceChildren(...bad.map(({ name }) => element("li", { className: "text" }, name)));
}

function showTable(opened, asked) {
  const columns = fieldsOf(asked).filter(({ name }) => COLUMNS.includes(name));
  const head = columns.map(({ label }) => element("th", { scope: "col" }, label[given.language]));
  byId("head").replaceChildren(element("tr", {}, ...head, element("th", { scope: "col" }, say("opening.all"))));
  byId("rows").replaceChildren(...opened.flatMap((one, at) => rowsOf(one, `all-${at}`, columns, asked)));
  byId("table").hidden = opened.length === 0;
}

/** A row of what is asked for most, and under it, when somebody wants it, one of all answers. */
function rowsOf({ values, problems }, id, columns, asked) {
  const cells = columns.map((field, at) => {
    const cell = element(at ? "td" : "th", {}, inWords(field, values[field.name]));
    if (at) cell.dataset.label = field.label[given.language];
    else cell.scope = "row";
    return cell;
  });
  const name = problems.length ? say("opening.problems", { count: problems.length }) : say("opening.show");
  const button = element("button", { type: "button", className: "quiet", ariaExpanded: "false" }, name);
  button.setAttribute("aria-controls", id);
  const all = element("td", { colSpan: columns.length + 1 }, ...warnings(problems), answersOf(values, fieldsOf(asked)));
  const below = element("tr", { id, className: "all", hidden: true }, all);
  button.addEventListener("click", () => {
    below.hidden = !below.hidden;
    button.ariaExpanded = String(!below.hidden);
  });
  const className = problems.length ? "doubtful" : "";
  return [element("tr", { className }, ...cells, element("td", {}, button)), below];
}

const warnings = (problems) =>
  problems.map((each) => element("p", { className: "wrong" }, `${each.path}: ${message(form, each, given.language)}`));

/** All answers, those to questions that the form does not have among them. */
function answersOf(values, fields) {
  const known = fields.filter(({ name }) => Object.hasOwn(values, name));
  const rows = known.map((field) => [field.label[given.language], shown(field, values[field.name])]);
  const unknown = Object.keys(values).filter((name) => !fields.some((field) => field.name === name));
  const others = unknown.map((name) => [name, JSON.stringify(values[name])]);
  const lines = [...rows, ...others].map(([term, said]) =>
    element("div", {}, element("dt", {}, term), element("dd", {}, said)),
  );
  return element("dl", { className: "facts" }, ...lines);
}

function shown(field, value) {
  if (field.kind !== "group" || !Array.isArray(value)) return inWords(field, value);
  const items = value.map((item) => element("li", {}, answersOf(Object(item), field.fields)));
  return element("ol", {}, ...items);
}

/** An answer as people say it; one that is of no kind of ours as it is. */
function inWords(field, value) {
  if (value === undefined) return "";
  if (Array.isArray(value)) return value.map((each) => inWords(field, each)).join(", ");
  if (typeof value !== "string") return JSON.stringify(value);
  const choice = field.choices?.find(({ code }) => code === value);
  if (choice) return choice.label[given.language];
  if (field.kind === "country" && form.countries.includes(value)) {
    return new Intl.DisplayNames([given.language], { type: "region" }).of(value);
  }
  return value.replace("T", field.kind === "moment" ? " " : "T");
}

async function begin() {
  byId("unable").hidden = await isAble();
  byId("page").hidden = !byId("unable").hidden;
  form = JSON.parse(textOf(await ask("/arrivals/form.json")));
  byId("opening-form").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(byId("open"), fetchAndOpen);
  });
}

begin();
