// Evidence without people's data: while the picture is taken, every text is covered, every control, picture and frame
// is blank, except what the target declares as showing nothing personal.

const SHOWN = "data-evidence-shown";
const COVERED = "data-evidence-covered";
const HIDDEN = "data-evidence-hidden";

// Six ids weigh more than what a page's own !important rules carry; whatever still wins is found by `leaks`.
const HEAVY = ":not(#m#m#m#m#m#m)";
const MASK = `
  *${HEAVY}, *${HEAVY}::before, *${HEAVY}::after, *${HEAVY}::placeholder, *${HEAVY}::marker, *${HEAVY}::first-letter,
  *${HEAVY}::first-line, *${HEAVY}::selection, *${HEAVY}::file-selector-button {
    color: transparent !important; -webkit-text-fill-color: transparent !important;
    -webkit-text-stroke-color: transparent !important; text-shadow: none !important; caret-color: transparent !important;
    text-decoration: none !important; transition: none !important; animation: none !important;
    background-image: none !important; border-image: none !important; list-style-image: none !important;
  }
  *${HEAVY}::before, *${HEAVY}::after { visibility: hidden !important; }
  [${COVERED}]${HEAVY}, input${HEAVY}, textarea${HEAVY}, select${HEAVY} { background-color: #ccd0d8 !important; }
  input[type=checkbox]${HEAVY}, input[type=radio]${HEAVY}, img${HEAVY}, svg${HEAVY}, canvas${HEAVY}, video${HEAVY},
  iframe${HEAVY}, frame${HEAVY}, object${HEAVY}, embed${HEAVY}, meter${HEAVY}, progress${HEAVY}, [${HIDDEN}]${HEAVY} {
    visibility: hidden !important;
  }
  [${SHOWN}]${HEAVY}${HEAVY} {
    color: #111 !important; -webkit-text-fill-color: #111 !important; background-color: #fff !important;
  }
`;

/** Covers the page; returns false, and uncovers it, if anything would still be legible. */
async function mask(show) {
  // Frames are blank as a whole.
  const shown = show.flatMap((locator) => readableMatches(locator)).filter((element) => isVisible(element) && !frameAround(element));
  // Only text that stands directly in the element is shown: a whole table named by mistake stays covered.
  for (const element of shown) element.setAttribute(SHOWN, "");
  for (const element of all("body, body *", document)) {
    if (!element.hasAttribute(SHOWN) && hasOwnText(element)) element.setAttribute(COVERED, "");
    if (hidesItsText(element)) element.setAttribute(HIDDEN, "");
  }
  shown[0]?.scrollIntoView({ block: "nearest", behavior: "instant" });
  globalThis.evidenceMask = new CSSStyleSheet();
  globalThis.evidenceMask.replaceSync(MASK);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, globalThis.evidenceMask];
  // What insists on showing itself is hidden instead.
  for (const element of all("body, body *", document).filter(leaks)) element.setAttribute(HIDDEN, "");
  const covered = !all("body, body *", document).some(leaks);
  if (!covered) unmask();
  return covered;
}

const hasOwnText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());

/** Shadow trees and custom elements keep their texts out of a style sheet's reach. */
const hidesItsText = (element) => element.shadowRoot !== null || element.localName.includes("-");

function leaks(element) {
  const style = getComputedStyle(element);
  if (element.hasAttribute(SHOWN) || style.visibility === "hidden" || style.display === "none") return false;
  const transparent = /^rgba\(.*, 0\)$/.test(style.webkitTextFillColor);
  return !transparent || style.textShadow !== "none" || style.backgroundImage !== "none";
}

function unmask() {
  if (!globalThis.evidenceMask) return;
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== globalThis.evidenceMask);
  for (const mark of [SHOWN, COVERED, HIDDEN]) {
    for (const element of all(`[${mark}]`, document)) element.removeAttribute(mark);
  }
  globalThis.evidenceMask = null;
}
