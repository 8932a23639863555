/** The form on the page: what is typed into it becomes answers, and problems stand beside fields. */

import { fieldsOf, isAsked, message } from "./form.js";
import { byId, element, given } from "./page.js";

/** A form on the page, made by the server from the same definition. */
export class FormView {
  /** @param {HTMLFormElement} root @param {object} form the definition */
  constructor(root, form) {
    this.root = root;
    this.form = form;
    /** @type {WeakMap<Element, Map<string, HTMLElement>>} fields by name, of the form and of each item */
    this.places = new WeakMap();
    for (const select of root.querySelectorAll("select[data-countries]")) this.#nameCountries(select);
    for (const template of root.querySelectorAll("template")) {
      for (const select of template.content.querySelectorAll("select[data-countries]")) {
        this.#nameCountries(select);
      }
    }
    for (const group of root.querySelectorAll("fieldset.group")) this.#prepareGroup(group);
    root.addEventListener("input", () => this.showAsked());
    this.showAsked();
  }

  /** The answers as they are typed; `tidied` comes after. */
  answers() {
    return this.#answersIn(this.root, fieldsOf(this.form));
  }

  /** Show the fields that the answers beside them say are asked, and hide the others. */
  showAsked() {
    this.#showAskedIn(this.root, fieldsOf(this.form));
  }

  /** Let the browser fill in what it knows of a person and remember what is typed, or neither. */
  letFill(mayFill) {
    for (const each of this.root.querySelectorAll("[data-autocomplete]")) {
      each.autocomplete = mayFill ? each.dataset.autocomplete : "off";
    }
  }

  /** Put the messages of problems beside their fields; return what a summary links to. */
  showProblems(problems) {
    this.clearProblems();
    return problems.map((problem) => {
      const place = this.#placeOf(problem.path.split("."));
      const text = message(this.form, problem, given.language);
      const field = place.closest("[data-field]") ?? place;
      const line = field.querySelector("[data-error]");
      line.textContent = text;
      line.hidden = false;
      for (const control of controlsOf(field)) control.setAttribute("aria-invalid", "true");
      return { target: place.id, label: labelOf(field), text };
    });
  }

  clearProblems() {
    for (const line of this.root.querySelectorAll("[data-error]")) line.hidden = true;
    for (const each of this.root.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
  }

  /** Empty the form. */
  reset() {
    this.root.reset();
    for (const group of this.root.querySelectorAll("fieldset.group")) {
      for (const item of itemsOf(group)) item.remove();
      group.dataset.made = 0;
      this.#fillUp(group);
    }
    this.clearProblems();
    this.showAsked();
  }

  #answersIn(scope, fields) {
    const found = {};
    for (const field of fields) {
      const value = this.#answerIn(this.#fieldIn(scope, field.name), field);
      if (value !== undefined) found[field.name] = value;
    }
    return found;
  }

  #answerIn(place, field) {
    if (field.kind === "group") {
      return itemsOf(place.querySelector("fieldset.group")).map((item) => this.#answersIn(item, field.fields));
    }
    if (place.hasAttribute("data-partial")) return partialDate(place);
    const controls = controlsOf(place);
    if (field.kind === "choices") return controls.filter((each) => each.checked).map((each) => each.value);
    if (controls[0].type === "radio") return controls.find((each) => each.checked)?.value;
    return controls[0].validity.badInput ? "?" : controls[0].value;
  }

  #showAskedIn(scope, fields) {
    const answers = this.#answersIn(scope, fields);
    for (const field of fields) {
      const place = this.#fieldIn(scope, field.name);
      place.hidden = !isAsked(field, answers);
      if (field.kind === "group") {
        for (const item of itemsOf(place)) this.#showAskedIn(item, field.fields);
      }
    }
  }

  /** The field of a name in the form or an item, not one of a group inside. */
  #fieldIn(scope, name) {
    if (!this.places.has(scope)) {
      const holder = scope === this.root ? null : scope;
      const inside = [...scope.querySelectorAll("[data-field]")];
      const own = inside.filter((each) => each.parentElement.closest("[data-item]") === holder);
      this.places.set(scope, new Map(own.map((each) => [each.dataset.field, each])));
    }
    return this.places.get(scope).get(name);
  }

  /** The element that a path leads to, for the focus. */
  #placeOf([name, number, ...rest]) {
    const field = this.#fieldIn(this.root, name);
    if (field === undefined) return this.root;
    if (number === undefined) return focusOf(field);
    const item = itemsOf(field)[Number(number)];
    return rest.length ? focusOf(this.#fieldIn(item, rest[0])) : item;
  }

  #prepareGroup(group) {
    group.querySelector("[data-add]").addEventListener("click", () => {
      focusable(this.#addItem(group)).focus();
    });
    this.#fillUp(group);
  }

  #fillUp(group) {
    while (itemsOf(group).length < Number(group.dataset.least)) this.#addItem(group);
    renumber(group);
  }

  #addItem(group) {
    const number = (group.dataset.made = Number(group.dataset.made ?? 0) + 1);
    const item = group.querySelector("template").content.firstElementChild.cloneNode(true);
    for (const each of [item, ...item.querySelectorAll("*")]) {
      for (const name of ["id", "name", "for", "aria-describedby"]) {
        const value = each.getAttribute(name);
        if (value) each.setAttribute(name, value.replaceAll("-N-", `-${number}-`));
      }
    }
    item.id = `${group.id}-${number}`;
    item.querySelector("[data-remove]").addEventListener("click", () => {
      item.remove();
      renumber(group);
      group.querySelector("[data-add]").focus();
      this.root.dispatchEvent(new Event("input"));
    });
    group.querySelector("[data-items]").append(item);
    renumber(group);
    this.showAsked();
    return item;
  }

  /** Name countries in the page's language and put them in its order. */
  #nameCountries(select) {
    const names = new Intl.DisplayNames([given.language], { type: "region" });
    const known = this.form.countries.map((code) => [code, names.of(code)]);
    const beyond = this.form.countries_beyond.map(({ code, label }) => [code, label[given.language]]);
    const sorted = [...known, ...beyond].sort(([, one], [, other]) => one.localeCompare(other, given.language));
    select.append(...sorted.map(([value, text]) => element("option", { value }, text)));
  }
}

/** The summary's link to a field. */
export function problemLink({ target, label, text }) {
  const link = element("a", { href: `#${target}` }, `${label}: ${text}`);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    byId(target).scrollIntoView({ block: "center" });
    byId(target).focus({ preventScroll: true });
  });
  return element("li", {}, link);
}

const controlsOf = (place) => [...place.querySelectorAll("input, select")];

const itemsOf = (place) => [...place.querySelectorAll("[data-item]")];

const focusable = (place) => place.querySelector("input, select");

const focusOf = (field) =>
  field.dataset.kind === "group" ? field.querySelector("fieldset.group") : focusable(field);

const labelOf = (field) => field.querySelector("label, legend").firstChild.textContent.trim();

function renumber(group) {
  const items = itemsOf(group);
  items.forEach((item, number) => {
    item.querySelector("[data-number]").textContent = String(number + 1);
  });
  group.querySelector("[data-add]").hidden = items.length >= Number(group.dataset.most);
}

/** A date of three parts; one that is not typed gives no date, for 00 is what stands for unknown. */
function partialDate(place) {
  const [day, month, year] = controlsOf(place).map((each) => each.value.trim());
  if (!day && !month && !year) return undefined;
  return `${year.padStart(4, "0")}-${month && month.padStart(2, "0")}-${day && day.padStart(2, "0")}`;
}
