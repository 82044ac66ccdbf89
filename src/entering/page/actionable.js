// When an element may be acted on: exactly one match, visible, enabled, editable, standing still, and not covered.

class Unmet extends Error {
  /** `reason` is a word of the protocol with the caller; `seen` holds counts and kinds of elements, never page text. */
  constructor(reason, seen = {}) {
    super(reason);
    this.reason = reason;
    this.seen = seen;
  }
}

function isVisible(element) {
  if (!element.checkVisibility({ visibilityProperty: true })) {
    // With display: contents it has no box of its own, but what it holds may have.
    return getComputedStyle(element).display === "contents" && [...element.childNodes].some(hasVisibleBox);
  }
  const frame = frameAround(element);
  if (frame && !isVisible(frame)) return false;
  const box = element.getBoundingClientRect();
  return box.width > 0 && box.height > 0;
}

function hasVisibleBox(node) {
  if (node.nodeType === Node.ELEMENT_NODE) return isVisible(node);
  if (node.nodeType !== Node.TEXT_NODE) return false;
  const range = new Range();
  range.selectNodeContents(node);
  return range.getBoundingClientRect().width > 0;
}

const kindOf = (element) => {
  const type = element.localName === "input" ? `[${/^[a-z-]+$/.test(element.type) ? element.type : "?"}]` : "";
  return `${element.localName}${type}`;
};

/** Tick boxes and radio buttons are often drawn by their label, the control itself being hidden. */
const drawnBy = (element) =>
  element.matches("input[type=checkbox],input[type=radio]") && !(isVisible(element) && isDrawn(element))
    ? [...element.labels].find(isVisible) ?? element
    : element;

/** Style sheets leave to screen readers what they make a dot of, or cut away. */
function isDrawn(element) {
  const { clip, opacity } = getComputedStyle(element);
  const { width, height } = element.getBoundingClientRect();
  return width > 1 && height > 1 && opacity !== "0" && !/^rect\((?:0px|1px)(?:,? (?:0px|1px)){3}\)$/.test(clip);
}

function exactlyOne(found, locator) {
  const visible = found.filter((element) => isVisible(drawnBy(element)));
  if (visible.length === 1) return visible[0];
  if (visible.length > 1) {
    const kinds = [...new Set(visible.map(kindOf))].slice(0, 4).join(" ");
    throw new Unmet("several", { count: visible.length, kinds, listed: visible.slice(0, LISTED).map(described) });
  }
  if (found.length) throw new Unmet("hidden", { count: found.length, kinds: kindOf(found[0]) });
  throw absent(locator);
}

/** A file field is often hidden behind a button of the page's own. */
const oneOf = (found, locator) => (found.length === 1 ? found[0] : exactlyOne(found, locator));

/** How many things of a page a person is told of. */
const LISTED = 8;

/** An element in a line, for the person who looks why: with the words on and before it. */
function described(element) {
  const before = element.closest("tr,dd,p,div,fieldset,li")?.innerText ?? "";
  return `${kindOf(element)} ${[...new Set([nameOf(element), even(before)])].filter(Boolean).join(" / ").slice(0, 80)}`;
}

/** Nothing of this name; what comes nearest to it is listed. */
function absent(locator) {
  const kind = Object.keys(what(locator))[0];
  const places = { button: BUTTONS, link: "a[href],[role=link]" }[kind] ??
    "label,th,dt,legend,h1,h2,h3,[aria-label],[placeholder]," + BUTTONS;
  const wanted = wordsOf(locator);
  const names = all(places).filter(isVisible).map((element) => even(nameOf(element) || element.placeholder)).filter(Boolean);
  const alike = [...new Set(names)].map((name) => ({ name: name.slice(0, 80), score: likeness(name, wanted) }));
  alike.sort((one, other) => other.score - one.score);
  return new Unmet("absent", { near: nearMisses(locator), listed: alike.slice(0, LISTED).map(({ name }) => name) });
}

/** How many pairs of characters two texts share. */
function likeness(one, other) {
  const pairs = (text) => new Set([...text].map((c, at, all) => c + (all[at + 1] ?? "")));
  const [few, many] = [pairs(even(one)), pairs(even(other))];
  return [...few].filter((pair) => many.has(pair)).length / (few.size + many.size || 1);
}

function wordsOf(locator) {
  const [[kind, wanted]] = Object.entries(what(locator));
  return kind === "css" ? "" : (kind === "role" ? wanted.name : wanted) ?? "";
}

/** How many things carry the locator's text as a part of theirs: tells a renamed label from an empty page. */
function nearMisses(locator) {
  const part = evenLabel(wordsOf(locator));
  if (!part) return 0;
  return all("label,th,dt,td,legend,button,a,input[type=submit],input[type=button]")
    .filter((element) => isVisible(element) && nameOf(element).includes(part)).length;
}

function mustBeEnabled(element) {
  if (element.matches(":disabled") || element.closest("[aria-disabled=true]")) {
    throw new Unmet("disabled", { kinds: kindOf(element) });
  }
}

function mustBeEditable(element) {
  mustBeEnabled(element);
  if (element.readOnly || element.getAttribute("aria-readonly") === "true") {
    throw new Unmet("read-only", { kinds: kindOf(element) });
  }
}

/** Boxes measured inside a frame, and which it was; kept from program to program. Between frames the animation clock shows the next one. */
const drawn = (globalThis.drawn ??= { frame: 0, boxes: new WeakMap() });

