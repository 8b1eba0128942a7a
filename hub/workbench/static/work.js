// What every page of the workbench does. A page declares it in its HTML; without this script its
// links and forms work as plain HTTP.
//   data-replace="list case"  a link or form replaces these regions (data-region) of the page
//   data-push                 … and its address becomes that of the page
//   data-key="a", "g t"       a key, or two after each other, clicks or focuses the element
//   data-key-name="…"         what the list of keys says about it
//   data-list, data-item      a list whose items j and k walk through; x ticks, Enter opens
//   data-draft                keeps what is typed in the form until the server has accepted it
// Other scripts listen for `region` (a region was replaced) and `select` (an item was selected).
import "./drafts.js";
import "./logout.js";

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
export const csrf = () => $("meta[name=csrf]").content;
const LIVE_EVERY = 5000;
const ENDED = "登录已结束，请重新登录；所填内容已保留", BROKEN = "连接中断，正在重试";
const SEQUENCE_MS = 1200;

export function say(text, red = false) {
  const status = $("[data-status]");
  status.textContent = text;
  status.classList.toggle("red", red);
}

/** What the line says of a failed fetch; a later one that succeeds takes back that and nothing else. */
let fault = "";
function fail(text) {
  fault = text;
  say(text, true);
  return null;
}
function recover() {
  if (fault && $("[data-status]").textContent === fault) say("");
  fault = "";
}

/** Fetches a page and replaces regions by its own; returns whether it could. */
export async function replace(address, regions, options = {}) {
  let response, text;
  try {
    response = await fetch(address, { ...options, headers: { Accept: "text/html", "X-Region": regions, ...options.headers } });
    text = await response.text();
  } catch (error) {
    // A newer request has replaced this one.
    return error.name === "AbortError" ? null : fail("网络中断，所填内容已保留，请稍后再试");
  }
  if (response.status === 401) return fail(ENDED);
  const page = new DOMParser().parseFromString(text, "text/html");
  const problem = $("[data-problem] [role=alert]", page);
  if (problem) return fail(problem.textContent);
  recover();
  for (const name of regions.split(" ")) {
    const [old, fresh] = [document, page].map((root) => $(`[data-region="${name}"]`, root));
    if (!old || !fresh) continue;
    old.replaceWith(document.importNode(fresh, true));
    document.dispatchEvent(new CustomEvent("region", { detail: name }));
  }
  return response;
}

function push(element, address) {
  if ("push" in element.dataset) history.pushState({ regions: element.dataset.replace }, "", address);
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-replace]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  if (await replace(link.href, link.dataset.replace)) push(link, link.href);
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.replace || event.defaultPrevented) return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  if (form.method === "get") {
    for (const [name, value] of [...fields]) if (!value) fields.delete(name);
    const address = `${form.action.split("?")[0]}${fields.size ? "?" : ""}${fields}`;
    if (await replace(address, form.dataset.replace)) push(form, address);
    return;
  }
  const response = await replace(form.action, form.dataset.replace, { method: "POST", body: fields });
  if (!response) return;
  form.dispatchEvent(new CustomEvent("accepted", { bubbles: true }));
  push(form, response.url);
});
document.addEventListener("change", (event) => {
  const form = event.target.closest("form.filters");
  if (form && event.target.matches("select")) form.requestSubmit();
});
addEventListener("popstate", () => location.reload());

// Lists that are walked through by key.
export const items = () => $$("[data-list] [data-item]");
export const selected = () => $("[data-list] [data-item][aria-current=true]");

export function select(item) {
  for (const other of items()) other.removeAttribute("aria-current");
  if (!item) return;
  item.setAttribute("aria-current", "true");
  item.scrollIntoView({ block: "nearest" });
  item.dispatchEvent(new CustomEvent("select", { bubbles: true }));
}

