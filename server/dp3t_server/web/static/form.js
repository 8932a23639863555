/** The form of an entry declaration: the same rules as `spec/arrivals/form.md`, from the same definition. */

import { isMap } from "./canonical.js";

const DAY_MS = 86_400_000;

/**
 * @typedef {object} Problem
 * @property {string} path such as `places.0.country`
 * @property {string} code
 * @property {string} limit
 */

/** All fields of a definition. */
export const fieldsOf = (form) => form.sections.flatMap((section) => section.fields);

/** The day at the place of arrival, YYYY-MM-DD. @param {number} now Unix seconds */
export const localDay = (form, now) => isoDay(Math.floor((now + 60 * form.utc_offset_minutes) / 86_400));

/** A count of days since 1970-01-01 as YYYY-MM-DD. */
export const isoDay = (days) => new Date(days * DAY_MS).toISOString().slice(0, 10);

/** Days since 1970-01-01 of a day from 1900 to 2099; undefined where there is no such day. */
export function dayOf(text) {
  const found = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text);
  if (!found || found[1] < "1900" || found[1] > "2099") return undefined;
  const days = Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3])) / DAY_MS;
  return isoDay(days) === text ? days : undefined;
}

/**
 * All problems of the answers, in the order of the fields [FORM-3].
 * @param {object} form the definition
 * @param {unknown} values the answers
 * @param {number} now Unix seconds
 * @returns {Problem[]}
 */
export function check(form, values, now) {
  if (!isMap(values)) return [problem("", "kind")];
  return checked(fieldsOf(form), { form, now, beside: values, above: values }, "");
}

/** The answers as a page hands them over: tidy, and without what is not asked [FORM-10]. */
export const tidied = (form, values) => tidiedFields(fieldsOf(form), values, form);

/** A text with single spaces inside and none around, in form C [FORM-5]. */
export function tidy(text, form) {
  const spaced = Array.from(text, (letter) => (within(letter, form.spaces) ? " " : letter)).join("");
  return spaced.split(" ").filter(Boolean).join(" ").normalize("NFC");
}

/** Whether a field is asked, by the answers beside it [FORM-9]. */
export function isAsked(field, beside) {
  if (!field.when) return true;
  const given = Object.hasOwn(beside, field.when.field) ? beside[field.when.field] : undefined;
  return [given].flat().some((each) => typeof each === "string" && field.when.is.includes(each));
}

/** The form as a role reads it [FORM-11]. */
export function forRole(form, role) {
  const read = (fields) =>
    fields
      .filter((field) => field.for.includes(role))
      .map((field) => (field.fields ? { ...field, fields: read(field.fields) } : field));
  const sections = form.sections.map((each) => ({ ...each, fields: read(each.fields) }));
  return { ...form, sections: sections.filter((each) => each.fields.length) };
}

/** The answers that a role reads, and no other [FORM-11]. */
export const partValues = (form, values, role) => answersTo(fieldsOf(forRole(form, role)), values);

/** What a person is told of a problem [FORM-12]. */
export function message(form, { path, code, limit }, language) {
  const pattern = fieldAt(form, path)?.pattern;
  if (code === "pattern" && pattern) return form.patterns[pattern].message[language];
  return form.messages[code][language].replaceAll("{limit}", limit);
}

/** The field that a path names; undefined for the form and for items of groups. */
export function fieldAt(form, path) {
  let fields = fieldsOf(form), found;
  for (const word of path.split(".")) {
    if (/^[0-9]+$/.test(word)) {
      found = undefined;
    } else {
      found = fields.find((field) => field.name === word);
      fields = found?.fields ?? [];
    }
  }
  return found;
}

const problem = (path, code, limit = "") => ({ path, code, limit: String(limit) });

const within = (letter, ranges) =>
  ranges.some(([first, last]) => first <= letter.codePointAt(0) && letter.codePointAt(0) <= last);

function checked(fields, scope, path) {
  const found = fields.flatMap((field) => checkedField(field, scope, path + field.name));
  const names = new Set(fields.map((field) => field.name));
  const unknown = Object.keys(scope.beside).some((name) => !names.has(name));
  return unknown ? [...found, problem(path.replace(/\.$/, ""), "unknown")] : found;
}

function checkedField(field, scope, path) {
  const given = Object.hasOwn(scope.beside, field.name);
  if (!isAsked(field, scope.beside)) return given ? [problem(path, "unasked")] : [];
  if (!given) return field.required || field.least > 0 ? [problem(path, "missing")] : [];
  const value = scope.beside[field.name];
  if (field.kind === "group") return checkedGroup(field, value, scope, path);
  const fault = faultOf(field, value, scope);
  return fault ? [problem(path, ...fault)] : [];
}

