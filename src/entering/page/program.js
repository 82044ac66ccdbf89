// The programs themselves. Answers are plain data.

/** Milliseconds a step is given on a page that shows a refusal. */
const AFTER_REFUSAL = 2000;

const status = () => performance.getEntriesByType("navigation")[0]?.responseStatus ?? 0;

/**
 * Runs steps in order up to the first failure, and reads back everything entered. The last one may be a click: it is
 * only made ready here, because a page that leaves takes the program's answer with it.
 */
async function steps({ steps, entered, signedOut, refused, limit }) {
  const refusing = () => Boolean(refused) && isSeen(refused);
  const taken = [];
  const timed = [];
  const done = [...entered];
  const begun = performance.now();
  const since = () => Math.round(performance.now() - begun);
  const stopped = (step, { reason, seen }, more = {}) => ({ failed: { step, reason, seen, ...more }, timed, status: status() });
  const ifSignedOut = (step) => (signedOut && isSeen(signedOut) ? stopped(step, { reason: "signed-out", seen: {} }) : null);
  try {
    await documentReady(limit);
  } catch (unmet) {
    if (!(unmet instanceof Unmet)) throw unmet;
    return ifSignedOut(null) ?? stopped(steps[0]?.step ?? null, unmet);
  }
  // Together, so that not each of them waits for frames of its own; those of the next program find them measured, too.
  measureAhead();
  for (const step of steps) {
    const out = ifSignedOut(step.step);
    if (out) return out;
    const from = since();
    const time = () => timed.push({ step: step.step, from, took: since() - from });
    const patience = refusing() ? Math.min(limit, AFTER_REFUSAL) : limit;
    try {
      if (["click", "hover", "keys"].includes(step.act)) {
        const ready = step.act === "keys" ? keysReady : clickable;
        globalThis.readyElement = await waitUntil(searching(() => ready(step.locator)), patience);
        time();
        return { stands: readBack(done), taken, timed, at: middle(globalThis.readyElement) };
      }
      const text = await waitUntil(searching(() => perform(step)), patience);
      time();
      if (step.act === "oneof") return { shows: text, stands: readBack(done), taken, timed };
      if (step.act === "take") taken.push({ step: step.step, text });
      if (["fill", "choose", "check", "upload", "settle"].includes(step.act)) done.push(step);
    } catch (unmet) {
      if (!(unmet instanceof Unmet)) throw unmet;
      time();
      const because = ifSignedOut(step.step);
      if (because) return because;
      if (refusing()) return stopped(step.step, { reason: "refused", seen: {} }, { said: shownBy(refused) });
      return stopped(step.step, unmet);
    }
  }
  return ifSignedOut(null) ?? { stands: readBack(done), taken, timed };
}

/** Clicks what `steps` made ready, unless the page has replaced it since. */
async function click({ opens }) {
  const element = globalThis.readyElement;
  trees();
  // A document that its frame has left lives on, without a window.
  if (!element?.isConnected || !viewOf(element)) return { clicked: false };
  if (!opens) stayInThisWindow();
  return { clicked: true, navigating: await clickAndSee(element) };
}

async function clickable(locator) {
  const element = exactlyOne(matches(locator), locator);
  await readyToClick(element);
  return element;
}

function keysReady(locator) {
  const element = exactlyOne(matches(locator), locator);
  readyForKeys(element);
  return element;
}

async function perform({ act, locator, oneOf: several, text, file }) {
  switch (act) {
    case "upload": return upload(oneOf(matches(locator), locator), file.name, file.bytes);
    case "settle": return exactlyOne(matches(locator), locator).blur();
    case "fill": return fill(exactlyOne(matches(locator), locator), text);
    case "choose": return choose(exactlyOne(choosableMatches(locator), locator), text);
    case "check": return check(exactlyOne(matches(locator), locator), text === "on");
    case "expect":
      if (!isSeen(locator)) throw absent(locator);
      return;
    case "oneof": return theOneShown(several);
    case "take": return standing(exactlyOne(readableMatches(locator), locator));
    default: throw new Error(`no such act: ${act}`);
  }
}

/** Which of several things the page shows. Two at once do not tell how to go on. */
function theOneShown(several) {
  const shown = several.flatMap((locator, which) => (isSeen(locator) ? [which] : []));
  if (shown.length > 1) throw new Unmet("several-shown", { count: shown.length });
  if (!shown.length) throw absent(several[0]);
  return { which: shown[0], text: shownBy(several[shown[0]]) };
}

/** Clicks, and tells whether a navigation to another document has begun. One inside a frame is waited for here. */
async function clickAndSee(element) {
  const frame = frameAround(element);
  const shown = frame?.contentDocument;
  const own = listening(viewOf(element));
  const outer = frame ? listening(window) : own;
  press(drawnBy(element));
  // A form's navigation begins in a later task than its submit event.
  for (let tries = 0; tries < (own.submitted ? 100 : 2) && !own.begun && !outer.begun; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, tries < 2 ? 0 : 10));
  }
  const [inside, begun] = [frame && own.begun, outer.begun];
  own.stop();
  outer.stop();
  // A page that routes for itself keeps its document.
  if (begun) return navigation.transition === null;
  if (inside) await replaced(frame, shown);
  return false;
}

