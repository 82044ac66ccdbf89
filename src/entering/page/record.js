// Watches a person use a page: what was acted on goes out with the best locator that names it and nothing else at that
// moment. Words come first, as people see them; CSS is the last resort. Values go out to be recognised again, never to
// be written down, and a password's never.

const NAMES_OF_PLACES = "legend,caption,summary,h1,h2,h3,h4,h5,h6,[role=heading],th,dt";

const clean = (text) => evenLabel(text).slice(0, 60);
const distinct = (texts) => [...new Set(texts.map(clean).filter(Boolean))];

/** Whether a locator names this element and no other that is visible. */
function namesOnly(locator, element, act) {
  const found = (act === "choose" ? choosableMatches : matches)(locator);
  const visible = act === "upload" ? found : found.filter((one) => isVisible(drawnBy(one)));
  if (visible.length !== 1) return false;
  // A group of radio buttons is chosen from as a whole.
  return visible[0] === element || (element.type === "radio" && visible[0].contains(element));
}

/** The words beside, above and on a control. */
function wordsFor(control) {
  const cell = control.closest("td,dd");
  const before = [];
  for (let at = cell?.previousElementSibling; at; at = at.previousElementSibling) {
    if (at.matches("th,dt,td")) {
      before.push(ownText(at));
      break;
    }
  }
  if (control.type === "radio") {
    const group = control.closest("fieldset,[role=radiogroup],[role=group]");
    const headed = [...(control.closest("div,p,li")?.querySelectorAll("label") ?? [])].filter((label) => !label.control);
    return distinct([group ? nameOf(group) : "", ...before, ...headed.map(ownText)]);
  }
  const column = cell?.closest("table")?.rows[0]?.cells[cell.cellIndex];
  const spoken = control.hasAttribute("aria-label") || control.hasAttribute("aria-labelledby") ? nameOf(control) : "";
  return distinct([...[...(control.labels ?? [])].map(ownText), spoken, ...before, control.title, column?.matches("th") ? ownText(column) : ""]);
}

function plainLocators(element, act) {
  const locators = [];
  const add = (kind, text) => text && locators.push({ [kind]: text });
  if (["fill", "choose", "check", "upload"].includes(act)) {
    for (const words of wordsFor(element)) add("label", words);
    if (element.placeholder) add("placeholder", clean(element.placeholder));
  } else if (act === "look") {
    add("text", clean(element.innerText));
  } else {
    const name = clean(nameOf(element));
    if (element.matches(BUTTONS)) add("button", name);
    else if (element.matches("a[href],[role=link]")) add("link", name);
    else add("text", clean(element.innerText));
  }
  const role = element.getAttribute("role");
  if (role && /^[a-z]+$/.test(role)) {
    const name = clean(nameOf(element));
    if (name) locators.push({ role: { role, name } });
  }
  return locators;
}

/** Headings that stand over an element, the nearest first. */
function placesOf(element) {
  const names = all(NAMES_OF_PLACES).filter((name) => isVisible(name) && partOf(name)(element)).map(ownText);
  return distinct(names.reverse());
}

/** An id or a name that does not look made by a machine for this once. */
const lasting = (name) => Boolean(name) && name.length <= 40 && !/\d{3,}|[:{}]/.test(name);

function cssFor(element) {
  const selectors = [];
  if (lasting(element.id)) selectors.push(`#${CSS.escape(element.id)}`);
  if (lasting(element.name)) selectors.push(`${element.localName}[name="${CSS.escape(element.name)}"]`);
  let path = "";
  for (let at = element; at?.parentElement; at = at.parentElement) {
    if (at !== element && lasting(at.id)) {
      path = `#${CSS.escape(at.id)} > ${path}`;
      break;
    }
    const alike = [...at.parentElement.children].filter((other) => other.localName === at.localName);
    const own = alike.length > 1 ? `${at.localName}:nth-of-type(${alike.indexOf(at) + 1})` : at.localName;
    path = path ? `${own} > ${path}` : own;
  }
  return [...selectors, path.replace(/ > $/, "")];
}

/** The first that names the element alone: by its words, by its words in a part of the page, by number, by CSS. */
function locate(element, act) {
  const plain = plainLocators(element, act);
  for (const locator of plain) if (namesOnly(locator, element, act)) return locator;
  const places = plain.length ? placesOf(element) : [];
  for (const what of plain) {
    for (const part of places) {
      const locator = { placed: { what, in: part } };
      if (namesOnly(locator, element, act)) return locator;
    }
  }
  for (const what of plain) {
    const found = matches(what).filter((one) => isVisible(drawnBy(one)));
    const nth = found.indexOf(element) + 1;
    if (nth && namesOnly({ placed: { what, nth } }, element, act)) return { placed: { what, nth } };
  }
  for (const css of cssFor(element)) if (namesOnly({ css }, element, act)) return { css };
  return null;
}

const send = (happened) => globalThis.jitanSeen(JSON.stringify(happened));

function seen(act, element, more = {}) {
  lookAnew();
  const locator = locate(element, act);
  const words = act === "click" || act === "look" ? [] : wordsFor(element);
  send({ seen: "act", act, locator, name: words[0] ?? clean(element.placeholder ?? "") ?? "", ...more });
}

let opened = null;

function changed(event) {
  if (!event.isTrusted) return;
  const element = event.composedPath()[0];
  if (element.matches?.("input[type=checkbox]")) return seen("check", element, { on: element.checked });
  if (element.matches?.("input[type=radio]")) return seen("choose", element, { text: radioText(element) });
  if (element.matches?.("input[type=file]")) return seen("upload", element);
  if (element.matches?.("select")) return seen("choose", element, { text: standing(element) });
  if (element.matches?.("input[type=password]")) return seen("fill", element, { secret: true });
  if (element.matches?.("input,textarea")) seen("fill", element, { text: element.value });
}

function clicked(event) {
  if (!event.isTrusted) return;
  const at = event.composedPath()[0];
  if (at.nodeType !== Node.ELEMENT_NODE) return;
  const option = at.closest("[role=option]");
  if (option && opened) {
    seen("choose", opened, { text: even(option.innerText) });
    opened = null;
    return;
  }
  const box = at.closest("[role=combobox],[aria-haspopup=listbox]");
  opened = box && !box.matches("input") ? box : opened;
  // The list that it opens is told with what is chosen from it.
  if (opened && opened === box) return;
  const element = at.closest(`${BUTTONS},a[href],[role=link],[role=menuitem],[role=tab],[role=checkbox],[role=switch],[onclick]`);
  if (element) return seen("click", element);
  if (at.closest("label,select,input,textarea,[contenteditable='']")) return;
  if (at.children.length === 0 && even(at.innerText)) seen("look", at);
}

function edited(event) {
  const element = event.composedPath()[0];
  if (event.isTrusted && element.isContentEditable) seen("fill", element, { text: element.textContent });
}

addEventListener("change", changed, true);
addEventListener("click", clicked, true);
addEventListener("focusout", edited, true);

/** A page is told by its path and its headings, once it stands. */
function arrived() {
  if (window !== window.top || !document.body) return;
  lookAnew();
  const headings = all("h1,h2,[role=alert],[role=status],output").filter(isVisible).map((one) => clean(one.innerText));
  send({ seen: "page", path: location.pathname, headings: headings.filter(Boolean).slice(0, 8) });
}

if (document.readyState === "loading") addEventListener("DOMContentLoaded", arrived);
else arrived();