function checkedGroup(field, items, scope, path) {
  const least = field.least ?? 0;
  if (!Array.isArray(items)) return [problem(path, "kind")];
  if (items.length < least) return [problem(path, "few", least)];
  if (items.length > field.most) return [problem(path, "many", field.most)];
  return items.flatMap((item, number) =>
    isMap(item)
      ? checked(field.fields, { ...scope, beside: item }, `${path}.${number}.`)
      : [problem(`${path}.${number}`, "kind")],
  );
}

/** The first fault of an answer, its code and its limit [FORM-4] to [FORM-8]. */
function faultOf(field, value, scope) {
  if (field.kind === "choices") return faultOfChoices(field, value);
  if (typeof value !== "string") return ["kind"];
  if (field.kind === "text") return faultOfText(field, value, scope.form);
  if (field.kind === "date") return faultOfDate(field, value, scope);
  if (field.kind === "moment") {
    const found = /^(.{10})T(?:[01][0-9]|2[0-3]):[0-5][0-9]$/.exec(value);
    return found ? faultOfDate(field, found[1], scope) : ["date"];
  }
  return codesOf(field, scope.form).includes(value) ? undefined : ["choice"];
}

const codesOf = (field, form) =>
  field.kind === "country"
    ? [...form.countries, ...form.countries_beyond.map((each) => each.code)]
    : field.choices.map((each) => each.code);

function faultOfText(field, value, form) {
  const letters = Array.from(value);
  if (letters.length > field.longest) return ["long", field.longest];
  if (letters.some((letter) => within(letter, form.hidden))) return ["characters"];
  if (value !== tidy(value, form)) return ["untidy"];
  if (letters.length < (field.shortest ?? 1)) return ["short", field.shortest ?? 1];
  const pattern = field.pattern && new RegExp(`^(?:${form.patterns[field.pattern].pattern})$`, "u");
  return pattern && !pattern.test(value) ? ["pattern"] : undefined;
}

function faultOfChoices(field, value) {
  if (!Array.isArray(value) || value.some((each) => typeof each !== "string")) return ["kind"];
  if (value.length === 0) return ["few", 1];
  const codes = field.choices.map((each) => each.code);
  if (value.some((each) => !codes.includes(each))) return ["choice"];
  if (new Set(value).size < value.length) return ["twice"];
  const alone = field.alone ?? [];
  return value.length > 1 && value.some((each) => alone.includes(each)) ? ["alone"] : undefined;
}

function faultOfDate(field, value, scope) {
  if (field.partial && value === "0000-00-00") return undefined;
  const day = dayOf(field.partial ? completed(value) : value);
  if (day === undefined) return ["date"];
  const earliest = boundOf(field.earliest, scope);
  if (earliest !== undefined && day < earliest) return ["early", isoDay(earliest)];
  const latest = boundOf(field.latest, scope);
  return latest !== undefined && day > latest ? ["late", isoDay(latest)] : undefined;
}

/** The day of a bound; undefined where the field it counts from has no date [FORM-7]. */
function boundOf(bound, scope) {
  if (!bound) return undefined;
  if (bound.from === "today") return dayOf(localDay(scope.form, scope.now)) + bound.days;
  const holder = Object.hasOwn(scope.beside, bound.from) ? scope.beside : scope.above;
  const given = Object.hasOwn(holder, bound.from) ? holder[bound.from] : undefined;
  const origin = typeof given === "string" ? dayOf(given.slice(0, 10)) : undefined;
  return origin === undefined ? undefined : origin + bound.days;
}

/** A date with the first month and day in the place of those that are not known. */
function completed(value) {
  if (value.endsWith("-00-00")) return `${value.slice(0, -5)}01-01`;
  return value.endsWith("-00") ? `${value.slice(0, -2)}01` : value;
}

function tidiedFields(fields, values, form) {
  const byName = new Map(fields.map((field) => [field.name, field]));
  const found = Object.entries(values).map(([name, value]) => {
    const field = byName.get(name);
    return [name, field ? tidiedValue(field, value, form) : value];
  });
  const filled = Object.fromEntries(found.filter(([, value]) => !isEmpty(value)));
  return Object.fromEntries(
    Object.entries(filled).filter(([name]) => !byName.has(name) || isAsked(byName.get(name), filled)),
  );
}

function tidiedValue(field, value, form) {
  if (typeof value === "string") return tidy(value, form);
  if (field.kind !== "group" || !Array.isArray(value)) return value;
  const items = value.map((item) => (isMap(item) ? tidiedFields(field.fields, item, form) : item));
  return items.filter((item) => !(isMap(item) && isEmpty(item)));
}

function isEmpty(value) {
  if (typeof value === "string" || Array.isArray(value)) return value.length === 0;
  return isMap(value) && Object.keys(value).length === 0;
}

function answersTo(fields, values) {
  const given = fields.filter((field) => Object.hasOwn(values, field.name));
  return Object.fromEntries(given.map((field) => [field.name, answerTo(field, values[field.name])]));
}

function answerTo(field, value) {
  if (field.kind !== "group" || !Array.isArray(value)) return value;
  return value.map((item) => (isMap(item) ? answersTo(field.fields, item) : item));
}
