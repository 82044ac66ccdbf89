// Finding things as people name them. Texts are compared whole, after evening out width, spaces and the badges that
// stand beside labels; only `text` looks for a part. Each finder returns every match, so that the caller can insist
// on exactly one.

const BADGE = /(?:[\s:*]|※|[([【]?(?:必須|任意|required|optional)[)\]】]?)+$/i;

/** The same names are compared for every step. Long texts are not names, and would be kept for nothing. */
function remembering(evened) {
  const LONGEST = 200;
  const known = new Map();
  return (text) => {
    if (text?.length > LONGEST) return evened(text);
    if (!known.has(text)) known.set(text, evened(text));
    return known.get(text);
  };
}

const even = remembering((text) => (text ?? "").normalize("NFKC").replace(/\s+/g, " ").trim());
const evenLabel = remembering((text) => even(text).replace(BADGE, ""));
const same = (shown, wanted) => even(shown) === even(wanted) || evenLabel(shown) === evenLabel(wanted);

const CONTROLS = "input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=image]):not([type=reset])," +
  "select,textarea,[contenteditable=''],[contenteditable=true],[role=textbox],[role=combobox],[role=checkbox]," +
  "[role=switch],[role=radiogroup],[role=listbox],[aria-haspopup=listbox]";
const DROP_DOWN = "[role=combobox],[aria-haspopup=listbox]";
const BUTTONS = "button,input[type=submit],input[type=button],input[type=image],input[type=reset],[role=button]," +
  "a[class*=btn i],a[class*=button i],summary";

/** A label's own words: without the text of controls that stand inside it. */
const ownText = (element) => fact("own text", element, () => {
  const NOT_ITS_OWN = "input,select,textarea,button,script,style";
  if (!element.querySelector(NOT_ITS_OWN)) return element.textContent;
  const copy = element.cloneNode(true);
  for (const inner of copy.querySelectorAll(NOT_ITS_OWN)) inner.remove();
  return copy.textContent;
});

/** The name a screen reader would say, as far as forms need it. */
function nameOf(element) {
  const by = element.getAttribute("aria-labelledby");
  if (by) {
    const ids = by.split(/\s+/).filter((id) => id !== element.id);
    return even(ids.map((id) => element.getRootNode().getElementById(id)?.textContent ?? "").join(" "));
  }
  const spoken = element.getAttribute("aria-label");
  if (spoken) return even(spoken);
  if (element.labels?.length) return even([...element.labels].map(ownText).join(" "));
  if (element.matches("input[type=submit],input[type=button],input[type=reset]")) return even(element.value);
  if (element.matches("input[type=image],img")) return even(element.alt);
  if (element.matches("fieldset")) return even(element.querySelector(":scope > legend")?.textContent);
  if (element.matches("input,select,textarea")) return even(element.title || element.placeholder);
  return even(element.innerText || all("img", element).map((image) => image.alt).join(" ") || element.title);
}

/** The cells a heading speaks for: the next ones of its row up to another heading, or the `dd` after a `dt`. */
function beside(heading) {
  const cells = [];
  for (let next = heading.nextElementSibling; next; next = next.nextElementSibling) {
    if (next.matches("th,dt")) break;
    if (next.matches("td,dd")) cells.push(next);
  }
  return cells;
}

function headingsNamed(text) {
  return allOf("th,dt,td").filter((cell) => {
    if (fact("a cell of controls", cell, () => cell.matches("td") && cell.querySelector(CONTROLS) !== null)) return false;
    return cell.nextElementSibling?.matches("td,dd") && same(ownText(cell), text);
  });
}

/** Radio buttons of one name are one control; it is named by its group's heading. */
function radioGroupsNamed(text) {
  const groups = allOf("fieldset,[role=radiogroup],[role=group]").filter((group) => same(nameOf(group), text));
  const cells = headingsNamed(text).flatMap(beside);
  // A label of no control is its group's heading.
  const headed = allOf("label").filter((label) => !label.control && same(ownText(label), text)).map((label) => label.parentElement);
  return [...groups, ...cells, ...headed].filter((place) => place.querySelector("input[type=radio]"));
}

function controlsLabelled(text) {
  const found = new Set();
  for (const label of allOf("label")) {
    const control = label.control ?? controlNextTo(label);
    if (control && same(ownText(label), text)) found.add(control);
  }
  for (const control of allOf(CONTROLS)) {
    const by = control.getAttribute("aria-labelledby");
    const spoken = control.getAttribute("aria-label");
    if ((by || spoken) && same(nameOf(control), text)) found.add(control);
  }
  for (const cell of headingsNamed(text).flatMap(beside)) {
    const inside = all(CONTROLS, cell).filter((control) => control.type !== "radio");
    // A cell of several controls names none of them, unless only one has no label of its own.
    const unnamed = inside.filter((control) => !control.labels?.length && !control.getAttribute("aria-label"));
    for (const control of inside.length === 1 ? inside : unnamed) found.add(control);
  }
  const labelled = [...found].filter((element) => element.matches(CONTROLS));
  return labelled.length ? labelled : controlsHinted(text);
}

