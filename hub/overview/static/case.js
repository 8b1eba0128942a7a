// Lists of cases, the details of a case, and commands.
import { $, ask, categoryName, me, node, number, TIERS, unitName, when, words } from "./dom.js";
import { commands, WHISTLES } from "./commands.js";

const FEATURES = { same_name: "同一地名", near: "距离近", far: "距离远", trouble: "词义相同", other_trouble: "词义不同",
  same_leaf: "同一事项", other_leaf: "事项不同", words: "用词", characters: "用字", sounds: "读音", copied: "文字相同",
  marks: "编号相同", same_object: "同一对象", same_reporter: "同一人", attachment: "同一附件", days: "相隔时间" };
const LEVELS = { yellow: "黄牌", red: "红牌", up: "提级" };

export function openDialog(title, ...content) {
  $("drill-title").textContent = title;
  $("drill-body").replaceChildren(...content);
  if (!$("drill").open) $("drill").showModal();
  $("drill-body").scrollTop = 0;
}

function chip(text, kind = "") {
  return node("span", text, { class: `chip ${kind}` });
}

function clockChip(due, overdue, open) {
  if (!due || !open) return "";
  return chip(`${overdue ? "已超期" : "时限"} ${when(due)}`, overdue ? "late" : "");
}

const OPEN_STATES = ["received", "triage", "assigned", "accepted", "handling", "suspended"];

/** A button that opens a case. */
export function caseLink(id, text) {
  const button = node("button", text, { type: "button", class: "link" });
  button.addEventListener("click", () => openCase(id));
  return button;
}

const urgencyChip = (row) => (row.urgency === "urgent" ? chip(words.urgencies.urgent, "late") : "");

function caseLine(row) {
  const open = caseLink(row.case_id, row.title || row.content.slice(0, 40) || "（无标题）");
  const about = [row.number, row.place_name, categoryName(row.category), unitName(row.unit),
    `${row.reports} 件诉求`, row.channels.map((c) => words.channels[c] ?? c).join("、")];
  return node("li", "", {}, open, urgencyChip(row), chip(words.states[row.state] ?? row.state),
    Number(row.returns) ? chip(`退单 ${row.returns} 次`) : "",
    clockChip(row.due_at, row.overdue, OPEN_STATES.includes(row.state)),
    node("small", about.filter(Boolean).join(" · ")), row.reason ? node("small", `待派单原因：${withNames(row.reason)}`) : "");
}

/** Shows the cases behind a figure; each list can be exported as CSV or Excel. */
export async function openList(title, filter, page = 0) {
  const asked = new URLSearchParams({ ...filter, page });
  let result;
  try {
    result = await ask(`api/cases?${asked}`);
  } catch (error) {
    openDialog(title, node("p", error.message, { role: "alert" }));
    return;
  }
  const list = node("ol", "", { start: page * result.size + 1, class: "cases" });
  list.append(...result.rows.map(caseLine));
  const links = ["csv", "xlsx"].map((form) => node("a", form.toUpperCase(), {
    href: `api/cases?${new URLSearchParams({ ...filter, format: form })}`, download: `cases.${form}`,
  }));
  const turn = [["上一页", page - 1, page > 0], ["下一页", page + 1, (page + 1) * result.size < result.total]]
    .filter(([, , there]) => there).map(([text, to]) => {
      const button = node("button", text, { type: "button" });
      button.addEventListener("click", () => openList(title, filter, to));
      return button;
    });
  const head = node("p", `共 ${number.format(result.total)} 件　导出 `, { class: "tools" }, ...links, ...turn);
  openDialog(title, head, result.total ? list : node("p", "没有事项"));
}

function section(title, ...content) {
  return node("section", "", {}, node("h3", title), ...content);
}

