// Keeps what is typed in a form with `data-draft` until the server has accepted it, so that a lost
// connection or an ended session loses nothing. `data-draft` names the draft; it is of this tab and
// of one person: whoever logs in next neither reads it nor sends it.
const key = (form) => `draft ${location.pathname} ${form.dataset.draft}`;
const SKIPPED = new Set(["csrf", "expected_seq", "command_id"]);
const person = document.querySelector("meta[name=viewer]")?.content;
if (person) {
  if ((sessionStorage.getItem("viewer") ?? person) !== person) sessionStorage.clear();
  sessionStorage.setItem("viewer", person);
}

function keep(form) {
  const fields = [...new FormData(form)].filter(([name, value]) => !SKIPPED.has(name) && typeof value === "string" && value);
  sessionStorage.setItem(key(form), JSON.stringify(fields));
}

function restore(form) {
  const kept = JSON.parse(sessionStorage.getItem(key(form)) ?? "[]");
  for (const [name, value] of kept) {
    const field = form.elements.namedItem(name);
    if (!field || field instanceof RadioNodeList || field.type === "hidden") continue;
    if (field.type === "checkbox") field.checked = field.value === value;
    else if (!field.value) field.value = value;
  }
}

// A form that is sent without a script is accepted if it leads, by a redirect, to its next page.
addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.draft || event.defaultPrevented) return;
  sessionStorage.setItem("sent draft", JSON.stringify([key(form), form.elements.namedItem("next")?.value ?? ""]));
});
const [sent, next] = JSON.parse(sessionStorage.getItem("sent draft") ?? "[]");
sessionStorage.removeItem("sent draft");
const wasLed = performance.getEntriesByType("navigation")[0]?.redirectCount > 0;
if (sent && wasLed && location.pathname === next.split("?")[0]) sessionStorage.removeItem(sent);

const restoreAll = () => document.querySelectorAll("form[data-draft]").forEach(restore);
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (form) keep(form);
});
document.addEventListener("accepted", (event) => sessionStorage.removeItem(key(event.target)));
document.addEventListener("region", restoreAll);
restoreAll();