/** The controls of a part of the page; the list that a drop-down has opened is a part of it. */
function controlsIn(place) {
  const controls = all(CONTROLS, place);
  return controls.some((control) => control.matches(DROP_DOWN)) ? controls.filter((control) => !control.matches("[role=listbox]")) : controls;
}

/** A label that points nowhere belongs to the control it stands with, if these two are alone in what is around them. */
function controlNextTo(label) {
  for (let at = label.parentElement; at; at = at.parentElement) {
    const controls = controlsIn(at);
    if (!controls.length) continue;
    const others = all("label", at).filter((other) => other !== label && !other.control);
    const alone = controls.length === 1 && !others.length && controls[0].type !== "radio" && !controls[0].labels?.length;
    return alone ? controls[0] : null;
  }
  return null;
}

/** A control without a label goes by its title or placeholder, or by the heading above its column. */
function controlsHinted(text) {
  const hinted = allOf(CONTROLS).filter((control) => !control.labels?.length && same(nameOf(control), text));
  if (hinted.length) return hinted;
  const columns = allOf("th").filter((heading) => !beside(heading).length && same(ownText(heading), text)).flatMap(columnUnder);
  return columns.flatMap((cell) => all(CONTROLS, cell)).filter((control) => control.type !== "radio");
}

const dense = remembering((text) => (text ?? "").normalize("NFKC").replace(/\s+/g, ""));

/** The innermost elements whose shown text contains this. */
function containing(text) {
  const [wanted, packed] = [even(text), dense(text)];
  const isButton = (element) => element.matches("input[type=submit],input[type=button]");
  const shows = (element) => even(isButton(element) ? element.value : element.innerText).includes(wanted);
  // What holds it stands in what holds it: the rest is not looked into. The cheap look sees scripts and hidden words too,
  // and hidden words may stand between those that a person sees.
  const holders = new Set();
  const descend = (element) => {
    if (element.matches("script,style,noscript,template")) return;
    if (!dense(element.textContent).includes(packed) && !shows(element)) return;
    holders.add(element);
    for (const inner of element.children) descend(inner);
  };
  for (const tree of trees()) for (const top of tree.body ? [tree.body] : tree.children) descend(top);
  const holds = (element) => (holders.has(element) || isButton(element)) && shows(element);
  return everything().filter((element) => holds(element) && ![...element.children].some(holds));
}

const ROLES = {
  alert: "[role=alert]", button: BUTTONS, cell: "td,[role=cell]", checkbox: "input[type=checkbox],[role=checkbox]",
  combobox: "select:not([multiple]),[role=combobox]", dialog: "dialog,[role=dialog]", heading: "h1,h2,h3,h4,h5,h6,[role=heading]",
  img: "img,[role=img]", link: "a[href],[role=link]", listbox: "select[multiple],[role=listbox]", main: "main,[role=main]",
  navigation: "nav,[role=navigation]", option: "option,[role=option]", radio: "input[type=radio],[role=radio]",
  radiogroup: "[role=radiogroup]", row: "tr,[role=row]", status: "output,[role=status]", table: "table,[role=table]",
  textbox: "textarea,input:not([type]),input[type=text],input[type=tel],input[type=email],input[type=url],[role=textbox]",
};

function withRole({ role, name }) {
  const selector = ROLES[role] ?? `[role="${CSS.escape(role)}"]`;
  const elements = all(selector).filter((element) => (element.getAttribute("role") ?? role) === role);
  return name == null ? elements : elements.filter((element) => same(nameOf(element), name));
}

/** Every match, hidden ones too. A locator is `{label: text}`, `{role: {role, name}}`, … as the scenario says it. */
const matches = (locator) => placed(locator, named);

function named(locator) {
  const [[kind, wanted]] = Object.entries(locator);
  switch (kind) {
    case "label": return controlsLabelled(wanted);
    case "button": return allOf(BUTTONS).filter((element) => same(nameOf(element), wanted));
    case "link": return allOf("a[href],[role=link]").filter((element) => same(nameOf(element), wanted));
    case "text": return containing(wanted);
    case "placeholder": return allOf("[placeholder]").filter((element) => same(element.placeholder, wanted));
    case "role": return withRole(wanted);
    case "css": return all(wanted);
    default: throw new Error(`no such kind of locator: ${kind}`);
  }
}

/** What can be read under a name: a control, or else the cells beside a heading of that name. */
const readableMatches = (locator) => placed(locator, (plain) => {
  const found = named(plain);
  return found.length || !plain.label ? found : headingsNamed(plain.label).flatMap(beside);
});

/** What can be chosen from: a select box, or the place that holds a group of radio buttons. */
const choosableMatches = (locator) => placed(locator, (plain) => {
  const found = plain.label ? named(plain).filter((element) => element.type !== "radio") : named(plain);
  return found.length || !plain.label ? found : radioGroupsNamed(plain.label);
});