function facts(details) {
  const matter = details.case, assignment = matter.assignment;
  const lines = [
    ["承办", assignment ? `${unitName(assignment.unit)}（${TIERS[assignment.tier] ?? ""}）` : "未派单"],
    ["交办理由", assignment?.reason], ["协办", assignment?.assisting.map(unitName).join("、")],
    ["地点", [matter.place_name, matter.place_text].filter(Boolean).join(" ")],
    ["时限", when(matter.due_at)], ["签收期限", when(matter.accept_by)],
    ["督办", LEVELS[matter.supervision]], ["退单、延期、重办", `${matter.returns}、${matter.extensions}、${matter.reopenings} 次`],
    ["吹哨", matter.whistles.map((w) => `${WHISTLES[w.kind]}：${w.units.map((u) => `${unitName(u)}${w.arrived[u] ? "已报到" : "未报到"}`).join("、")}`).join("；")],
    ["答复", matter.answer], ["志愿者", matter.volunteer],
  ];
  const list = node("dl");
  for (const [name, value] of lines) if (value) list.append(node("dt", name), node("dd", value));
  return list;
}

function evidence(entry) {
  const data = typeof entry.data === "string" ? JSON.parse(entry.data || "{}") : entry.data;
  if (!data?.match) return "";
  const { features = {}, weights = {} } = data.match;
  // Evidence for and against the match, strongest first: value times weight, in log odds.
  const parts = Object.entries(features).map(([name, value]) => [FEATURES[name] ?? name, value * (weights[name] ?? 0)])
    .filter(([, counts]) => Math.abs(counts) >= 0.1).sort((left, right) => Math.abs(right[1]) - Math.abs(left[1]))
    .map(([name, counts]) => `${name} ${counts > 0 ? "+" : "−"}${Math.abs(counts).toFixed(1)}`);
  return node("small", `依据：${parts.join("，")}`);
}

/** Returns a text of the hub with the names of units instead of their codes. */
const withNames = (text) => text.replace(/[0-9A-Z]+-[0-9A-Z]+|\d{9,15}/g, (code) => words.units[code] ?? code);

function timeline(entries) {
  const list = node("ol", "", { class: "timeline" });
  for (const entry of entries) {
    const from = words.channels[entry.channel] ?? words.units[entry.actor] ?? (entry.actor === "hub" ? "系统" : entry.actor);
    list.append(node("li", "", {}, node("b", entry.move_name), ` ${withNames(entry.reason)}`,
      node("small", `${when(entry.at)} · ${from} · ${words.states[entry.state] ?? ""}`), evidence(entry)));
  }
  return list;
}

/** Links to pictures and attachments; only web links, opened without handing on who looks. */
function attachments(row) {
  const links = JSON.parse(row.attached || "[]").filter(({ url }) => /^https?:\/\//i.test(url));
  if (!links.length) return "";
  const list = node("small", "附件：");
  links.forEach(({ name, url, media_type: kind }, index) => {
    const text = name || `${kind?.startsWith("image/") ? "图片" : "附件"} ${index + 1}`;
    list.append(node("a", `${text}（${new URL(url).host}）`, { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }), " ");
  });
  return list;
}

function reports(details) {
  const list = node("ol");
  for (const report of details.reports) {
    const who = report.anonymous ? "匿名" : report.reporter_masked;
    const danger = report.danger ? chip(`险情：${words.dangers[report.danger] ?? ""}`, "late") : "";
    list.append(node("li", "", {}, report.content || report.title || "（保密）", danger, attachments(report),
      node("small", [words.channels[report.channel], report.native_id, when(report.received_at), report.place_text, who].filter(Boolean).join(" · "))));
  }
  return list;
}

// A large case lists few of its reports; the others come page by page.
function moreReports(details) {
  if (!details.case.filed) return [];
  const box = node("div");
  const more = node("button", `更多诉求（${details.case.filed}）`, { type: "button" });
  let page = 0;
  more.addEventListener("click", async () => {
    const result = await ask(`api/cases/${details.case.case_id}/reports?page=${page++}`);
    box.append(reports(result));
    if (page * result.size >= result.total) more.remove();
  });
  return [box, more];
}

function feedback(details) {
  const names = { delivered: "已送达", not_told: "渠道不需要", dead: "未能送达" };
  const list = node("ol");
  for (const message of details.feedback) {
    list.append(node("li", message.text || "（保密）", {}, node("small",
      `${words.channels[message.channel]} ${message.native_id} · ${names[message.outcome] ?? "待送达"} ${message.outcome ? when(message.told_at) : ""} ${message.proof ?? ""}`)));
  }
  return details.feedback.length ? list : node("p", "还没有反馈");
}

function contactsPart(id) {
  const box = node("div");
  const form = node("form", "", { class: "inline" },
    node("label", "查看联系方式的用途 ", {}, node("input", "", { name: "purpose", required: "", minlength: "4", autocomplete: "off" })),
    node("button", "查看（将留痕）", {}));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const result = await ask(`api/cases/${id}/contacts`, { purpose: form.purpose.value });
      box.replaceChildren(...result.contacts.map((contact) => node("p", contact.error
        ?? [words.channels[contact.channel], contact.native_id, contact.name, contact.phone, contact.email, contact.address].filter(Boolean).join(" "))));
    } catch (error) {
      const text = error.code === "bad_request" ? "请用文字写明用途，至少四个字" : error.message;
      box.replaceChildren(node("p", text, { role: "alert" }));
    }
  });
  return node("div", "", {}, form, box);
}

