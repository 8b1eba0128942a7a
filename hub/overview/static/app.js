// The overview: live figures; each opens the list of cases behind it.
import { $, ask, categoryName, change, figure, me, node, number, share, TIERS, unitName, words } from "./dom.js";
import { openCase, openList } from "./case.js";
import { crumbs, prepare, showArea, showCounts, showRise } from "./map.js";

const PARTS = { opened: "立案", merged: "并案", followed: "催办等", noted: "巡查走访",
  orphaned: "待核", duplicates: "重复", rejected: "退件" };
const RATES = { acceptance: "按时签收", settlement: "按时办结", response: "响应率", solution: "解决率", satisfaction: "满意率" };
const COUNTY = 6, DAYS = 28;
const ASK_AGAIN = 5000;
let area = "", county = "", stream = null, again = 0;

const within = (filter = {}) => (area.length === 15 ? { ...filter, grid_code: area }
  : area.length > COUNTY ? { ...filter, area } : filter);
const list = (title, filter) => () => openList(title, within(filter));

function showTotals({ totals, settled }) {
  const shown = [
    ["今日立案", totals.opened_today, { today: "1" }], ["在办", totals.open, { open: "1" }],
    ["待研判", totals.triage, { state: "triage" }, totals.triage > 0 ? "warn" : ""],
    ["黄牌", totals.yellow, { yellow: "1", sort: "due" }, totals.yellow > 0 ? "yellow" : ""],
    ["超期", totals.overdue, { overdue: "1", sort: "due" }, totals.overdue > 0 ? "red" : ""],
    ["今日办结", settled.settled_today, { settled_today: "1" }],
  ];
  $("totals").replaceChildren(...shown.map(([name, value, filter, kind]) =>
    node("li", "", { class: kind ?? "" }, figure(Number(value), name, list(name, filter)), node("span", name))));
}

function bars(id, rows, most) {
  $(id).replaceChildren(...rows.map(([name, value, open, whole = most]) => {
    const fill = node("i");
    fill.style.width = `${(100 * value) / Math.max(1, whole)}%`;
    return node("tr", "", {}, node("th", name, { scope: "row" }), node("td", "", { class: "n" }, figure(value, name, open)),
      node("td", "", { class: "bar", "aria-hidden": "true" }, fill));
  }));
}

function showFlow({ flow, hours }) {
  const known = new Map(flow.map((one) => [one.channel, Number(one.events)]));
  const rows = Object.entries(words.channels).map(([channel, name]) =>
    [name, known.get(channel) ?? 0, list(`${name} 今日`, { channel, today: "1" })]);
  bars("flow", rows, Math.max(...rows.map((row) => row[1])));
  const by = new Map(hours.map((one) => [Number(one.hour), Number(one.events)]));
  const most = Math.max(1, ...by.values());
  $("hours").replaceChildren(...Array.from({ length: 24 }, (_, hour) => {
    const bar = node("i", "", { title: `${hour} 时 ${by.get(hour) ?? 0} 件` });
    bar.style.height = `${(100 * (by.get(hour) ?? 0)) / most}%`;
    return bar;
  }));
  const sum = [...by.values()].reduce((total, one) => total + one, 0);
  $("hours-told").textContent = `今日 ${number.format(sum)} 条，最多一小时 ${number.format(most)} 条`;
}

function counted(name, one, filter) {
  const cells = [[Number(one.open), { open: "1" }, ""], [Number(one.yellow), { yellow: "1" }, "yellow"], [Number(one.overdue), { overdue: "1" }, "red"]];
  return node("tr", "", {}, node("th", name, { scope: "row" }), ...cells.map(([value, more, kind]) =>
    node("td", "", { class: `n ${value ? kind : "nil"}` }, figure(value, name, list(name, { ...filter, ...more })))));
}

function showShare(settled) {
  const whole = Number(settled.settled);
  $("share-told").textContent = whole ? `本月办结 ${number.format(whole)} 件；目标 60 / 30 / 10` : "本月还没有办结的事项";
  $("share").replaceChildren(...[["village", "村居"], ["township", "乡镇"], ["county", "县直"]].map(([name, text]) => {
    const part = Number(settled[name]);
    const piece = node("span", whole ? `${text} ${share(part, whole)}` : "", { class: name });
    piece.style.flexGrow = whole ? String(Math.max(part / whole, 0.2)) : "1";
    return piece;
  }));
}

function showRates(rates) {
  const known = new Map(rates.map((one) => [one.figure, one]));
  $("rates").replaceChildren(...Object.entries(RATES).map(([name, text]) => {
    const one = known.get(name);
    return node("li", "", {}, node("b", one ? share(Number(one.well), Number(one.occasions)) : "—"),
      node("span", text), node("small", one ? `${one.well} / ${one.occasions}` : "本月没有"));
  }));
}

