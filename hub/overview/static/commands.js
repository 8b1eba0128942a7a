// The commands of a case: what is offered, its fields, and sending it.
import { ask, me, node, unitName, words } from "./dom.js";
import { confirmGone, openCase } from "./case.js";

export const WHISTLES = { general: "一般吹哨", hard: "攻坚吹哨", urgent: "紧急吹哨" };
const LEVELS = { yellow: "黄牌", red: "红牌", up: "提级" };
const ENDS = { withdraw: "撤诉后事项结束，不再办理。确定是诉求人要求撤回吗？", close: "归档后不再办理。确定归档吗？" };

/** After these the case is no longer with the unit. */
const GIVES_AWAY = ["return", "escalate", "hand_over"];

function choice(name, options, more = {}) {
  const field = node("select", "", { name, ...more });
  for (const [value, text] of options) field.append(node("option", text, { value }));
  return field;
}

/** A person may correct the category of a case; what is chosen here is what `hub learn` learns from. */
const categoryChoice = (more) => node("label", more ? "更正为 " : "事项 ", {},
  choice("category", [["", more ? "请选择" : "不改"], ...Object.entries(words.categories).filter(([code]) => code !== "other.unknown")],
    more ? { required: "" } : {}));
const categoryOf = (form) => (form.category.value ? { category: form.category.value } : {});

/** A field in which a unit is searched by typing; the units that may have the case come first. */
function unitField(id, category) {
  const codes = new Map();
  const options = node("datalist", "", { id: "unit-options" });
  const input = node("input", "", { name: "unit_name", list: "unit-options", required: "", autocomplete: "off", placeholder: "输入单位名称查找" });
  const hint = node("small");
  const fill = async () => {
    const units = await ask(`api/cases/${id}/units?${new URLSearchParams({ category: category?.value ?? "" })}`);
    codes.clear();
    options.replaceChildren(...units.map((code) => {
      codes.set(unitName(code), code);
      return node("option", "", { value: unitName(code) });
    }));
    input.value = units.length ? unitName(units[0]) : "";
    hint.textContent = units.length ? `可交 ${units.length} 家：${units.slice(0, 3).map(unitName).join("、")}${units.length > 3 ? " …" : ""}` : "没有单位可办此类事项，请更正事项类别";
  };
  input.addEventListener("focus", () => input.select());
  category?.addEventListener("change", fill);
  const check = () => input.setCustomValidity(codes.has(input.value) ? "" : "请从列出的单位中选择");
  input.addEventListener("input", check);
  fill().then(check);
  return [node("label", "交给 ", {}, input, options, hint), () => codes.get(input.value) ?? ""];
}

/** A field in which the other case is picked: from the suggestions, or found by words and numbers. */
function caseField(details, search) {
  const picked = node("div", "", { class: "picks" });
  const show = (rows) => picked.replaceChildren(...rows.filter((row) => row.case_id !== details.case.case_id).map((row) =>
    node("label", "", {}, node("input", "", { type: "radio", name: "other", value: row.case_id, required: "" }),
      ` ${row.title || row.content.slice(0, 40) || "（无标题）"} `,
      node("small", [words.states[row.state], unitName(row.unit), row.place_name, `${row.reports} 件诉求`].filter(Boolean).join(" · ")))));
  show(details.suggested);
  if (!search) return [picked];
  const input = node("input", "", { type: "search", placeholder: "词语、编号、日期", "aria-label": "查找另一事项" });
  const find = node("button", "查找", { type: "button" });
  const run = async () => {
    const result = await ask(`api/cases?${new URLSearchParams({ words: input.value.trim(), open: "1" })}`);
    show(result.rows.slice(0, 10));
    if (!picked.children.length) picked.append(node("p", "没有找到在办事项"));
  };
  find.addEventListener("click", run);
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); run(); } });
  return [node("div", "另一事项 ", {}, input, find), picked];
}