/** Hears what leaves a window. */
function listening(view) {
  const heard = {
    begun: false, submitted: false,
    stop() {
      view.navigation.removeEventListener("navigate", leaves);
      view.removeEventListener("submit", sent);
    },
  };
  const leaves = (event) => {
    heard.begun ||= !event.destination.sameDocument && event.downloadRequest === null;
  };
  const sent = (event) => {
    heard.submitted ||= !event.defaultPrevented;
  };
  view.navigation.addEventListener("navigate", leaves);
  view.addEventListener("submit", sent);
  return heard;
}

/** Waits until a frame shows another document; a frame that never does keeps the old one, and the next step will tell. */
async function replaced(frame, shown) {
  const LONGEST = 10000;
  const end = performance.now() + LONGEST;
  while (frame.isConnected && frame.contentDocument === shown && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  lookAnew();
}

/** Everything that must hold before the one click, then the click. `clicked: false` is certain. */
async function submit({ click, confirmedBy, refusedBy, signedOut, entered, limit }) {
  const not = (reason, seen = {}, stands = []) => ({ clicked: false, reason, seen, stands, status: status() });
  try {
    await documentReady(limit);
    if (signedOut && isSeen(signedOut)) return not("signed-out");
    const element = await waitUntil(() => clickable(click), limit);
    if (isSeen(confirmedBy)) return not("confirmed-before");
    if (refusedBy && isSeen(refusedBy)) return not("refused-before");
    const stands = readBack(entered);
    if (stands.some((one) => !one.agrees)) return not("differs", {}, stands);
    stayInThisWindow();
    return { clicked: true, navigating: await clickAndSee(element) };
  } catch (unmet) {
    if (!(unmet instanceof Unmet)) throw unmet;
    return not(unmet.reason, unmet.seen);
  }
}

/** An answer that wants a window of its own gets it in this one, where the steps go on. */
function stayInThisWindow() {
  const openers = all("form[target],a[target],[formtarget]");
  for (const opener of openers) {
    const attribute = opener.hasAttribute("formtarget") ? "formtarget" : "target";
    if (/^_blank$/i.test(opener.getAttribute(attribute) ?? "")) opener.setAttribute(attribute, "_self");
  }
}

const shownBy = (locator) => readableMatches(locator).filter(isVisible).map(standing).join("\n");

/** Waits for the first of several locators; what it shows, and the receipt beside it, come back with it. */
async function watch({ seen, receipt, limit }) {
  try {
    await documentReady(limit);
    const first = await waitUntil(() => {
      const name = Object.keys(seen).find((key) => seen[key] && isSeen(seen[key]));
      if (!name) throw new Unmet("absent");
      return name;
    }, limit);
    const shown = shownBy(seen[first]);
    const number = first === "confirmed" && receipt ? await receiptText(receipt, limit) : null;
    return { first, shown, receipt: number, status: status() };
  } catch (unmet) {
    if (!(unmet instanceof Unmet)) throw unmet;
    return { first: null, status: status() };
  }
}

/** The receipt may be drawn a moment after the message; without it the confirmation still holds. */
async function receiptText(locator, limit) {
  try {
    return await waitUntil(() => standing(exactlyOne(readableMatches(locator), locator)), Math.min(limit, 2000));
  } catch (unmet) {
    if (!(unmet instanceof Unmet)) throw unmet;
    return null;
  }
}

/** Neither rows nor the words for "nothing found" is no answer at all. */
async function results({ rows, columns, absent, limit }) {
  try {
    await documentReady(limit);
    return await waitUntil(() => {
      const found = tableRows(rows, columns);
      const none = isSeen(absent);
      if (found.length && none) throw new Unmet("contradiction");
      if (!found.length && !none) throw new Unmet("absent");
      return { rows: found };
    }, limit);
  } catch (unmet) {
    if (!(unmet instanceof Unmet)) throw unmet;
    return { failed: { step: null, reason: unmet.reason, seen: unmet.seen }, status: status() };
  }
}

/** Looks for what steps name, without touching anything. What is missing is waited for once; the others came with it. */
async function look({ steps, limit }) {
  const FURTHER = 500;
  const unmet = [];
  const not = (step, { reason, seen }) => unmet.push({ step, reason, seen });
  try {
    await documentReady(limit);
  } catch (late) {
    if (!(late instanceof Unmet)) throw late;
    return { unmet: steps.map(({ step }) => ({ step, reason: late.reason, seen: late.seen })), status: status() };
  }
  for (const step of steps) {
    try {
      await waitUntil(searching(() => standsThere(step)), unmet.length ? Math.min(limit, FURTHER) : limit);
    } catch (missing) {
      if (!(missing instanceof Unmet)) throw missing;
      not(step.step, missing);
    }
  }
  return { unmet, status: status() };
}

function standsThere({ act, locator, oneOf: several }) {
  switch (act) {
    case "oneof": return theOneShown(several);
    case "upload": return oneOf(matches(locator), locator);
    case "choose": return exactlyOne(choosableMatches(locator), locator);
    case "take": return exactlyOne(readableMatches(locator), locator);
    case "expect":
      if (!isSeen(locator)) throw absent(locator);
      return null;
    default: return exactlyOne(matches(locator), locator);
  }
}

const PROGRAMS = { steps, click, submit, watch, results, look, mask: ({ show }) => mask(show) };

// A page stays covered after its picture until it is needed again; most are left.
unmask();
return PROGRAMS[request.program](request);