function showCoverage(rows) {
  bars("coverage", rows.map((one) =>
    [`${one.plan_name}（应 ${number.format(Number(one.due))}）`, Number(one.done), null, Number(one.due)]));
}

function showHottest(rows) {
  $("hot").hidden = !rows;
  $("hottest").replaceChildren(...(rows ?? []).map((one) => {
    const open = node("button", one.title || one.content.slice(0, 40) || "（无标题）", { type: "button", class: "link" });
    open.addEventListener("click", () => openCase(one.case_id));
    return node("li", "", {}, open, node("small",
      [one.place_name, categoryName(one.category), `${one.reports} 件诉求`, `${one.channels.length} 个渠道`, unitName(one.unit)].filter(Boolean).join(" · ")));
  }));
}

function showAccounting(rows) {
  $("accounts").hidden = !rows;
  const told = new Map((rows ?? []).map((one) => [one.channel, one]));
  $("accounting").replaceChildren(
    node("tr", "", {}, ...["渠道", "收到", ...Object.values(PARTS)].map((name) => node("th", name, { scope: "col" }))),
    ...Object.entries(words.channels).map(([channel, name]) => node("tr", "", { "data-channel": channel }, node("th", name, { scope: "row" }),
      ...["received", ...Object.keys(PARTS)].map((part) => node("td", number.format(Number(told.get(channel)?.[part] ?? 0)), { class: "n" })))));
}

function showHealth({ events, lag, faults }) {
  const late = lag === null ? "" : `，95% 在 ${(Number(lag) / 1000).toFixed(1)} 秒内入库`;
  $("health").textContent = Number(events) ? `近 15 分钟入库 ${number.format(Number(events))} 条${late}` : "近 15 分钟没有新的消息";
  if (Number(faults)) $("health").textContent += `；${faults} 条无法入库，见 sink_faults`;
  $("health").className = Number(faults) ? "late" : "";
}

