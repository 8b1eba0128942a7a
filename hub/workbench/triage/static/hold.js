// Holds each decision in the page for ten seconds, with a visible countdown, before it is sent. A
// decision that is undone was never sent, so no entry and no message to a citizen has to be taken
// back. When the page is left, what is held is sent at once; the next page of this tab asks for its
// result with the same command id, which takes effect once.
import { draftKey, refuse } from "./drafts.js";
import { $, $$, csrf, items, refresh, replace, say, select, selected } from "./work.js";

const HOLD_MS = 10_000;
const KEY = "held commands";
/** The hub has not decided: the decision stays, and is sent again. */
class NotSent extends Error {}
const held = [], failed = [];
/** Case → its last entry after a decision of this page: the store may still show the one before. */
const decided = new Map();
const rowsOf = (ids) => items().filter((row) => ids.includes(row.dataset.item));
const idsOf = (fields) => fields.getAll("case").map((text) => text.split(".")[0]);
document.documentElement.dataset.holds = "";
const bar = () => $("[data-undo-bar]");
/** Whether the hub may have a decision already: then nobody can take it back. */
const isPosted = (decision) => decision.sending || decision.posted;

function keep() {
  sessionStorage.setItem(KEY, JSON.stringify(held.map(({ fields, text, rows, absorbs, draft }) => [fields.toString(), text, rows, absorbs, draft])));
}

function mark() {
  for (const row of items()) {
    row.classList.toggle("waiting", held.some((decision) => decision.rows.includes(row.dataset.item)));
    // What a held merge absorbs is no case of its own any more, also not in another pair.
    row.hidden = held.some((decision) => decision.absorbs && row.dataset.pair?.includes(decision.absorbs) && !decision.rows.includes(row.dataset.item));
  }
  document.dispatchEvent(new CustomEvent("held"));
}

function button(text, click, key = "") {
  const element = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  if (key) Object.assign(element.dataset, { key, keyName: text });
  element.addEventListener("click", click);
  return element;
}

function show() {
  const lines = failed.map((failure) => {
    const line = document.createElement("p");
    line.append(`未办：${failure.text}。${failure.why} `, button("知道了", () => { failed.splice(failed.indexOf(failure), 1); show(); }));
    return line;
  });
  const last = held.at(-1);
  if (last) {
    const line = document.createElement("p");
    const left = Math.max(0, Math.ceil((last.until - Date.now()) / 1000));
    const more = held.length > 1 ? `；另有 ${held.length - 1} 项` : "";
    if (isPosted(last)) line.append(`${last.text}，正在等待结果${more}`);
    else line.append(`${last.text}，${left} 秒后发出${more} `, button("撤销", undo, "z"));
    lines.unshift(line);
  }
  bar().replaceChildren(...lines);
  bar().hidden = !lines.length;
}

/** Ticks cases of a decision about several again, so that it can be corrected and sent once more. */
function tickAgain(decision, ids) {
  if (decision.ids.length < 2) return;
  for (const row of rowsOf(ids)) {
    const box = $("input[type=checkbox]", row);
    if (box) box.checked = true;
  }
  showTicked();
}

/** Takes the last decision back, if it was not sent yet. */
function undo() {
  if (!held.length || isPosted(held.at(-1))) return;
  const last = held.pop();
  keep();
  if (last.draft) refuse(last.draft, last.fields, "");
  tickAgain(last, last.ids);
  mark();
  show();
  say(`已撤销，没有发出：${last.text}`);
  const [row] = rowsOf(last.rows);
  if (row) select(row);
}

async function send(decision) {
  decision.sending = true;
  let results;
  try {
    const response = await fetch("/work/commands", { method: "POST", body: decision.fields, keepalive: true, headers: { Accept: "application/json" } });
    if (response.status === 401) throw new NotSent("登录已结束，决定已保留，重新登录后发出");
    if (response.status >= 500) throw new NotSent("系统暂时没有回应，决定已保留，正在重试");
    const answer = await response.json();
    if (!response.ok) throw new Error(/[\u4e00-\u9fff]/.test(answer.detail ?? "") ? answer.detail : "请求未成功");
    results = answer.results;
  } catch (error) {
    // A network error says so in English; the decision stays, and is sent again with the same id.
    if (error instanceof TypeError || error instanceof NotSent) {
      say(error instanceof NotSent ? error.message : "网络中断，决定已保留，正在重试", true);
      decision.until = Date.now() + HOLD_MS;
      decision.sending = false;
      return;
    }
    results = decision.ids.map(() => ({ accepted: false, text: error.message, title: "" }));
  }
  held.splice(held.indexOf(decision), 1);
  keep();
  for (const result of results) {
    if (!result.accepted) failed.push({ text: result.title || decision.text, why: result.text });
  }
  const refusal = results.find((result) => !result.accepted);
  if (refusal && decision.draft) refuse(decision.draft, decision.fields, refusal.text);
  tickAgain(decision, decision.ids.filter((id) => !results.some((result) => result.accepted && result.case_id === id)));
  const done = results.filter((result) => result.accepted);
  for (const result of done) decided.set(result.case_id, result.state === "merged" ? Infinity : result.seq);
  if (done.length) say(done.length > 1 ? `已办 ${done.length} 件` : `${decision.text}：${done[0].text}`);
  remove(decision.absorbs || decision.rows[0] !== decision.ids[0] ? (done.length ? decision.rows : []) : done.map((result) => result.case_id), done.length ? decision.absorbs : "");
  // The list of this page is older than a decision of the page before.
  if (decision.posted && done.length && $('[data-region="list"]')) await replace(location.href, "list");
  mark();
  show();
  refresh();
}

