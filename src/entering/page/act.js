// Doing what a step says, the way page scripts expect it from a person: focus, input, change, clicks with their
// pointer events.

const told = (element, type) => element.dispatchEvent(new Event(type, { bubbles: true, composed: true }));

/** All at once: what a page draws anew as its field gets the focus must not come between. */
function setValue(element, text) {
  // The element class's own setter: frameworks hide it behind one of their own to see what scripts write.
  const proto = element.localName === "textarea" ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
  Object.getOwnPropertyDescriptor(proto, "value").set.call(element, text);
  element.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true, data: text, inputType: "insertText" }));
  told(element, "change");
}

/**
 * Editors keep a model of their own: some take what the browser's editing command writes, and some take it back a moment
 * later, since they listen to keys only.
 */
async function writeAsATypist(element, text) {
  const MOMENT = 300;
  const { ownerDocument } = element;
  ownerDocument.getSelection().selectAllChildren(element);
  // The command would make paragraphs of lines.
  if (text.includes("\n")) {
    element.textContent = text;
    told(element, "input");
  } else if (text === "") ownerDocument.execCommand("delete");
  else ownerDocument.execCommand("insertText", false, text);
  await new Promise((resolve) => setTimeout(resolve, MOMENT));
  if (dense(standing(element)) !== dense(text)) throw new Unmet("does-not-change", { kinds: kindOf(element) });
}

async function fill(element, text) {
  mustBeEditable(element);
  const takesText = element.isContentEditable || element.matches("textarea") ||
    (element.matches("input") && !/^(checkbox|radio|file|color|range)$/.test(element.type));
  if (!takesText) throw new Unmet("not-a-text-field", { kinds: kindOf(element), final: true });
  element.focus();
  if (element.isContentEditable) await writeAsATypist(element, text);
  else setValue(element, text);
  element.blur();
}

function press(element) {
  const box = element.getBoundingClientRect();
  const at = {
    bubbles: true, cancelable: true, composed: true, view: viewOf(element), button: 0,
    clientX: box.x + box.width / 2, clientY: box.y + box.height / 2,
  };
  const pointer = { ...at, pointerId: 1, pointerType: "mouse", isPrimary: true };
  element.dispatchEvent(new PointerEvent("pointerdown", { ...pointer, buttons: 1 }));
  element.dispatchEvent(new MouseEvent("mousedown", { ...at, buttons: 1, detail: 1 }));
  element.focus?.({ preventScroll: true });
  element.dispatchEvent(new PointerEvent("pointerup", pointer));
  element.dispatchEvent(new MouseEvent("mouseup", { ...at, detail: 1 }));
  element.click();
}

/** Waits for everything a click needs, without clicking. */
async function readyToClick(element) {
  const shown = drawnBy(element);
  mustBeEnabled(element);
  mustBeAccepted(element);
  await mustStandStill(shown);
  mustReceiveEvents(shown);
  return shown;
}

async function check(element, on) {
  if (!element.matches("input[type=checkbox],input[type=radio],[role=checkbox],[role=switch]")) {
    throw new Unmet("not-a-tick-box", { kinds: kindOf(element), final: true });
  }
  if (isOn(element) === on) return;
  press(await readyToClick(element));
  // A page's own tick box may need a frame to show it.
  if (!element.matches("input")) await frame();
  if (isOn(element) !== on) throw new Unmet("does-not-change", { kinds: kindOf(element) });
}

const isOn = (element) => (element.matches("input") ? element.checked : element.getAttribute("aria-checked") === "true");

async function choose(place, text) {
  if (place.localName === "select") return chooseOption(place, text);
  if (place.matches("[role=listbox]")) return pickOption(place, text);
  if (place.matches(DROP_DOWN)) return chooseFromList(place, text);
  const radios = place.matches("input[type=radio]") ? groupOf(place) : all("input[type=radio]", place);
  if (!radios.length) throw new Unmet("nothing-to-choose-from", { kinds: kindOf(place), final: true });
  if (text === "") {
    if (radios.some((radio) => radio.checked)) throw new Unmet("cannot-be-blank", { count: radios.length, final: true });
    return;
  }
  const wanted = radios.filter((radio) => even(radioText(radio)) === even(text));
  if (wanted.length !== 1) throw new Unmet("no-such-option", { count: radios.length });
  await check(wanted[0], true);
}

const groupOf = (radio) => all("input[type=radio]", radio.getRootNode()).filter((other) => other.name === radio.name && other.form === radio.form);

/** A radio button's words: its label's, or the text just behind it. */
function radioText(radio) {
  return radio.labels?.length || radio.hasAttribute("aria-label") ? nameOf(radio) : radio.nextSibling?.textContent ?? "";
}

function chooseOption(select, text) {
  mustBeEnabled(select);
  const options = [...select.options];
  if (select.multiple) return chooseOptions(select, text);
  const wanted = options.filter((option) => even(option.label) === even(text) || (text === "" && option.value === ""));
  const option = text === "" ? wanted[0] : wanted.length === 1 ? wanted[0] : null;
  if (!option) throw new Unmet(text === "" ? "cannot-be-blank" : "no-such-option", { count: options.length });
  select.focus();
  for (const other of options) other.selected = other === option;
  told(select, "input");
  told(select, "change");
  select.blur();
}

