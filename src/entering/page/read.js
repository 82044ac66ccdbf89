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
  if (element.matches("input,textarea")) return element.value;
  const radios = all("input[type=radio]", element);
  if (radios.length) {
    const chosen = radios.find((radio) => radio.checked);
    return chosen ? even(radioText(chosen)) : "";
  }
  return element.isContentEditable ? element.textContent : even(element.innerText);
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
    const agrees = act === "choose" ? even(stands) === even(text) || severalAgree(visible[0], stands, text) : stands === text;
    found.push({ step, text: stands, agrees });
  }
  return found;
}

const severalAgree = (place, stands, text) => (place.multiple || place.matches("[role=listbox]")) && sameChoices(stands, text);

const isSeen = (locator) => readableMatches(locator).some(isVisible);

/** The named columns of a result list's rows; `null` where a row has no such column. */
function tableRows(selector, columns) {
  return all(selector).filter(isVisible).map((row) => {
    const table = row.closest("table,[role=table]");
    const headings = table ? all("thead th, tr:first-child th, [role=columnheader]", table) : [];
    const cells = all(":scope > td, :scope > th, :scope > [role=cell]", row);
    return columns.map((column) => {
      const cell = cells[headings.findIndex((heading) => same(heading.textContent, column))];
      return cell ? even(cell.innerText) : null;
    });
  });
}