/** Removes the rows of decided cases; fetches more when few are left. */
function remove(ids, absorbed = "") {
  const current = selected();
  const gone = items().filter((row) => absorbed && row.dataset.pair?.includes(absorbed));
  for (const row of new Set([...rowsOf(ids), ...gone])) {
    if (row === current) select(items().slice(items().indexOf(row) + 1).find(waits) ?? items().find((item) => item !== row && waits(item)));
    row.remove();
  }
  if (items().length < 5 && $('[data-region="list"]')) replace(location.href, "list");
}

const waits = (row) => !row.hidden && !row.classList.contains("waiting");
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.hold === undefined) return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  fields.set("batch", crypto.randomUUID?.() ?? fields.get("batch"));
  const ids = idsOf(fields);
  if (!ids.length) {
    say("请先选中事项", true);
    return;
  }
  const rows = form.dataset.of ? [form.dataset.of] : ids;
  // The keys are quicker than the server: what is shown may still be the case before.
  const chosen = form.closest('[data-region="case"]') && selected()?.dataset.item;
  if (chosen && chosen !== ids[0]) {
    say("选中的一件还没有打开，请看到后再办", true);
    return;
  }
  if (held.some((decision) => decision.rows.some((row) => rows.includes(row)))) {
    say(rows.length > 1 ? "勾选的事项中有的已办，等待发出" : "这一件已办，等待发出，可按 z 撤销", true);
    return;
  }
  const [row] = rowsOf(rows);
  const unit = $(`option[value="${CSS.escape(fields.get("unit") ?? "")}"]`, form)?.textContent
    ?? event.submitter?.childNodes[1]?.textContent.trim() ?? "";
  const what = ids.length > 1 ? `${ids.length} 件` : $(".subject, [data-open]", row ?? form.closest("section"))?.textContent.slice(0, 24) ?? "";
  const move = form.dataset.hold || $("[name=move]", form).selectedOptions[0].textContent;
  held.push({ fields, ids, rows, absorbs: form.dataset.absorbs ?? "", draft: form.dataset.draft ? draftKey(form) : "", text: `${move}${fields.get("unit") ? unit : ""}：${what}`, until: Date.now() + HOLD_MS });
  for (const box of $$("[data-item] input:checked")) box.checked = false;
  form.dispatchEvent(new CustomEvent("accepted", { bubbles: true }));
  keep();
  mark();
  show();
  const next = items().slice(items().indexOf(rowsOf(rows).at(-1)) + 1).find(waits) ?? items().find(waits);
  if (next) select(next);
});

function showTicked() {
  const shown = $("[data-ticked]");
  if (shown) shown.textContent = `已勾选 ${$$("[data-item] input:checked").length} 件`;
}
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-item] input[type=checkbox]")) showTicked();
});
setInterval(() => {
  for (const decision of held.filter((each) => !each.sending && each.until <= Date.now())) send(decision);
  if (held.length) show();
}, 250);
document.addEventListener("logout", (event) => {
  event.detail.push((async () => {
    await Promise.all(held.filter((decision) => !decision.sending).map(send));
    return failed.length ? "有决定未办，请先看右下的原因" : held.length ? "有决定还没有发出，请稍后再退出" : "";
  })());
});
addEventListener("pagehide", () => {
  for (const decision of held.filter((each) => !each.sending)) navigator.sendBeacon("/work/commands", decision.fields);
});
document.addEventListener("region", (event) => {
  if (event.detail !== "list") return;
  for (const row of items()) if (decided.get(row.dataset.item) > Number(row.dataset.seq)) row.remove();
  mark();
});

// What the page before had held was sent when it was left; ask for its results. The token may be new.
for (const [text, name, rows, absorbs, draft] of JSON.parse(sessionStorage.getItem(KEY) ?? "[]")) {
  const fields = new URLSearchParams(text);
  fields.set("csrf", csrf());
  held.push({ fields, ids: idsOf(fields), rows, absorbs, draft, text: name, until: 0, posted: true });
}
mark();
$$("form[data-hold]").length && show();