/** Returns the form fields of a command besides its reason, and a function that reads its data. */
function fieldsOf(move, details) {
  if (["assign", "hand_over", "escalate"].includes(move)) {
    const category = categoryChoice();
    const [field, unit] = unitField(details.case.case_id, category.querySelector("select"));
    return [[category, field], (form) => ({ unit: unit(), ...categoryOf(form) })];
  }
  if (move === "triage" && details.case.state === "triage") {
    return [[categoryChoice(true)], (form) => ({ ...categoryOf(form), assign: true })];
  }
  if (move === "triage") return [[categoryChoice()], categoryOf];
  if (move === "whistle") {
    const departments = Object.entries(words.units).filter(([code]) => words.tiers[code] === "county");
    return [[node("label", "类别 ", {}, choice("kind", Object.entries(WHISTLES))),
      node("label", "部门 ", {}, choice("units", departments, { multiple: "", size: "6", required: "" }))],
    (form) => ({ kind: form.kind.value, units: [...form.units.selectedOptions].map((option) => option.value) })];
  }
  if (move === "supervise") {
    return [[node("label", "级别 ", {}, choice("level", Object.entries(LEVELS)))], (form) => ({ level: form.level.value })];
  }
  if (move === "merge" || move === "keep_apart") {
    return [caseField(details, move === "merge"), (form) => ({ case: form.elements.other?.value ?? "" })];
  }
  if (move === "evaluate") {
    return [[node("label", "解决 ", {}, choice("settled", [["true", "已解决"], ["false", "未解决"]])),
      node("label", "满意 ", {}, choice("satisfied", [["true", "满意"], ["false", "不满意"]]))],
    (form) => ({ settled: form.settled.value === "true", satisfied: form.satisfied.value === "true" })];
  }
  if (move === "take") {
    return [[node("label", "志愿者 ", {}, node("input", "", { name: "volunteer", required: "" }))],
      (form) => ({ volunteer: form.volunteer.value })];
  }
  return [[], () => ({})];
}

function splitFields(details) {
  const boxes = details.reports.map((report) => node("label", "", {},
    node("input", "", { type: "checkbox", name: "event", value: report.id }), ` ${report.native_id} ${report.content.slice(0, 30)}`));
  return [boxes, (form) => ({ events: [...form.querySelectorAll("[name=event]:checked")].map((box) => box.value) })];
}

/** The form of the commands that role, unit, state and the case allow. */
export function commands(details) {
  const moves = Object.entries(details.may)
    .map(([move, name]) => [move, move === "triage" && details.case.state === "triage" ? "更正事项并重新派单" : name]);
  if (!moves.length) return node("p", "当前状态下没有可下达的指令");
  const form = node("form", "", { class: "command" });
  const pick = choice("move", moves, { "aria-label": "指令" });
  const more = node("div");
  const status = node("p", "", { role: "status", "aria-live": "polite" });
  let data = () => ({});
  const fill = () => {
    const [fields, make] = pick.value === "split" ? splitFields(details) : fieldsOf(pick.value, details);
    more.replaceChildren(...fields);
    data = make;
  };
  pick.addEventListener("change", fill);
  fill();
  form.append(node("label", "指令 ", {}, pick), more,
    node("label", "说明 ", {}, node("textarea", "", { name: "reason", rows: "2", maxlength: "2000" })),
    node("button", "下达"), status);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (ENDS[pick.value] && !confirm(ENDS[pick.value])) return;
    status.textContent = "已下达，等待结果…";
    status.className = "";
    try {
      const outcome = await ask(`api/cases/${details.case.case_id}/commands`, {
        move: pick.value, reason: form.reason.value, expected_seq: details.case.seq, data: data(form),
      });
      const text = outcome.state ? `已办：事项现为${words.states[outcome.state]}` : "已下达，结果稍后显示";
      if (me.role === "unit" && GIVES_AWAY.includes(pick.value)) confirmGone(text);
      // Without an outcome yet, the next entry of the case shows it.
      else await openCase(details.case.case_id, text, outcome.seq ?? details.case.seq + 1);
    } catch (error) {
      status.textContent = `未办：${error.message}`;
      status.className = "late";
    }
  });
  return form;
}
