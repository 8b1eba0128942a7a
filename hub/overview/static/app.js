// The overview: live figures; each opens the list of cases behind it.
import { $, ask, categoryName, change, figure, me, node, number, share, TIERS, unitName, words } from "./dom.js";
import { openCase, openList } from "./case.js";
import "./account.js";
import { openDuties, openMessages } from "./records.js";
import { showServices } from "./services.js";
import { prepareLayers } from "./layers.js";
import { crumbs, mapMode, prepare, showArea, showCounts, showRise } from "./map.js";

const PARTS = { opened: "立案", merged: "并案", followed: "催办等", noted: "巡查与办件",
  orphaned: "待核", duplicates: "重复", rejected: "退件" };
const RATES = { acceptance: "按时签收", settlement: "按时办结", response: "响应率", solution: "解决率", satisfaction: "满意率" };
const SHARES = [["village", "村居"], ["township", "乡镇"], ["county", "县直"]];
const COUNTY = 6, DAYS = 28;
const ASK_AGAIN = 5000;
let area = "", county = "", stream = null, again = 0, urgent = null, latest = {};

const within = (filter = {}) => (area.length === 15 ? { ...filter, grid_code: area }
  : area.length > COUNTY ? { ...filter, area } : filter);
const list = (title, filter) => () => openList(title, within(filter));

function showTotals({ totals, settled_today: settled }) {
  const shown = [
    ["今日立案", openedToday().cases, { today: "1" }], ["在办", totals.open, { open: "1" }],
    ["紧急", totals.urgent, { urgent: "1", sort: "due" }, totals.urgent > 0 ? "red" : ""],
    ["待派单", totals.waiting, { waiting: "1" }, totals.waiting > 0 ? "warn" : ""],
    ["黄牌", totals.yellow, { yellow: "1", sort: "due" }, totals.yellow > 0 ? "yellow" : ""],
    ["红牌", totals.red, { red: "1", sort: "due" }, totals.red > 0 ? "red" : ""],
    ["超期", totals.overdue, { overdue: "1", sort: "due" }, totals.overdue > 0 ? "red" : ""],
    ["今日办结", settled.settled, { settled_today: "1" }],
  ];
  $("totals").replaceChildren(...shown.map(([name, value, filter, kind]) =>
    node("li", "", { class: kind ?? "" }, figure(Number(value), name, list(name, filter)), node("span", name))));
  showAlarm(Number(totals.urgent));
}

/** Says once, also to a screen reader, that a case has become urgent. */
function showAlarm(now) {
  if (urgent !== null && now > urgent) {
    $("alarm").replaceChildren(`有新的紧急事项：共 ${number.format(now)} 件在办 `,
      figure("查看", "紧急事项", list("紧急", { urgent: "1", sort: "opened" })));
    $("alarm").hidden = false;
  }
  if (!now) $("alarm").hidden = true;
  urgent = now;
}

function bars(id, rows, most) {
  $(id).replaceChildren(...rows.map(([name, value, open, whole = most]) => {
    const fill = node("i");
    fill.style.width = `${(100 * value) / Math.max(1, whole)}%`;
    return node("tr", "", {}, node("th", name, { scope: "row" }), node("td", "", { class: "n" }, figure(value, name, open)),
      node("td", "", { class: "bar", "aria-hidden": "true" }, fill));
  }));
}

