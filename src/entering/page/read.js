// Reading what stands on the page.

/** What a control holds, in the words a step would use to put it there. */
function standing(element) {
  if (element.matches("input[type=checkbox],[role=checkbox],[role=switch]")) return isOn(element) ? "on" : "off";
  if (element.localName === "select") {
    const chosen = [...element.selectedOptions];
    if (element.multiple) return chosen.map((option) => option.label).join("、");
    return chosen.length === 1 && chosen[0].value !== "" ? chosen[0].label : "";
  }
  if (element.matches("input[type=radio]")) {
    const chosen = groupOf(element).find((radio) => radio.checked);
    return chosen ? even(radioText(chosen)) : "";
  }
  if (element.matches("[role=listbox]")) {
    return all("[role=option][aria-selected=true]", element).map((option) => even(option.innerText)).join("、");
  }
  if (element.matches("input[type=file]")) return [...element.files].map((file) => `${file.name} (${file.size})`).join("、");
  if (element.matches("input[role=combobox]") && element.value === "") return shownAround(element);
  if (element.matches("input,textarea")) return element.value;
  const radios = all("input[type=radio]", element);
  if (radios.length) {
    const chosen = radios.find((radio) => radio.checked);
    return chosen ? even(radioText(chosen)) : "";
  }
  return element.isContentEditable ? element.textContent.replace(FILLERS, "") : even(element.innerText);
}

/** What editors keep their cursor's place with. */
const FILLERS = /[\u2060\uFEFF]/g;

/** Drop-downs of a page's own often keep only what is typed in their field, and show what was chosen around it. */
function shownAround(field) {
  const hints = (field.getAttribute("aria-describedby") ?? "").split(/\s+/).filter(Boolean)
    .map((id) => even(field.getRootNode().getElementById(id)?.innerText));
  for (let at = field.parentElement; at && controlsIn(at).length === 1; at = at.parentElement) {
    const shown = even(at.innerText);
    if (shown) return hints.includes(shown) ? "" : shown;
  }
  return "";
}

/** A date field may show a day in its own notation, year first. */
function sameDay(stands, text) {
  const [day, shown] = [/^(\d{4})-(\d\d)-(\d\d)$/.exec(text), /^(\d{4})[-/.年](\d\d?)[-/.月](\d\d?)日?$/.exec(stands)];
  return Boolean(day && shown) && [1, 2, 3].every((part) => Number(day[part]) === Number(shown[part]));
}

/**
 * Reads the controls of steps already done that still stand on this page and compares each with what was to be
 * entered. A control that the page no longer has is left out; it was read before its page was left.
 */
function readBack(entered) {
  const found = [];
  for (const { step, act, locator, text } of entered) {
    const candidates = act === "choose" ? choosableMatches(locator) : matches(locator);
    const visible = candidates.filter((element) => isVisible(drawnBy(element)));
    if (visible.length !== 1) continue;
    const stands = standing(visible[0]);
    const agrees = act === "choose"
      ? even(stands) === even(text) || severalAgree(visible[0], stands, text)
      : stands === text || sameDay(stands, text);
    found.push({ step, text: stands, agrees });
  }
  return found;
}

const severalAgree = (place, stands, text) => (place.multiple || place.matches("[role=listbox]")) && sameChoices(stands, text);

const isSeen = (locator) => readableMatches(locator).some(isVisible);

/** What stands at the head of a table's columns. */
function columnsOf(table) {
  const head = all("thead th, tr:first-child th, [role=columnheader]", table);
  return head.length ? head : all("thead td", table);
}

/** The named columns of a result list's rows; `null` where a row has no such column. */
function tableRows(selector, columns) {
  return all(selector).filter(isVisible).map((row) => {
    const table = row.closest("table,[role=table]");
    const headings = table ? columnsOf(table) : [];
    const cells = all(":scope > td, :scope > th, :scope > [role=cell]", row);
    return columns.map((column) => {
      const cell = cells[headings.findIndex((heading) => same(heading.textContent, column))];
      return cell ? even(cell.innerText) : null;
    });
  });
}
