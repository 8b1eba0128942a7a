// A field in which a name is found by typing: characters, pinyin or initials.
//   select[data-typeahead]  its options, found by their text and by data-find
//                           a select with `multiple` keeps each choice as a button that removes it
//   input[data-suggest]     an address that answers [{value, name, where}] for ?text=; with
//                           data-likeliest it is asked before anything is typed, with data-decides
//                           a choice in a list whose decisions can be undone is the decision
// Without this script the select and the input work as they are. ARIA: a combobox with a listbox.
import { $$ } from "./work.js";

const MOST = 8, WAIT_MS = 120;
let number = 0;

function rank(option, wanted) {
  const [full, initials] = (option.dataset.find ?? "").split(" ");
  const name = option.textContent.trim().toLowerCase();
  const tests = [name.startsWith(wanted), name.includes(wanted), initials?.startsWith(wanted), full?.startsWith(wanted), initials?.includes(wanted), full?.includes(wanted)];
  const at = tests.indexOf(true);
  return at < 0 ? null : at;
}

const ofSelect = (box) => (text) => [...box.options].filter((option) => option.value)
  .map((option) => [rank(option, text.toLowerCase()), option]).filter(([position]) => position !== null)
  .sort((a, b) => a[0] - b[0]).slice(0, MOST)
  .map(([, option]) => ({ value: option.value, name: option.textContent.trim(), where: option.dataset.more ?? "" }));

const ofAddress = (input) => async (text) => {
  if (!text && input.dataset.likeliest === undefined) return [];
  const address = new URL(input.dataset.suggest, location.href);
  address.searchParams.set("text", text);
  const response = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
  return response?.ok ? (await response.json()).slice(0, MOST) : [];
};
/** Whether decisions of a form wait in the page, where they can be undone. */
const isHeld = (form) => form.dataset.hold !== undefined && document.documentElement.dataset.holds !== undefined;

function attach(input, find, choose) {
  const list = Object.assign(document.createElement("ul"), { className: "suggestions", hidden: true, id: `suggestions-${++number}` });
  list.setAttribute("role", "listbox");
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" })) input.setAttribute(name, value);
  input.after(list);
  let matches = [], at = -1, timer = 0, asked = 0, shown = null, taken = null;
  const point = (to) => {
    at = to;
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    const current = list.children[at];
    if (current) input.setAttribute("aria-activedescendant", current.id);
    else input.removeAttribute("aria-activedescendant");
  };
  const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); };
  const take = (entry) => { choose(entry); taken = input.value; close(); };
  const open = async () => {
    const mine = ++asked;
    const text = input.value.trim();
    const entries = await find(text);
    if (mine !== asked) return;
    shown = text;
    matches = entries;
    list.replaceChildren(...matches.map((entry, index) => {
      const item = Object.assign(document.createElement("li"), { textContent: entry.name, id: `${list.id}-${index}` });
      item.setAttribute("role", "option");
      if (entry.where) item.append(Object.assign(document.createElement("small"), { textContent: ` ${entry.where}` }));
      item.addEventListener("mousedown", (event) => { event.preventDefault(); take(entry); });
      return item;
    }));
    // Nothing that matches is an answer too: the unit may not be on the duty list.
    if (!matches.length && input.value.trim()) list.replaceChildren(Object.assign(document.createElement("li"), { textContent: "没有匹配的，不在可选之列", className: "none" }));
    list.hidden = !list.childElementCount;
    input.setAttribute("aria-expanded", String(!list.hidden));
    point(matches.length ? 0 : -1);
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(open, WAIT_MS); });
  if (input.dataset.likeliest !== undefined) input.addEventListener("focus", () => { if (!input.value.trim()) open(); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", async (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) await open();
      else point(Math.min(Math.max(at + (event.key === "ArrowDown" ? 1 : -1), 0), matches.length - 1));
    } else if (event.key === "Enter" && (input.value.trim() ? input.value !== taken : !list.hidden)) {
      // Enter takes the marked entry; behind a choice, or in an empty field, it sends the form.
      event.preventDefault();
      clearTimeout(timer);
      if (list.hidden || shown !== input.value.trim()) await open();
      if (matches[at]) take(matches[at]);
    } else if (event.key === "Escape") close();
  });
}

function enhanceSelect(box) {
  const input = Object.assign(document.createElement("input"), { type: "text", autocomplete: "off", placeholder: box.dataset.typeahead });
  input.setAttribute("aria-label", box.getAttribute("aria-label") ?? box.dataset.typeahead);
  if (box.dataset.key) Object.assign(input.dataset, { key: box.dataset.key, keyName: box.dataset.keyName });
  delete box.dataset.key;
  const wrap = Object.assign(document.createElement("span"), { className: "typeahead" });
  box.before(wrap);
  wrap.append(input);
  box.classList.add("replaced");
  box.tabIndex = -1;
  box.setAttribute("aria-hidden", "true");
  const chips = box.multiple ? Object.assign(document.createElement("span"), { className: "chips" }) : null;
  if (chips) wrap.before(chips);
  attach(input, ofSelect(box), (entry) => {
    if (box.multiple) [...box.options].find((option) => option.value === entry.value).selected = true;
    else box.value = entry.value;
    box.dispatchEvent(new Event("change", { bubbles: true }));
    // In a form of one field the choice is the decision.
    if (isHeld(box.form) && box.form.querySelectorAll("select, input:not([type=hidden])").length === 2) box.form.requestSubmit();
  });
  // The field shows what the select has, also after a draft was put back.
  const show = () => {
    const chosen = [...box.selectedOptions].filter((option) => option.value);
    input.value = chips ? "" : chosen[0]?.textContent.trim() ?? "";
    chips?.replaceChildren(...chosen.map((option) => {
      const chip = Object.assign(document.createElement("button"), { type: "button", className: "chosen-chip", textContent: `${option.textContent.trim()} ×` });
      chip.setAttribute("aria-label", `去掉${option.textContent.trim()}`);
      chip.addEventListener("click", () => { option.selected = false; box.dispatchEvent(new Event("change", { bubbles: true })); input.focus(); });
      return chip;
    }));
  };
  box.addEventListener("change", show);
  show();
  if (!box.multiple) input.addEventListener("change", () => { if (!input.value.trim()) box.value = ""; });
}

function enhance() {
  for (const box of $$("select[data-typeahead]:not(.replaced)")) enhanceSelect(box);
  for (const input of $$("input[data-suggest]:not([role=combobox])")) {
    const wrap = Object.assign(document.createElement("span"), { className: "typeahead" });
    input.before(wrap);
    wrap.append(input);
    attach(input, ofAddress(input), (entry) => {
      input.value = entry.value;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
      if (input.dataset.decides !== undefined && isHeld(input.form)) input.form.requestSubmit();
    });
  }
}
document.addEventListener("region", enhance);
enhance();
