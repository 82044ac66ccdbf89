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
  if (!element.checkVisibility({ visibilityProperty: true })) return false;
  const box = element.getBoundingClientRect();
  if (box.width > 0 && box.height > 0) return true;
  // Options and display: contents have no box of their own.
  return getComputedStyle(element).display === "contents" && [...element.children].some(isVisible);
}

const kindOf = (element) => {
  const type = element.localName === "input" ? `[${/^[a-z-]+$/.test(element.type) ? element.type : "?"}]` : "";
  return `${element.localName}${type}`;
};

/** Tick boxes and radio buttons are often drawn by their label, the control itself being hidden. */
const drawnBy = (element) =>
  element.matches("input[type=checkbox],input[type=radio]") && !isVisible(element)
    ? [...element.labels].find(isVisible) ?? element
    : element;

function exactlyOne(found, locator) {
  const visible = found.filter((element) => isVisible(drawnBy(element)));
  if (visible.length === 1) return visible[0];
  if (visible.length > 1) {
    throw new Unmet("several", { count: visible.length, kinds: [...new Set(visible.map(kindOf))].slice(0, 4).join(" ") });
  }
  if (found.length) throw new Unmet("hidden", { count: found.length, kinds: kindOf(found[0]) });
  throw new Unmet("absent", { near: nearMisses(locator) });
}

/** How many things carry the locator's text as a part of theirs: tells a renamed label from an empty page. */
function nearMisses(locator) {
  const [[kind, wanted]] = Object.entries(locator);
  const text = kind === "role" ? wanted.name : wanted;
  if (kind === "css" || !text) return 0;
  const part = evenLabel(text);
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

let frames = 0;
const frame = () => new Promise((resolve) => requestAnimationFrame(() => {
  frames += 1;
  resolve();
}));

/** A form that its own rules call incomplete would swallow the click without a word. */
function mustBeAccepted(button) {
  const form = button.form;
  if (!form || form.noValidate || button.formNoValidate || /^(button|reset)$/.test(button.type)) return;
  const invalid = all(":invalid", form).filter((element) => element.localName !== "fieldset");
  if (invalid.length) throw new Unmet("invalid", { count: invalid.length, kinds: kindOf(invalid[0]) });
}

/** Boxes measured inside a frame, and that frame's number: between frames the animation clock shows the next one. */
const measured = new WeakMap();

async function measure(elements) {
  await frame();
  for (const element of elements) measured.set(element, { frame: frames, box: boxOnPage(element) });
}

function boxOnPage(element) {
  const { x, y, width, height } = element.getBoundingClientRect();
  return [x + scrollX, y + scrollY, width, height].join();
}

/** Standing still: the same box on the page as in an earlier frame. */
async function mustStandStill(element) {
  if (!measured.has(element)) await measure([element]);
  const earlier = measured.get(element);
  if (earlier.frame === frames) await frame();
  // An animation that is about to start has not moved anything yet.
  const starting = document.getAnimations().some((animation) => animation.pending);
  if (starting || boxOnPage(element) !== earlier.box) {
    measured.delete(element);
    throw new Unmet("moving", { kinds: kindOf(element) });
  }
}

/** A person's click at its middle would reach it: nothing lies on top. */
function mustReceiveEvents(element) {
  element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
  const box = element.getBoundingClientRect();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const hit = document.elementFromPoint(x, y);
  const label = hit?.closest("label");
  if (!hit || !(element.contains(hit) || label?.control === element)) {
    throw new Unmet("covered", { kinds: hit ? kindOf(hit) : "-" });
  }
}

/** Tries until nothing is unmet any more, at every change of the page and every 50 ms; after `limit` ms tells the last reason. */
async function waitUntil(attempt, limit) {
  const end = performance.now() + limit;
  for (;;) {
    try {
      return await attempt();
    } catch (unmet) {
      if (!(unmet instanceof Unmet) || unmet.seen.final || performance.now() >= end) throw unmet;
    }
    await changeOrTick(Math.min(50, end - performance.now()));
  }
}

function changeOrTick(ms) {
  return new Promise((resolve) => {
    const finish = () => {
      observer.disconnect();
      clearTimeout(timer);
      resolve();
    };
    const observer = new MutationObserver(finish);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
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