/** Messages are no cases, so only the cases open a list. A unit sees its own cases, no messages. */
function showFlow({ flow, hours }) {
  const today = openedToday();
  const own = me.role === "unit";
  const messages = new Map(flow.map((row) => [row.channel, Number(row.events)]));
  const cases = new Map(today.channels.map((row) => [row.channel, Number(row.cases)]));
  const shown = own ? cases : messages;
  const most = Math.max(1, ...shown.values());
  $("flow-title").textContent = own ? "今日本单位立案" : "今日渠道";
  const heads = ["渠道", ...(own ? [] : ["消息"]), "立案", ""];
  $("flow").replaceChildren(
    node("tr", "", {}, ...heads.map((name) => node("th", name, { scope: "col", ...(name && name !== "渠道" ? { class: "n" } : {}) }))),
    ...Object.entries(words.channels).map(([channel, name]) => {
      const fill = node("i");
      fill.style.width = `${(100 * (shown.get(channel) ?? 0)) / most}%`;
      return node("tr", "", {}, node("th", name, { scope: "row" }),
        ...(own ? [] : [node("td", number.format(messages.get(channel) ?? 0), { class: "n" })]),
        node("td", "", { class: "n" }, figure(cases.get(channel) ?? 0, `${name}今日立案`, list(`${name}今日立案`, { channel, today: "1" }))),
        node("td", "", { class: "bar", "aria-hidden": "true" }, fill));
    }));
  const by = new Map((own ? today.hours : hours).map((row) => [Number(row.hour), Number(row.events ?? row.cases)]));
  const highest = Math.max(1, ...by.values());
  $("hours").replaceChildren(...Array.from({ length: 24 }, (_, hour) => {
    const bar = node("i", "", { title: `${hour} 时 ${by.get(hour) ?? 0} 件` });
    bar.style.height = `${(100 * (by.get(hour) ?? 0)) / highest}%`;
    return bar;
  }));
  const sum = [...by.values()].reduce((total, count) => total + count, 0);
  const what = own ? "件立案" : "条消息";
  $("hours-text").textContent = `今日 ${number.format(sum)} ${what}，最多一小时 ${number.format(highest)} ${own ? "件" : "条"}`;
}

function counted(name, counts, filter) {
  const cells = [[Number(counts.open), { open: "1" }, ""], [Number(counts.yellow), { yellow: "1" }, "yellow"], [Number(counts.overdue), { overdue: "1" }, "red"]];
  return node("tr", "", {}, node("th", name, { scope: "row" }), ...cells.map(([value, more, kind]) =>
    node("td", "", { class: `n ${value ? kind : "nil"}` }, figure(value, name, list(name, { ...filter, ...more })))));
}

/** The last row of a list that shows only the first: how many follow. */
function goesOn(rest, unit) {
  if (!rest.rows) return [];
  return [node("tr", "", { class: "goes-on" }, node("td", `另有 ${number.format(rest.rows)} ${unit}，在办 ${number.format(rest.open)} 件`, { colspan: "4" }))];
}

function showShare(settled) {
  const whole = Number(settled.settled);
  $("share-text").textContent = whole ? `本月办结 ${number.format(whole)} 件：${SHARES.map(([name, text]) => `${text} ${share(Number(settled[name]), whole)}`).join("，")}；目标 60 / 30 / 10` : "本月还没有办结的事项";
  $("share").replaceChildren(...(whole ? SHARES : []).map(([name, text]) => {
    const part = Number(settled[name]);
    const label = `${text} ${share(part, whole)}`;
    // A piece is as wide as its part; a narrow one says its text on hover and in the line below.
    const piece = node("span", part / whole < 0.15 ? "" : label, { class: name, title: label });
    piece.style.flexGrow = String(part / whole);
    return piece;
  }));
}

function showRates(rates) {
  const known = new Map(rates.map((row) => [row.figure, row]));
  $("rates").replaceChildren(...Object.entries(RATES).map(([name, text]) => {
    const rate = known.get(name);
    const failed = Number(rate?.failed ?? 0);
    return node("li", "", {}, node("b", rate ? share(Number(rate.well), Number(rate.occasions)) : "—"),
      node("span", text), node("small", rate ? `${rate.well} / ${rate.occasions} 次` : "本月没有"),
      failed ? figure(`${number.format(failed)} 件未达`, `${text}未达标`, list(`本月${text}未达标`, { rate: name })) : "");
  }));
}

