// Doing what a step says, the way page scripts expect it from a person: focus, input, change, clicks with their
// pointer events.

const told = (element, type) => element.dispatchEvent(new Event(type, { bubbles: true, composed: true }));

function setValue(element, text) {
  if (element.isContentEditable) {
    element.textContent = text;
    return;
  }
  // The element class's own setter: frameworks hide it behind one of their own to see what scripts write.
  const proto = element.localName === "textarea" ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
  Object.getOwnPropertyDescriptor(proto, "value").set.call(element, text);
}

function fill(element, text) {
  mustBeEditable(element);
  const takesText = element.isContentEditable || element.matches("textarea") ||
    (element.matches("input") && !/^(checkbox|radio|file|color|range)$/.test(element.type));
  if (!takesText) throw new Unmet("not-a-text-field", { kinds: kindOf(element), final: true });
  element.focus();
  setValue(element, text);
  element.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true, data: text, inputType: "insertText" }));
  told(element, "change");
  element.blur();
}

function press(element) {
  const box = element.getBoundingClientRect();
  const at = {
    bubbles: true, cancelable: true, composed: true, view: window, button: 0,
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

const groupOf = (radio) => all("input[type=radio]").filter((other) => other.name === radio.name && other.form === radio.form);

/** A radio button's words: its label's, or the text just behind it. */
function radioText(radio) {
  return radio.labels?.length || radio.hasAttribute("aria-label") ? nameOf(radio) : radio.nextSibling?.textContent ?? "";
}

function chooseOption(select, text) {
  mustBeEnabled(select);
  const options = [...select.options];
  const wanted = options.filter((option) => even(option.label) === even(text) || (text === "" && option.value === ""));
  const option = text === "" ? wanted[0] : wanted.length === 1 ? wanted[0] : null;
  if (!option) throw new Unmet(text === "" ? "cannot-be-blank" : "no-such-option", { count: options.length });
  select.focus();
  for (const other of options) other.selected = other === option;
  told(select, "input");
  told(select, "change");
  select.blur();
}