export function step(by) {
  const all = items();
  const at = all.indexOf(selected());
  select(all[Math.min(Math.max(at + by, 0), all.length - 1)]);
}
document.addEventListener("click", (event) => {
  const item = event.target.closest("[data-list] [data-item]");
  if (item && !event.target.closest("a, button, input, label")) select(item);
});
const LIST_KEYS = {
  j: ["下一件", () => step(1)], k: ["上一件", () => step(-1)],
  x: ["勾选或取消", () => (selected() ? $("input[type=checkbox]", selected())?.click() : step(1))],
  Enter: ["打开选中的一件", () => ($("[data-open]", selected() ?? document.body) ?? $("[data-open]"))?.click()],
};

// Keys.
let before = "", timer = 0;
const typing = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const visible = (element) => element.offsetParent !== null && !element.disabled;

function press(key) {
  const element = $$("[data-key]").find((element) => element.dataset.key === key && visible(element));
  if (!element) return false;
  if (element.matches("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select")) {
    element.focus();
    element.select?.();
  } else element.click();
  // A form that was opened by its key is filled in next.
  const opened = element.closest("details[open]");
  if (element.tagName === "SUMMARY" && opened) $("input:not([type=hidden]), textarea, select:not(.replaced)", opened)?.focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && typing(event.target)) {
    event.target.blur();
    return;
  }
  if (typing(event.target) || $("dialog[open]")) return;
  const sequence = before ? `${before} ${event.key}` : event.key;
  before = "";
  clearTimeout(timer);
  const isButton = event.target.closest("a, button");
  if (press(sequence)) event.preventDefault();
  else if (items().length && LIST_KEYS[event.key] && !(isButton && event.key === "Enter")) {
    event.preventDefault();
    LIST_KEYS[event.key][1]();
  } else if ($$("[data-key]").some((element) => element.dataset.key.startsWith(`${event.key} `))) {
    before = event.key;
    timer = setTimeout(() => { before = ""; }, SEQUENCE_MS);
  }
});

$("[data-help]").addEventListener("click", () => {
  const known = [...(items().length ? Object.entries(LIST_KEYS).map(([key, [name]]) => [key, name]) : []),
    ...$$("[data-key][data-key-name]").filter(visible).map((element) => [element.dataset.key, element.dataset.keyName])];
  $("[data-keys] dl").replaceChildren(...known.flatMap(([key, name]) => {
    const [term, text] = [document.createElement("dt"), document.createElement("dd")];
    term.append(Object.assign(document.createElement("kbd"), { textContent: key === "Enter" ? "回车" : key }));
    text.textContent = name;
    return [term, text];
  }));
  $("[data-keys]").showModal();
});

$("[data-theme-switch]").addEventListener("click", () => {
  const root = document.documentElement;
  const now = root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  root.dataset.theme = now === "dark" ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
});

// Live counts, and who else has the case of the page open. Other scripts listen for `live`.
const format = new Intl.NumberFormat("zh-CN");
export async function refresh() {
  const shown = $("[data-case]")?.dataset.case;
  try {
    const response = await fetch(`/work/live${shown ? `?case=${shown}` : ""}`, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(response.status === 401 ? ENDED : BROKEN);
    const live = await response.json();
    for (const [code, count] of Object.entries(live.queues)) {
      for (const element of $$(`[data-count="${code}"]`)) {
        element.textContent = format.format(count);
        element.hidden = false;
        element.classList.toggle("red", "alarm" in element.dataset && count > 0);
      }
    }
    recover();
    const note = $("[data-presence]");
    if (note && live.others) note.textContent = live.others.length ? `${live.others.join("、")}也在看这一件` : "";
    const newer = $("[data-newer]");
    if (newer && live.case_id === $("[data-case]")?.dataset.case) {
      const seen = Number(newer.dataset.newer), outdated = live.basis_seq > seen;
      $("[data-outdated]", newer).hidden = !outdated;
      $("[data-further]", newer).hidden = outdated || live.seq <= seen;
    }
    document.dispatchEvent(new CustomEvent("live", { detail: live }));
  } catch (error) {
    fail(error.message === ENDED ? ENDED : BROKEN);
  }
}
const tick = () => document.hidden || refresh();
setInterval(tick, LIVE_EVERY);
document.addEventListener("visibilitychange", tick);
