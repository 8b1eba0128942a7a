// The overview page. Text from citizens is only ever set as text, never as markup.
const EVERY = 2000;
const TIERS = { grid: "网格", village: "村（社区）", township: "乡镇（街道）", county: "县直部门" };
const PARTS = ["opened", "merged", "followed", "noted", "orphaned", "duplicates", "rejected"];
const PART_NAMES = {
  opened: "立案", merged: "并案", followed: "催办等", noted: "巡查走访",
  orphaned: "待核", duplicates: "重复", rejected: "退件",
};
const $ = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("zh-CN");
const moment = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit",
});
let words = { channels: {}, states: {}, categories: {}, units: {} };
let grids = [];

function node(tag, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function link(text, action) {
  const made = node("button", text, { class: "link", type: "button" });
  made.addEventListener("click", action);
  return made;
}

function row(...cells) {
  const made = document.createElement("tr");
  for (const cell of cells) {
    const box = document.createElement("td");
    if (typeof cell === "number") {
      box.className = "n";
      box.textContent = number.format(cell);
    } else if (typeof cell === "string") box.textContent = cell;
    else box.append(cell);
    made.append(box);
  }
  return made;
}

async function ask(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

// The store writes Beijing time without an offset.
const beijing = (text) => new Date(`${text.replace(" ", "T")}+08:00`);
const sum = (rows, name) => rows.reduce((total, one) => total + Number(one[name]), 0);

function showTotals(data) {
  const open = sum(data.units_all, "open_cases");
  const shown = [
    ["收到", sum(data.accounting, "received")],
    ["事件", sum(data.accounting, "events")],
    ["并案", sum(data.accounting, "merged")],
    ["在办案件", open],
    ["待研判", data.triage, data.triage > 0],
    ["超期", sum(data.units_all, "overdue"), sum(data.units_all, "overdue") > 0],
    ["退件", sum(data.accounting, "rejected")],
  ];
  $("totals").replaceChildren(...shown.map(([name, value, warn]) => {
    const item = node("li", "", warn ? { class: "warn" } : {});
    item.append(node("b", number.format(value)), node("span", name));
    return item;
  }));
}

function drawMap() {
  const points = grids.flatMap((grid) => grid.geometry.coordinates[0]);
  const [west, east] = [Math.min(...points.map((p) => p[0])), Math.max(...points.map((p) => p[0]))];
  const [south, north] = [Math.min(...points.map((p) => p[1])), Math.max(...points.map((p) => p[1]))];
  const squeeze = Math.cos(((south + north) / 2) * Math.PI / 180);
  const width = (east - west) * squeeze, scale = 1000 / Math.max(width, north - south);
  const svg = $("map");
  svg.setAttribute("viewBox", `0 0 ${width * scale} ${(north - south) * scale}`);
  svg.replaceChildren(...grids.map((grid) => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    const ring = grid.geometry.coordinates[0]
      .map(([lon, lat]) => `${((lon - west) * squeeze * scale).toFixed(1)},${((north - lat) * scale).toFixed(1)}`);
    path.setAttribute("d", `M${ring.join("L")}Z`);
    path.setAttribute("tabindex", "0");
    path.setAttribute("role", "button");
    path.dataset.code = grid.properties.code;
    path.append(document.createElementNS("http://www.w3.org/2000/svg", "title"));
    const open = () => drill(grid.properties.name, { grid_code: grid.properties.code });
    path.addEventListener("click", open);
    path.addEventListener("keydown", (event) => { if (event.key === "Enter") open(); });
    return path;
  }));
}

function showMap(rows) {
  const found = new Map(rows.map((one) => [one.grid_code, one]));
  const counts = grids.map((one) => Number(found.get(one.properties.code)?.open_cases ?? 0));
  const most = Math.max(1, ...counts), least = Math.min(...counts);
  for (const path of $("map").children) {
    const grid = grids.find((one) => one.properties.code === path.dataset.code);
    const one = found.get(path.dataset.code);
    const open = one ? Number(one.open_cases) : 0, late = one ? Number(one.overdue) : 0;
    path.classList.toggle("none", open === 0);
    path.classList.toggle("late", late > 0);
    path.style.fillOpacity = open ? 0.15 + 0.85 * (open - least + 1) / (most - least + 1) : "";
    const label = `${grid.properties.name}：在办 ${open}，超期 ${late}`;
    path.firstChild.textContent = label;
    path.setAttribute("aria-label", label);
  }
  $("map-legend").textContent = `在办最多的网格 ${number.format(most)} 件；红框为有超期案件`;
}

function showFlow(rows) {
  const most = Math.max(1, ...rows.map((one) => sum([one], "told")));
  const known = new Map(rows.map((one) => [one.channel, one]));
  $("flow").replaceChildren(...Object.entries(words.channels).map(([channel, name]) => {
    const one = known.get(channel) ?? {};
    const bar = node("div");
    for (const part of PARTS) {
      const value = Number(one[part] ?? 0);
      if (!value) continue;
      const piece = node("span", "", { class: part, title: `${PART_NAMES[part]} ${value}` });
      piece.style.width = `${100 * value / most}%`;
      bar.append(piece);
    }
    const made = row(name, Number(one.received ?? 0), bar);
    made.lastChild.className = "bar";
    return made;
  }));
}

function counted(name, open, late, action) {
  const made = row(link(name, action), Number(open), late ? `超期 ${number.format(late)}` : "");
  made.lastChild.className = late ? "n late" : "n";
  return made;
}

function showShare(one) {
  const settled = Number(one?.settled ?? 0);
  const text = node("p");
  if (!settled) {
    text.textContent = "还没有办结的案件";
    $("share").replaceChildren(text);
    return;
  }
  const bar = node("div");
  for (const [name, kind] of [["village", "v"], ["township", "t"], ["county", "c"]]) {
    const percent = 100 * Number(one[name]) / settled;
    const piece = node("span", percent >= 8 ? `${percent.toFixed(0)}%` : "", { class: kind });
    piece.style.width = `${percent}%`;
    bar.append(piece);
  }
  text.textContent = `办结 ${number.format(settled)} 件；目标 60 / 30 / 10`;
  $("share").replaceChildren(bar, text);
}

function caseItem(one) {
  const item = node("li");
  const place = one.place_name ? `${one.place_name} · ` : "";
  item.append(
    link(one.title || one.content.slice(0, 40) || "（无标题）", () => life(one)),
    node("small", `${place}${words.categories[one.category] ?? "未分类"} · ${words.states[one.state] ?? one.state}`
      + ` · ${one.reports} 次反映 · ${one.channels.map((c) => words.channels[c] ?? c).join("、")}`),
  );
  return item;
}

function openDrill(title, ...content) {
  $("drill-title").textContent = title;
  $("drill-body").replaceChildren(...content);
  if (!$("drill").open) $("drill").showModal();
}

async function drill(title, filter) {
  const found = await ask(`api/cases?${new URLSearchParams(filter)}`);
  const list = node("ol");
  list.append(...found.map(caseItem));
  openDrill(title, found.length ? list : node("p", "没有在办案件"));
}

async function life(one) {
  const entries = await ask(`api/cases/${one.case_id}`);
  const list = node("ol");
  for (const entry of entries) {
    const item = node("li", `${words.states[entry.state] ?? entry.state}：${entry.reason}`);
    const from = words.channels[entry.channel] ?? words.units[entry.actor] ?? "系统";
    item.append(node("small", `${moment.format(beijing(entry.at))} · ${from}`));
    list.append(item);
  }
  openDrill(one.title || "案件", node("p", one.content), list);
}

async function refresh() {
  try {
    const data = await ask("api/overview");
    showTotals(data);
    showMap(data.grids);
    showFlow(data.accounting);
    $("tiers").replaceChildren(...data.tiers.map((one) =>
      counted(TIERS[one.tier] ?? "待研判", one.open_cases, Number(one.overdue), () =>
        drill(TIERS[one.tier] ?? "待研判", { tier: one.tier }))));
    $("units").replaceChildren(...data.units.map((one) =>
      counted(one.unit_name || "待研判", one.open_cases, Number(one.overdue), () =>
        drill(one.unit_name || "待研判", { unit: one.unit }))));
    $("categories").replaceChildren(...data.categories.map((one) =>
      counted(words.categories[one.category] ?? "未分类", one.cases, 0, () =>
        drill(words.categories[one.category] ?? "未分类", { category: one.category }))));
    showShare(data.share_631[0]);
    $("hottest").replaceChildren(...data.hottest.map(caseItem));
    $("clock").textContent = `${moment.format(new Date())} 更新`;
    $("clock").className = "";
  } catch (error) {
    $("clock").textContent = `数据中断，正在重试（${error.message}）`;
    $("clock").className = "away";
  }
  setTimeout(refresh, EVERY);
}

async function begin() {
  try {
    [words, { features: grids }] = await Promise.all([ask("api/words"), ask("api/grids")]);
    drawMap();
    await refresh();
  } catch (error) {
    $("clock").textContent = `数据中断，正在重试（${error.message}）`;
    $("clock").className = "away";
    setTimeout(begin, EVERY);
  }
}

begin();
