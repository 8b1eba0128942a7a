// Lists behind figures that do not count cases: duties of grid workers, and messages of a channel.
import { ask, node, number, when, words } from "./dom.js";
import { caseLink, openDialog } from "./case.js";

const OUTCOMES = { opened: "立案", merged: "并案", followed: "催办等", withdrawn: "撤诉", evaluated: "回访", noted: "巡查与办件", orphaned: "待核" };
const REASONS = { unknown_channel: "渠道未接入", unsupported_type: "类型不符", bad_charset: "不是文本", bad_syntax: "格式错误",
  missing_field: "缺少必填项", bad_value: "取值不合规定", bad_time: "时间不合理", bad_signature: "签名不符", bad_cipher: "解密失败",
  forbidden_content: "含禁止内容", too_large: "超过限制", no_content: "没有内容", decoder_fault: "解析故障" };
const HAN = /[\u4e00-\u9fff]/;
const DUTY_OUTCOMES = { done: "已做", missed: "漏做", open: "未到期" };

function table(heads, rows) {
  const element = node("table");
  element.append(node("thead", "", {}, node("tr", "", {}, ...heads.map((name) => node("th", name, { scope: "col" })))),
    node("tbody", "", {}, ...rows.map((cells) => node("tr", "", {}, ...cells.map((cell) => node("td", "", {}, cell ?? ""))))));
  return node("div", "", { class: "scroll", tabindex: "0" }, element);
}

async function open(path, title, filter, heads, cellsOf, page = 0) {
  let result;
  try {
    result = await ask(`${path}?${new URLSearchParams({ ...filter, page })}`);
  } catch (error) {
    openDialog(title, node("p", error.message, { role: "alert" }));
    return;
  }
  const turn = [["上一页", page - 1, page > 0], ["下一页", page + 1, (page + 1) * result.size < result.total]]
    .filter(([, , there]) => there).map(([text, to]) => {
      const button = node("button", text, { type: "button" });
      button.addEventListener("click", () => open(path, title, filter, heads, cellsOf, to));
      return button;
    });
  const head = node("p", `共 ${number.format(result.total)} 条 `, { class: "tools" }, ...turn);
  openDialog(title, head, result.rows.length ? table(heads, result.rows.map(cellsOf)) : node("p", "没有记录"));
}

/** Shows the duties of a plan that are due today. */
export const openDuties = (title, filter) => open("api/duties", title, filter,
  ["网格", "对象", "网格员", "时限", "结果"],
  (row) => [words.units[row.grid_code] ?? row.grid_code, row.case_id ? caseLink(row.case_id, "事项") : row.household,
    row.worker || "无人负责", when(row.ends), `${DUTY_OUTCOMES[row.outcome] ?? row.outcome} ${when(row.done_at)}`]);

/** Shows the messages of a channel that one number of the accounting counts. */
export const openMessages = (title, filter) => open("api/messages", title, filter,
  ["时间", "编号", "结果", "说明"],
  (row) => [when(row.at), row.native_id, row.case_id ? caseLink(row.case_id, OUTCOMES[row.outcome] ?? "事项") : OUTCOMES[row.outcome] ?? REASONS[row.outcome] ?? "",
    HAN.test(row.detail) ? row.detail : ""]);