function showCoverage(rows) {
  const duties = (row, outcome, name) => () =>
    openDuties(`${row.plan_name}：${name}`, { plan: row.plan, outcome, ...(area.length > COUNTY ? { area } : {}) });
  $("coverage").replaceChildren(
    node("tr", "", {}, ...["计划", "应做", "已做", "漏做", ""].map((name) =>
      node("th", name, { scope: "col", ...(name && name !== "计划" ? { class: "n" } : {}) }))),
    ...rows.map((row) => {
      const fill = node("i");
      fill.style.width = share(Number(row.done), Number(row.due)).replace("—", "0%");
      return node("tr", "", {}, node("th", row.plan_name, { scope: "row" }), node("td", number.format(Number(row.due)), { class: "n" }),
        node("td", "", { class: "n" }, figure(Number(row.done), `${row.plan_name}已做`, duties(row, "done", "已做"))),
        node("td", "", { class: `n ${Number(row.missed) ? "red" : "nil"}` }, figure(Number(row.missed), `${row.plan_name}漏做`, duties(row, "missed", "漏做"))),
        node("td", "", { class: "bar", "aria-hidden": "true" }, fill));
    }));
}

function showHottest(rows) {
  $("hot").hidden = !rows;
  $("hottest").replaceChildren(...(rows ?? []).map((row) => {
    const open = node("button", row.title || row.content.slice(0, 40) || "（无标题）", { type: "button", class: "link" });
    open.addEventListener("click", () => openCase(row.case_id));
    const hurry = row.urgency === "urgent" ? node("span", "紧急", { class: "chip late" }) : "";
    return node("li", "", {}, open, hurry, node("small",
      [row.place_name, categoryName(row.category), `${row.reports} 件诉求`, `${row.channels.length} 个渠道`, unitName(row.unit)].filter(Boolean).join(" · ")));
  }));
}

function showAccounting(rows) {
  $("accounts").hidden = !rows;
  const byChannel = new Map((rows ?? []).map((row) => [row.channel, row]));
  $("accounting").replaceChildren(
    node("tr", "", {}, ...["渠道", "收到", ...Object.values(PARTS)].map((name) => node("th", name, { scope: "col" }))),
    ...Object.entries(words.channels).map(([channel, name]) => node("tr", "", { "data-channel": channel }, node("th", name, { scope: "row" }),
      ...Object.entries({ received: "收到", ...PARTS }).map(([part, what]) => {
        const value = Number(byChannel.get(channel)?.[part] ?? 0);
        const open = value ? () => openMessages(`${name}：${what}`, { channel, part }) : null;
        return node("td", "", { class: "n" }, figure(value, `${name}${what}`, open));
      }))));
}

function showHealth({ events, lag, faults }) {
  const late = lag === null ? "" : `，95% 在 ${(Number(lag) / 1000).toFixed(1)} 秒内入库`;
  $("health").textContent = Number(events) ? `近 15 分钟入库 ${number.format(Number(events))} 条${late}` : "近 15 分钟没有新的消息";
  if (Number(faults)) $("health").textContent += `；${faults} 条无法入库，见 sink_faults`;
  $("health").className = Number(faults) ? "late" : "";
}