const settle = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

/** Confirms a command after which the case is no longer with the unit, which may not open it. */
export function confirmGone(notice) {
  openDialog("已办", node("p", notice, { role: "status", class: "done" }),
    node("p", "此件已不在本单位，由接手的单位或派单人员办理。"));
}

/** The last entry that both the case and its history have: the store does not get them at one moment. */
const lastEntry = (details) => Math.min(details.case.seq, Math.max(0, ...details.entries.map((entry) => Number(entry.seq))));

/** Opens a case; after a command it first waits until the store has the new entry. */
export async function openCase(id, notice = "", seq = 0) {
  let details;
  try {
    details = await ask(`api/cases/${id}`);
    for (let tries = 0; seq && lastEntry(details) < seq && tries < 40; tries += 1) {
      await settle(250);
      details = await ask(`api/cases/${id}`);
    }
  } catch (error) {
    if (notice && error.code === "not_yours") confirmGone(notice);
    else openDialog("事项", node("p", error.message, { role: "alert" }));
    return;
  }
  const matter = details.case, open = OPEN_STATES.includes(matter.state);
  const title = details.words ? matter.title || matter.content.slice(0, 40) || "事项" : "保密件";
  const overdue = open && matter.due_at && new Date(matter.due_at) < new Date();
  const head = node("p", "", {}, urgencyChip(matter), chip(words.states[matter.state]), chip(categoryName(matter.category)),
    clockChip(matter.due_at, overdue, open), node("small", ` ${matter.number || matter.case_id} 第 ${matter.seq} 条`));
  const parts = [head];
  if (notice) parts.push(node("p", notice, { role: "status", class: "done" }));
  parts.push(section("概况", facts(details)), section(`诉求（${details.case.reports}）`, reports(details), ...moreReports(details)),
    section(`过程（${details.entries.length}）`, timeline(details.entries)), section("反馈", feedback(details)));
  if (details.suggested.length || details.suggested_elsewhere) {
    const list = node("ol", "", { class: "cases" });
    list.append(...details.suggested.map(caseLine));
    const elsewhere = details.suggested_elsewhere
      ? node("p", `另有 ${details.suggested_elsewhere} 件在其他单位或区域，可请派单人员判定`) : "";
    parts.push(section("疑似同案", list, elsewhere));
  }
  if (me.role !== "auditor" && details.words) parts.push(section("联系方式", contactsPart(id)));
  if (me.role !== "auditor" && !matter.confidential) {
    const address = `work/deliberations/new?case=${id}`;
    parts.push(section("议事", node("a", "列入议事", { href: address, class: "button" })));
  }
  if (me.role !== "auditor") parts.push(section("指令", commands(details)));
  const isOld = lastEntry(details) < seq;
  if (isOld) parts.splice(1, 0, node("p", "系统繁忙，新的记录稍后显示", { role: "status" }));
  openDialog(title, ...parts);
  if (isOld) showLater(id, notice, seq, head);
}

/** Shows a case again once the store has its new entry, but not while its reader is writing. */
async function showLater(id, notice, seq, shown) {
  for (;;) {
    await settle(2000);
    if (!$("drill").open || !shown.isConnected) return;
    if ($("drill").querySelector("textarea")?.value) continue;
    const later = await ask(`api/cases/${id}`).catch(() => null);
    if (later && lastEntry(later) >= seq) break;
  }
  if (shown.isConnected) openCase(id, notice, seq);
}
