// Where to look: in a part of the page, to the right of or below a text, the n-th of several.

/** Narrows what `find` finds for a locator that says where: `{placed: {what, in, right_of, below, nth}}`. */
function placed(locator, find) {
  const where = locator.placed;
  if (!where) return find(locator);
  let found = find(where.what);
  if (where.in) {
    const parts = partsNamed(where.in);
    found = found.filter((element) => parts.some((holds) => holds(element)));
  }
  if (where.right_of) found = nearest(found, where.right_of, gapToTheRight);
  if (where.below) found = nearest(found, where.below, gapBelow);
  if (where.nth) found = found.filter((element) => isVisible(drawnBy(element))).slice(where.nth - 1, where.nth);
  return found;
}

const what = (locator) => locator.placed?.what ?? locator;

const NAMING = "legend,caption,summary,h1,h2,h3,h4,h5,h6,[role=heading],th,dt,label,[aria-label],[aria-labelledby]";

/** The parts of the page that a text names, each as a test of elements. */
function partsNamed(text) {
  const names = allOf(NAMING).filter((element) => isVisible(element) && (same(ownText(element), text) || same(nameOf(element), text)));
  return names.map(partOf);
}

const inside = (container) => (element) => element !== container && isWithin(element, container);

function partOf(name) {
  const around = { legend: "fieldset", caption: "table", summary: "details" }[name.localName];
  if (around) return inside(name.closest(around) ?? name);
  if (name.matches("h1,h2,h3,h4,h5,h6,[role=heading]")) return underHeading(name);
  if (name.localName === "th") return inRowOrColumn(name);
  if (name.localName === "dt") {
    const cells = beside(name);
    return (element) => cells.some((cell) => isWithin(element, cell));
  }
  return name.localName === "label" ? inside(name.parentElement) : inside(name);
}

const levelOf = (heading) => Number(heading.getAttribute("aria-level") ?? heading.localName.slice(1)) || 2;

/** What follows a heading, up to the next one of its rank. */
function underHeading(heading) {
  const rank = levelOf(heading);
  const others = all("h1,h2,h3,h4,h5,h6,[role=heading]", heading.getRootNode());
  const next = others.find((other) => follows(other, heading) && levelOf(other) <= rank);
  return (element) => follows(element, heading) && !(next && (element === next || follows(element, next)));
}

const follows = (element, earlier) => {
  for (let at = element; at; at = around(at)) {
    if (at.getRootNode() === earlier.getRootNode()) {
      return Boolean(earlier.compareDocumentPosition(at) & Node.DOCUMENT_POSITION_FOLLOWING);
    }
  }
  return false;
};

/**
 * A heading beside cells names its rows, one above cells its column. In a row of several headings each names what stands
 * behind it: up to the next one, or, over several rows, up to the end.
 */
function inRowOrColumn(heading) {
  const rows = [...(heading.closest("table")?.rows ?? [])];
  const first = rows.indexOf(heading.parentElement);
  const own = rows.slice(first, first + (heading.rowSpan || rows.length));
  const cells = beside(heading);
  const isAlone = all(":scope > th", heading.parentElement).length === 1;
  if (cells.length && isAlone) return (element) => own.some((row) => isWithin(element, row));
  if (cells.length && own.length === 1) return (element) => cells.some((cell) => isWithin(element, cell));
  if (all(":scope > td", heading.parentElement).length) {
    return (element) => follows(element, heading) && own.some((row) => isWithin(element, row));
  }
  const under = columnUnder(heading);
  return (element) => under.some((cell) => isWithin(element, cell));
}

/** The cells under a column's heading. */
function columnUnder(heading) {
  const rows = [...(heading.closest("table")?.rows ?? [])].slice(heading.parentElement.rowIndex + 1);
  return rows.map((row) => row.cells[heading.cellIndex]).filter((cell) => cell?.matches("td"));
}

/** Those of `found` that lie nearest to a text on its one side. */
function nearest(found, text, gap) {
  const anchors = containing(text).filter((element) => isVisible(element) && same(element.innerText || element.value, text));
  const pairs = found.filter((element) => isVisible(drawnBy(element))).map((element) => {
    const near = anchors.filter((anchor) => anchor.ownerDocument === element.ownerDocument);
    const gaps = near.map((anchor) => gap(anchor.getBoundingClientRect(), drawnBy(element).getBoundingClientRect()));
    return { element, gap: Math.min(...gaps.filter((one) => one !== null), Infinity) };
  });
  const smallest = Math.min(...pairs.map((pair) => pair.gap), Infinity);
  return pairs.filter((pair) => pair.gap < Infinity && pair.gap - smallest < 1).map((pair) => pair.element);
}

/** Both measured in CSS pixels; `null` if it does not lie there. */
const gapToTheRight = (anchor, box) => {
  const shared = Math.min(anchor.bottom, box.bottom) - Math.max(anchor.top, box.top);
  return shared > Math.min(anchor.height, box.height) / 2 && box.left >= anchor.right - 1 ? box.left - anchor.right : null;
};

const gapBelow = (anchor, box) => {
  const shared = Math.min(anchor.right, box.right) - Math.max(anchor.left, box.left);
  return shared > 0 && box.top >= anchor.bottom - 1 ? box.top - anchor.bottom : null;
};
