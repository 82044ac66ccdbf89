// What a person sees as one page is many trees: the document, open shadow trees, and the documents of frames of the same
// origin. A frame of another origin shows itself to no script of this one.

/** The frame element that shows a document. */
const frameOf = new WeakMap();
let known = null;

/** Every tree, in the order of its root. Kept until `lookAnew`: walking through all elements is not free. */
function trees() {
  if (known) return known;
  known = [];
  isOneTree = true;
  visit(document);
  mutations.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  return known;
}

// On a page that is one tree a fact about its elements holds until something in it changes.
let isOneTree = false;
let outdated = false;
let facts = {};
const mutations = new MutationObserver(() => {
  outdated = true;
});

/** What `find` says of a key. It may rest on elements, attributes and texts alone. */
function fact(name, key, find) {
  if (!isOneTree) return find();
  if (outdated || mutations.takeRecords().length) [facts, outdated] = [{}, false];
  const known = (facts[name] ??= new Map());
  if (!known.has(key)) known.set(key, find());
  return known.get(key);
}

const lookAnew = () => {
  known = null;
};

function visit(root) {
  known.push(root);
  for (const element of root.querySelectorAll("*")) {
    if (element.shadowRoot || element.localName.includes("-") || /^i?frame$/.test(element.localName)) isOneTree = false;
    if (element.shadowRoot) visit(element.shadowRoot);
    else if (element.localName === "iframe" || element.localName === "frame") {
      const shown = element.contentDocument;
      if (!shown?.documentElement) continue;
      frameOf.set(shown, element);
      visit(shown);
    }
  }
}

const all = (selector, root) =>
  root ? [...root.querySelectorAll(selector)] : trees().flatMap((tree) => [...tree.querySelectorAll(selector)]);

/** The same, for a selector of tags and attributes only. */
const allOf = (selector) => fact("all", selector, () => all(selector));

/** Every element that can show something. */
const everything = () => trees().flatMap((tree) => [...tree.querySelectorAll(tree.nodeType === Node.DOCUMENT_FRAGMENT_NODE ? "*" : "body, body *")]);

/** The element around this one as a person sees it, out of shadow trees and frames. */
function around(element) {
  const parent = element.parentNode;
  if (!parent) return null;
  if (parent.nodeType === Node.ELEMENT_NODE) return parent;
  return parent.host ?? frameOf.get(parent) ?? null;
}

function isWithin(element, container) {
  for (let at = element; at; at = around(at)) if (at === container) return true;
  return false;
}

const viewOf = (element) => element.ownerDocument.defaultView;
const frameAround = (element) => frameOf.get(element.ownerDocument);

/** What lies on top at a point of an element's own window, inside open shadow trees too. */
function topmost(element, x, y) {
  let hit = element.ownerDocument.elementFromPoint(x, y);
  while (hit?.shadowRoot) {
    const inner = hit.shadowRoot.elementFromPoint(x, y);
    if (!inner || inner === hit) break;
    hit = inner;
  }
  return hit;
}

/** A point of an element's window as a point of the window around its frame. */
function outside(frame, x, y) {
  const box = frame.getBoundingClientRect();
  return [box.x + frame.clientLeft + x, box.y + frame.clientTop + y];
}

/** An element's middle as a point of the outermost window. */
function middle(element) {
  const box = element.getBoundingClientRect();
  let at = [box.x + box.width / 2, box.y + box.height / 2];
  for (let frame = frameAround(element); frame; frame = frameAround(frame)) at = outside(frame, ...at);
  return at;
}