function showDays(rows) {
  const known = new Map(rows.map((row) => [row.day, Number(row.reports)]));
  const today = new Date(new Date().toLocaleString("en-US", { timeZone: "Asia/Shanghai" }));
  const days = Array.from({ length: DAYS }, (_, back) => {
    const day = new Date(today.getFullYear(), today.getMonth(), today.getDate() - (DAYS - 1 - back));
    const iso = [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
    return [`${day.getMonth() + 1} 月 ${day.getDate()} 日`, known.get(iso) ?? 0];
  });
  // Today is not over, and may be a day of its own kind: the scale is that of the days before.
  const past = days.slice(0, -1).map(([, reports]) => reports);
  const most = Math.max(1, ...(past.some(Boolean) ? past : [days.at(-1)[1]]));
  $("days").replaceChildren(...days.map(([name, value]) => {
    const bar = node("i", "", { title: `${name} ${value} 件` });
    bar.style.height = `${Math.min(100, (100 * value) / most)}%`;
    return bar;
  }));
  const week = days.slice(-8, -1).reduce((sum, [, reports]) => sum + reports, 0);
  const before = days.slice(-15, -8).reduce((sum, [, reports]) => sum + reports, 0);
  const rise = change(week, before);
  $("days-text").textContent = `近 ${DAYS} 天${me.role === "unit" ? "立案" : "诉求"}；前 7 天 ${number.format(week)} 件${rise ? `，环比${rise}` : ""}`;
}

/** The function that shows each part of the figures; the server sends slow parts later. */
const SHOWS = {
  totals: showTotals,
  grids: ({ grids }) => showCounts(withToday(grids, openedToday())),
  flow: showFlow,
  tiers: ({ tiers }) => $("tiers").replaceChildren(...tiers.filter((row) => row.tier).map((row) => counted(TIERS[row.tier], row, { tier: row.tier }))),
  units: ({ units, left_out }) => $("units").replaceChildren(...units.map((row) => counted(unitName(row.unit), row, { unit: row.unit })), ...goesOn(left_out.units, "家")),
  categories: ({ categories, left_out }) => {
    bars("categories", categories.map((row) => [categoryName(row.category), Number(row.open),
      list(categoryName(row.category), { category: row.category, open: "1" })]), Math.max(0, ...categories.map((row) => Number(row.open))));
    $("categories").append(...goesOn(left_out.categories, "类"));
  },
  settled_before: () => showShare(settledThisMonth()),
  settled_today: () => showShare(settledThisMonth()),
  health: ({ health, hottest }) => { showHealth(health); showHottest(hottest); },
  rates: ({ rates, accounting }) => { showRates(rates); showAccounting(accounting); },
  coverage: ({ coverage }) => showCoverage(coverage),
  services: ({ services }) => showServices($("services"), $("services-tables"), services),
  days: ({ days }) => showDays(days),
  rise: ({ rise }) => showRise(rise),
};
/** Returns the cases opened today: those still open, and those that have ended since. */
function openedToday() {
  const parts = [latest.today, latest.today_ended].filter(Boolean);
  const sum = (part, name) => {
    const counts = new Map();
    for (const row of parts.flatMap((each) => each[part])) counts.set(row[name], (counts.get(row[name]) ?? 0) + Number(row.cases));
    return [...counts].map(([value, cases]) => ({ [name]: value, cases }));
  };
  return { cases: parts.reduce((all, row) => all + Number(row.cases), 0), channels: sum("channels", "channel"),
    grids: sum("grids", "grid_code"), hours: sum("hours", "hour") };
}

/** Returns the cases settled this month by tier: those of today, and those before. */
function settledThisMonth() {
  const parts = [latest.settled_today, latest.settled_before].filter(Boolean);
  const sum = (name) => parts.reduce((all, row) => all + Number(row[name]), 0);
  return Object.fromEntries(["settled", ...SHARES.map(([name]) => name)].map((name) => [name, sum(name)]));
}

/** Parts that also show figures of the slow part `today_ended`. */
const WITH_TODAY = ["totals", "flow", "grids"];

/** Returns the open and overdue cases of each grid, with those opened today. */
function withToday(grids, today) {
  const all = new Map(grids.map((row) => [row.grid_code, { ...row, today: 0 }]));
  for (const { grid_code: code, cases } of today.grids) {
    all.set(code, { grid_code: code, open: 0, overdue: 0, ...all.get(code), today: cases });
  }
  return [...all.values()];
}

function show(part) {
  latest = { ...latest, ...part };
  for (const [name, shows] of Object.entries(SHOWS)) {
    if (name in part || ("today_ended" in part && WITH_TODAY.includes(name) && name in latest)) shows(latest);
  }
  $("clock").textContent = `${new Date().toLocaleString("zh-CN", { timeZone: "Asia/Shanghai" })} 更新`;
  $("clock").className = "";
  if (part.rates) document.documentElement.dataset.filled = "yes";
}

function listen() {
  stream?.close();
  clearTimeout(again);
  stream = new EventSource(`api/live?${new URLSearchParams({ area: area === county ? "" : area })}`);
  stream.addEventListener("numbers", (event) => show(JSON.parse(event.data)));
  let lost = false;
  stream.addEventListener("open", () => {
    // The session may have ended meanwhile, and the figures may be public.
    if (lost) checkViewer().catch(() => {});
    lost = false;
  });
  stream.addEventListener("error", () => {
    lost = true;
    $("clock").textContent = "数据中断，正在重连";
    $("clock").className = "late";
    // A browser reconnects by itself, but not after an error status.
    if (stream.readyState === EventSource.CLOSED) again = setTimeout(resume, ASK_AGAIN);
  });
}

/** Connects again; if the session has ended meanwhile, loads the page of the public. */
async function resume() {
  try {
    await checkViewer();
  } catch {
    again = setTimeout(resume, ASK_AGAIN);
    return;
  }
  listen();
}

/** Asks again who views the page; reloads it if he is another, so that no data stays on the page. */
async function checkViewer() {
  const { role, name } = me;
  await who();
  if (!isShut() && me.role === role && me.name === name) return;
  location.reload();
  await new Promise(() => {});
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
    openList(`${grid}${{ overdue: "超期", today: "今日新增" }[mapMode()] ?? "在办"}`,
      { grid_code: code, [["overdue", "today"].includes(mapMode()) ? mapMode() : "open"]: "1" });
    return;
  }
  if (code.length === 15) return;
  area = code;
  latest = {};
  urgent = null;
  showArea(code);
  $("crumbs").replaceChildren(...crumbs(code, go));
  listen();
}