/** Several choices in one text, as a form's circled choices are joined. */
const choices = (text) => even(text).split(/ ?[、,] ?/).filter(Boolean);

/** An option whose own text holds a comma is one choice. */
function sameChoices(one, other) {
  const [few, many] = [choices(one), choices(other)].map((texts) => new Set(texts));
  return few.size === many.size && [...few].every((text) => many.has(text));
}

function chooseOptions(select, text) {
  const options = [...select.options];
  const whole = options.filter((option) => even(option.label) === even(text));
  const wanted = whole.length === 1 ? whole : choices(text).map((choice) => {
    const named = options.filter((option) => even(option.label) === choice);
    if (named.length !== 1) throw new Unmet("no-such-option", { count: options.length });
    return named[0];
  });
  select.focus();
  for (const option of options) option.selected = wanted.includes(option);
  told(select, "input");
  told(select, "change");
  select.blur();
}

/** A page's own drop-down: opened, its option clicked, and only then believed. */
async function chooseFromList(box, text) {
  if (even(standing(box)) === even(text)) return;
  if (text === "") throw new Unmet("cannot-be-blank", { count: 0, final: true });
  const LIST = 1500;
  const isOpen = box.getAttribute("aria-expanded") === "true" || ownLists(box).some(isVisible);
  // A calendar beside it may be a list too.
  const others = isOpen ? [] : shownLists();
  if (!isOpen) press(await readyToClick(box));
  const list = await waitUntil(() => {
    const found = listOf(box, others);
    if (!found) throw new Unmet("nothing-to-choose-from", { kinds: kindOf(box) });
    return found;
  }, LIST);
  await pickOption(list, text);
  await waitUntil(() => {
    if (even(standing(box)) !== even(text)) throw new Unmet("does-not-change", { kinds: kindOf(box) });
  }, LIST);
}

/** The list that a drop-down shows now: its own, or the only one that came as it was opened. */
function listOf(box, others) {
  const own = ownLists(box);
  const lists = own.length ? own.filter(isVisible) : shownLists().filter((list) => !others.includes(list));
  return lists.length === 1 ? lists[0] : null;
}

const shownLists = () => all("[role=listbox]").filter(isVisible);

function ownLists(box) {
  const ids = (box.getAttribute("aria-controls") ?? box.getAttribute("aria-owns") ?? "").split(/\s+/).filter(Boolean);
  return ids.map((id) => box.getRootNode().getElementById(id)).filter(Boolean);
}

/** Lists that load as they are scrolled are scrolled until the option is there, or nothing more comes. */
async function pickOption(list, text) {
  const IDLE = 3;
  const scrolled = scrollerOf(list);
  for (let idle = 0; ;) {
    const options = all("[role=option]", list);
    const wanted = options.filter((option) => even(option.innerText) === even(text));
    if (wanted.length === 1) {
      if (wanted[0].getAttribute("aria-selected") === "true" && list.getAttribute("aria-multiselectable") === "true") return;
      return press(await readyToClick(wanted[0]));
    }
    const before = scrolled.scrollTop;
    scrolled.scrollTop += Math.max(40, scrolled.clientHeight / 2);
    await changeOrTick(100);
    const moved = scrolled.scrollTop !== before || all("[role=option]", list).length !== options.length;
    idle = moved ? 0 : idle + 1;
    if (idle === IDLE) {
      scrolled.scrollTop = 0;
      throw new Unmet("no-such-option", { count: options.length });
    }
  }
}

/** What scrolls a list: itself, a part of it, or what is around it. */
function scrollerOf(list) {
  const AROUND = 3;
  const candidates = [list, ...all("*", list)];
  for (let at = around(list), far = 0; at && far < AROUND; at = around(at), far += 1) candidates.push(at);
  return candidates.find((place) => scrolls(place)) ?? list;
}

/** Puts a file that exists only here into a file input. */
function upload(element, name, bytes) {
  mustBeEnabled(element);
  if (!element.matches("input[type=file]")) throw new Unmet("not-a-file-field", { kinds: kindOf(element), final: true });
  const kind = name.endsWith(".pdf") ? "application/pdf" : "image/png";
  const given = new DataTransfer();
  given.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name, { type: kind }));
  element.files = given.files;
  told(element, "input");
  told(element, "change");
}

/** Makes an element ready for keys that come from outside the page: what it holds is selected, to be replaced. */
function readyForKeys(element) {
  mustBeEditable(element);
  element.focus();
  if (element.isContentEditable) element.ownerDocument.getSelection().selectAllChildren(element);
  else element.select?.();
  // Of the element and everything that holds the focus, down from the page.
  const focused = element.getRootNode().activeElement;
  if (focused !== element) throw new Unmet("not-focusable", { kinds: kindOf(element) });
}