const frame = () => new Promise((resolve) => requestAnimationFrame((time) => {
  drawn.frame = time;
  resolve();
}));

/** A form that its own rules call incomplete would swallow the click without a word. */
function mustBeAccepted(button) {
  const form = button.form;
  if (!form || form.noValidate || button.formNoValidate || /^(button|reset)$/.test(button.type)) return;
  const invalid = all(":invalid", form).filter((element) => element.localName !== "fieldset");
  if (invalid.length) throw new Unmet("invalid", { count: invalid.length, kinds: kindOf(invalid[0]) });
}

async function measure(elements) {
  await frame();
  for (const element of elements) drawn.boxes.set(element, { frame: drawn.frame, box: boxOnPage(element) });
}

/** Measures what may be clicked, while other things are done. */
async function measureAhead() {
  await measure(allOf("input[type=checkbox],input[type=radio]," + BUTTONS).map(drawnBy));
  await frame();
}

function boxOnPage(element) {
  const { x, y, width, height } = element.getBoundingClientRect();
  const view = viewOf(element) ?? window;
  return [x + view.scrollX, y + view.scrollY, width, height].join();
}

/** Standing still: the same box on the page as in an earlier frame. */
async function mustStandStill(element) {
  if (!drawn.boxes.has(element)) await measure([element]);
  const earlier = drawn.boxes.get(element);
  if (earlier.frame === drawn.frame) await frame();
  // An animation that is about to start has not moved anything yet.
  const starting = element.ownerDocument.getAnimations().some((animation) => animation.pending);
  if (starting || boxOnPage(element) !== earlier.box) {
    drawn.boxes.delete(element);
    throw new Unmet("moving", { kinds: kindOf(element) });
  }
}

/** A person's click at its middle would reach it: nothing lies on top. */
function mustReceiveEvents(element) {
  element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
  const box = element.getBoundingClientRect();
  let at = [box.x + box.width / 2, box.y + box.height / 2];
  const hit = topmost(element, ...at);
  const label = hit?.closest("label");
  if (!hit || !(isWithin(hit, element) || label?.control === element)) {
    pressBeside(element);
    throw new Unmet("covered", { kinds: hit ? kindOf(hit) : "-" });
  }
  // The frames it stands in must not be covered there either.
  for (let frame = frameAround(element); frame; frame = frameAround(frame)) {
    at = outside(frame, ...at);
    const over = topmost(frame, ...at);
    if (over !== frame) throw new Unmet("covered", { kinds: over ? kindOf(over) : "-" });
  }
}

/** What was pressed beside already. */
const asked = new WeakSet();

/** A calendar that a filled field has opened closes when a person presses beside it; done once for each thing covered. */
function pressBeside(element) {
  const place = around(element);
  if (asked.has(element) || !place) return;
  asked.add(element);
  const at = { bubbles: true, cancelable: true, composed: true, view: viewOf(element), button: 0 };
  for (const type of ["pointerdown", "pointerup"]) place.dispatchEvent(new PointerEvent(type, { ...at, pointerType: "mouse" }));
  for (const type of ["mousedown", "mouseup"]) place.dispatchEvent(new MouseEvent(type, at));
}

/** Tries until nothing is unmet any more, at every change of the page and every 50 ms; after `limit` ms tells the last reason. */
async function waitUntil(attempt, limit) {
  const end = performance.now() + limit;
  for (;;) {
    lookAnew();
    try {
      return await attempt();
    } catch (unmet) {
      if (!(unmet instanceof Unmet) || unmet.seen.final || performance.now() >= end) throw unmet;
    }
    await changeOrTick(Math.min(50, end - performance.now()));
  }
}

/** What is not there may come as lists are scrolled: a screen further at each try, once waiting alone has not helped. */
function searching(attempt) {
  const PATIENCE = 700;
  const begun = performance.now();
  return async () => {
    try {
      return await attempt();
    } catch (unmet) {
      if (unmet.reason === "absent" && performance.now() - begun > PATIENCE) scrollOn();
      throw unmet;
    }
  };
}

const scrolls = (element) => element.scrollHeight > element.clientHeight + 1 &&
  /auto|scroll/.test(getComputedStyle(element).overflowY) && isVisible(element);

function scrollOn() {
  for (const place of [document.scrollingElement, ...everything().filter(scrolls)]) place.scrollTop += place.clientHeight / 2;
}

function changeOrTick(ms) {
  return new Promise((resolve) => {
    const finish = () => {
      observer.disconnect();
      clearTimeout(timer);
      resolve();
    };
    const observer = new MutationObserver(finish);
    const changes = { subtree: true, childList: true, attributes: true, characterData: true };
    for (const tree of trees()) observer.observe(tree, changes);
    const timer = setTimeout(finish, Math.max(1, ms));
  });
}

/** The document is built and its own start-up scripts have run; images may take their time, but not much of it. */
async function documentReady(limit) {
  const LOAD_GRACE = 3000;
  const navigation = () => performance.getEntriesByType("navigation")[0];
  const built = () => document.readyState === "complete" || navigation()?.domContentLoadedEventEnd > 0;
  const start = performance.now();
  while (!built()) {
    if (performance.now() - start > limit) throw new Unmet("loading");
    await changeOrTick(20);
  }
  const loaded = performance.now();
  while (document.readyState !== "complete" && performance.now() - loaded < Math.min(LOAD_GRACE, limit)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