function showDays(rows) {
  const known = new Map(rows.map((one) => [one.day, Number(one.reports)]));
  const today = new Date(new Date().toLocaleString("en-US", { timeZone: "Asia/Shanghai" }));
  const days = Array.from({ length: DAYS }, (_, back) => {
    const day = new Date(today.getFullYear(), today.getMonth(), today.getDate() - (DAYS - 1 - back));
    const iso = [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((one) => String(one).padStart(2, "0")).join("-");
    return [`${day.getMonth() + 1} 月 ${day.getDate()} 日`, known.get(iso) ?? 0];
  });
  const most = Math.max(1, ...days.map((one) => one[1]));
  $("days").replaceChildren(...days.map(([name, value]) => {
    const bar = node("i", "", { title: `${name} ${value} 件` });
    bar.style.height = `${(100 * value) / most}%`;
    return bar;
  }));
  const week = days.slice(-8, -1).reduce((sum, one) => sum + one[1], 0);
  const before = days.slice(-15, -8).reduce((sum, one) => sum + one[1], 0);
  const rise = change(week, before);
  $("days-told").textContent = `近 ${DAYS} 天诉求；前 7 天 ${number.format(week)} 件${rise ? `，环比${rise}` : ""}`;
}

/** The function that shows each part of the figures; the server sends slow parts later. */
const SHOWS = {
  totals: showTotals,
  grids: ({ grids }) => showCounts(grids),
  flow: showFlow,
  tiers: ({ tiers }) => $("tiers").replaceChildren(...tiers.filter((one) => one.tier).map((one) => counted(TIERS[one.tier], one, { tier: one.tier }))),
  units: ({ units }) => $("units").replaceChildren(...units.map((one) => counted(unitName(one.unit), one, { unit: one.unit }))),
  categories: ({ categories }) => bars("categories", categories.map((one) => [categoryName(one.category), Number(one.open),
    list(categoryName(one.category), { category: one.category, open: "1" })]), Math.max(0, ...categories.map((one) => Number(one.open)))),
  settled: ({ settled }) => showShare(settled),
  health: ({ health, hottest }) => { showHealth(health); showHottest(hottest); },
  rates: ({ rates, accounting }) => { showRates(rates); showAccounting(accounting); },
  coverage: ({ coverage }) => showCoverage(coverage),
  days: ({ days }) => showDays(days),
  rise: ({ rise }) => showRise(rise),
};

function show(part) {
  for (const [name, shows] of Object.entries(SHOWS)) if (name in part) shows(part);
  $("clock").textContent = `${new Date().toLocaleString("zh-CN", { timeZone: "Asia/Shanghai" })} 更新`;
  $("clock").className = "";
  if (part.rates) document.documentElement.dataset.filled = "yes";
}

function listen() {
  stream?.close();
  clearTimeout(again);
  stream = new EventSource(`api/live?${new URLSearchParams({ area: area === county ? "" : area })}`);
  stream.addEventListener("numbers", (event) => show(JSON.parse(event.data)));
  stream.addEventListener("error", () => {
    $("clock").textContent = "数据中断，正在重连";
    $("clock").className = "late";
    // A browser reconnects by itself, but not after an error status.
    if (stream.readyState === EventSource.CLOSED) again = setTimeout(resume, ASK_AGAIN);
  });
}

/** Connects again; if the session has ended meanwhile, shows the login page. */
async function resume() {
  try {
    await who();
  } catch {
    again = setTimeout(resume, ASK_AGAIN);
    return;
  }
  if (isShut()) location.reload();
  else listen();
}

/** Whether the page shows nothing without a login. */
const isShut = () => me.role === "public" && me.public !== "figures";

/** Shows the login form instead of the figures, or the figures. */
function gate(shut) {
  (shut ? $("gate").firstElementChild : $("login-box")).append($("login-form"));
  $("gate").hidden = !shut;
  $("screen").hidden = shut;
  document.documentElement.dataset.gate = shut ? "shut" : "open";
}

function go(code) {
  if (code.length === 15 && me.role !== "public") {
    const grid = $("map").querySelector(`[data-code="${code}"]`)?.getAttribute("aria-label")?.split("：")[0] ?? code;
    openList(grid, { grid_code: code, open: "1" });
    return;
  }
  if (code.length === 15) return;
  area = code;
  showArea(code);
  $("crumbs").replaceChildren(...crumbs(code, go));
  listen();
}

async function who() {
  Object.assign(me, await ask("api/me"));
  const known = me.role !== "public";
  $("who").textContent = known ? `${me.name}${me.unit_name ? ` · ${me.unit_name}` : ""}` : "访客：只看数字";
  $("login").hidden = known;
  $("login-oidc").hidden = !me.oidc;
  $("logout").hidden = $("account").hidden = !known;
  $("password-form").hidden = !me.has_password;
  $("search").hidden = !known;
}

$("login").addEventListener("click", () => $("login-box").showModal());
$("login-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  try {
    await ask("api/login", { name: form.elements.name.value, password: form.elements.password.value });
    form.reset();
    $("login-said").textContent = "";
    $("login-box").close();
    if (!county) {
      await begin();
      return;
    }
    await who();
    listen();
  } catch (error) {
    $("login-said").textContent = error.message;
  }
});
$("logout").addEventListener("click", async () => {
  await ask("api/logout", {});
  // Reload, so that no data stays on the page.
  location.reload();
});
$("account").addEventListener("click", () => {
  $("password-form").reset();
  $("account-said").textContent = "";
  $("account-box").showModal();
});
$("password-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { old, fresh, again } = event.target.elements;
  if (fresh.value !== again.value) {
    $("account-said").textContent = "两次输入的新口令不一样";
    again.focus();
    return;
  }
  try {
    Object.assign(me, await ask("api/password", { old: old.value, new: fresh.value }));
    event.target.reset();
    $("account-said").textContent = "口令已修改，其他设备上的登录已结束";
  } catch (error) {
    $("account-said").textContent = error.code === "bad_login" ? "原口令不对" : error.message;
  }
});
$("logout-everywhere").addEventListener("click", async () => {
  try {
    await ask("api/logout/everywhere", {});
    // Reload, so that no data stays on the page.
    location.reload();
  } catch (error) {
    $("account-said").textContent = error.message;
  }
});
$("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const words_ = event.target.elements.words.value.trim();
  if (words_) openList(`查找：${words_}`, within({ words: words_ }));
});
$("theme").addEventListener("click", () => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
  localStorage.setItem("theme", document.documentElement.dataset.theme);
});
for (const button of document.querySelectorAll("dialog [data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}

async function begin() {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
  try {
    await who();
    gate(isShut());
    if (isShut()) return;
    const [told, { features }] = await Promise.all([ask("api/words"), ask("api/grids")]);
    Object.assign(words, told);
    county = area = words.areas[0].code.slice(0, COUNTY);
    prepare(features, county, go);
    go(county);
  } catch (error) {
    if ($("gate").hidden) $("screen").hidden = false;
    $("clock").textContent = `数据中断，正在重试（${error.message}）`;
    $("clock").className = "late";
    setTimeout(begin, 2000);
  }
}

begin();
