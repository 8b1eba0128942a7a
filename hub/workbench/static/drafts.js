// Keeps what is typed in a form with `data-draft` until the server has accepted it, so that a lost
// connection or an ended session loses nothing. `data-draft` names the draft; it is of this tab and
// of one person: whoever logs in next neither reads it nor sends it. A refused decision comes back
// with its message beside it, wherever the form is shown next.
export const draftKey = (form) => `draft ${location.pathname} ${form.dataset.draft}`;
const refusalKey = (draft) => draft.replace("draft", "refused");
const SKIPPED = new Set(["csrf", "case", "batch", "expected_seq", "command_id"]);
const person = document.querySelector("meta[name=viewer]")?.content;
if (person) {
  if ((sessionStorage.getItem("viewer") ?? person) !== person) sessionStorage.clear();
  sessionStorage.setItem("viewer", person);
}

function store(draft, fields) {
  const kept = [...fields].filter(([name, value]) => !SKIPPED.has(name) && typeof value === "string" && value);
  sessionStorage.setItem(draft, JSON.stringify(kept));
}

/** Keeps the fields of a refused decision, and why it was refused; its form shows both. */
export function refuse(draft, fields, why) {
  store(draft, fields);
  sessionStorage.setItem(refusalKey(draft), why);
  restoreAll();
}

/** Forgets a draft, and why it was refused. */
export function forget(draft) {
  sessionStorage.removeItem(draft);
  sessionStorage.removeItem(refusalKey(draft));
}

/** Whether a field has the value with which the page came. */
function isUntouched(field) {
  if (field.localName !== "select") return field.value === field.defaultValue;
  return field.selectedOptions[0] === ([...field.options].find((option) => option.defaultSelected) ?? field.options[0]);
}

function restore(form) {
  const kept = JSON.parse(sessionStorage.getItem(draftKey(form)) ?? "[]");
  const refusal = sessionStorage.getItem(refusalKey(draftKey(form)));
  for (const [name, value] of kept) {
    const field = form.elements.namedItem(name);
    if (!field || field instanceof RadioNodeList || field.type === "hidden") continue;
    if (field.type === "checkbox") field.checked = field.value === value;
    else if (field.multiple) [...field.options].forEach((option) => { option.selected ||= option.value === value; });
    else if (!field.value || (isUntouched(field) && (refusal || field.localName === "select"))) field.value = value;
    // A field that stands for a select follows it.
    if (field.localName === "select") field.dispatchEvent(new Event("change"));
  }
  showRefusal(form, refusal);
}

function showRefusal(form, refusal) {
  let note = form.querySelector("[data-refusal]");
  const isFirst = document.querySelector(`form[data-draft="${CSS.escape(form.dataset.draft)}"]`) === form;
  if (!refusal || !isFirst) {
    note?.remove();
    return;
  }
  if (!note) {
    note = Object.assign(document.createElement("p"), { className: "late" });
    note.dataset.refusal = "";
    note.setAttribute("role", "alert");
    form.append(note);
  }
  note.textContent = `未办：${refusal}`;
  const folded = form.closest("details");
  if (folded) folded.open = true;
}

// A form that is sent without a script is accepted if it leads, by a redirect, to its next page.
addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.draft || event.defaultPrevented) return;
  sessionStorage.setItem("sent draft", JSON.stringify([draftKey(form), form.elements.namedItem("next")?.value ?? ""]));
});
const [sent, next] = JSON.parse(sessionStorage.getItem("sent draft") ?? "[]");
sessionStorage.removeItem("sent draft");
const wasLed = performance.getEntriesByType("navigation")[0]?.redirectCount > 0;
if (sent && wasLed && location.pathname === next.split("?")[0]) forget(sent);

const restoreAll = () => document.querySelectorAll("form[data-draft]").forEach(restore);
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (form) store(draftKey(form), new FormData(form));
});
document.addEventListener("accepted", (event) => { if (event.target.dataset.draft) forget(draftKey(event.target)); });
document.addEventListener("region", restoreAll);
restoreAll();