async function who() {
  Object.assign(me, await ask("api/me"));
  if (me.role === "grid_worker") {
    // A grid worker has the phone page only; nothing of this page is loaded meanwhile.
    location.replace("/patrol");
    await new Promise(() => {});
  }
  const known = me.role !== "public";
  $("who").textContent = known ? `${me.name}${me.unit_name ? ` · ${me.unit_name}` : ""}` : "访客：只看数字";
  $("login").hidden = known;
  $("login-oidc").hidden = !me.oidc;
  $("logout").hidden = $("account").hidden = !known;
  $("password-form").hidden = !me.has_password;
  $("search").hidden = $("work").hidden = !known;
}

$("login").addEventListener("click", () => $("login-box").showModal());
$("login-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  try {
    await ask("api/login", { name: form.elements.name.value, password: form.elements.password.value });
    form.reset();
    $("login-message").textContent = "";
    $("login-box").close();
    if (returned()) return;
    if (!county) {
      await begin();
      return;
    }
    await who();
    listen();
    layers();
  } catch (error) {
    $("login-message").textContent = error.message;
  }
});
$("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const words_ = event.target.elements.words.value.trim();
  if (words_) openList(`查找：${words_}`, within({ words: words_ }));
});
for (const button of document.querySelectorAll("dialog [data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}

/** Goes to the page that asked for the login, if it is one of this site; returns whether it does. */
function returned() {
  const next = new URLSearchParams(location.search).get("next");
  if (!next) return false;
  const page = new URL(next, location.href);
  // A path such as //other.example would lead to another site.
  if (page.origin !== location.origin || page.pathname === location.pathname) return false;
  location.replace(page);
  return true;
}

/** Offers the layers of the map to those who may see them; the map works without them. */
function layers() {
  prepareLayers().catch((error) => { $("layer-text").textContent = `图层没有取到：${error.message}`; });
}

async function begin() {
  try {
    await who();
    if (me.role !== "public" && returned()) return;
    // Who came for a page of the workbench must log in, also where the public sees the figures.
    const asked = me.role === "public" && location.search.includes("next=");
    gate(asked || isShut());
    if (asked || isShut()) return;
    const [fetched, { features }] = await Promise.all([ask("api/words"), ask("api/grids")]);
    Object.assign(words, fetched);
    county = area = words.areas[0].code.slice(0, COUNTY);
    prepare(features, county, go);
    go(county);
    layers();
  } catch (error) {
    if ($("gate").hidden) $("screen").hidden = false;
    $("clock").textContent = `数据中断，正在重试（${error.message}）`;
    $("clock").className = "late";
    setTimeout(begin, 2000);
  }
}

begin();
