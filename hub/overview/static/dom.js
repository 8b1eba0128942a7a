// Functions shared by all parts of the page. Citizens' text is only set as text, never as markup.
export const $ = (id) => document.getElementById(id);
export const number = new Intl.NumberFormat("zh-CN");
export const moment = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit",
});
export const TIERS = { grid: "网格", village: "村（社区）", township: "乡镇（街道）", county: "县直部门" };
/** Chinese names by code, loaded at the start. */
export const words = { channels: {}, states: {}, categories: {}, units: {}, tiers: {}, areas: [], urgencies: {}, dangers: {} };
/** The viewer; the public has no session. */
export const me = { role: "public", name: "", csrf: "" };

export function node(tag, text = "", attributes = {}, ...children) {
  const element = document.createElement(tag);
  if (text !== "") element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A figure; for viewers who may see its cases, a button that opens their list. */
export function figure(value, label, open, attributes = {}) {
  const text = typeof value === "number" ? number.format(value) : value;
  if (me.role === "public" || !open) {
    return node("span", text, { ...attributes, ...(open ? { title: "登录后可看事项" } : {}) });
  }
  const button = node("button", text, { type: "button", class: "figure", "aria-label": `${label} ${text}，打开清单`, ...attributes });
  button.addEventListener("click", open);
  return button;
}

/** Messages by problem code; a detail in Chinese is shown too. English is for programs. */
const REFUSALS = {
  bad_login: "姓名或口令不对", too_often: "尝试过多，请稍后再试", no_session: "登录已结束，请重新登录",
  weak_password: "新口令太容易猜到：至少 10 个字符，不要用姓名、连续按键和常见口令",
  password_elsewhere: "口令由统一身份认证管理，请到那里修改", not_yours: "您无权查看或办理此件，请联系派单人员",
  bad_request: "请求有误，请检查填写的内容", not_found: "没有找到", refused: "指令未被接受",
  broker_away: "消息服务暂时不可用，请稍后再办", store_away: "数据服务暂时不可用，请稍后再试", busy: "请求较多，请稍后再试",
  sealed: "本机没有密钥，不能打开联系方式", identity_away: "统一身份认证没有响应，请稍后再试", too_large: "内容过长",
  internal: "系统内部错误，没有任何改动",
};
const HAN = /[\u4e00-\u9fff]/;

/** Returns what an officer reads about a refusal. */
function refusalText(status, problem) {
  const detail = HAN.test(problem.detail ?? "") ? problem.detail.replace(/^reason: /, "") : "";
  if (problem.code === "refused" && detail) return detail;
  const text = REFUSALS[problem.code];
  return text ? [text, problem.code === "bad_request" ? detail : ""].filter(Boolean).join("：") : detail || `请求未成功（${status}）`;
}

export class Refused extends Error {
  constructor(status, problem) {
    super(refusalText(status, problem));
    this.status = status;
    this.code = problem.code ?? "";
  }
}

export async function ask(path, body) {
  const options = body === undefined ? { headers: { Accept: "application/json" } } : {
    method: "POST", body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "X-CSRF-Token": me.csrf },
  };
  const response = await fetch(path, { ...options, credentials: "same-origin" });
  const content = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, content);
  return content;
}

// Times of the store are Beijing time without an offset; times of a case have an offset.
export function when(text) {
  if (!text) return "";
  const zoned = /[Zz]|[+-]\d\d:\d\d$/.test(text) ? text : `${text.replace(" ", "T")}+08:00`;
  return moment.format(new Date(zoned));
}

export const share = (part, whole) => (whole ? `${Math.round((100 * part) / whole)}%` : "—");
export const categoryName = (code) => words.categories[code] ?? "事项未明";
export const unitName = (code) => words.units[code] || "未派单";

/** The change in percent, in words; empty if there is nothing to compare with. */
export function change(now, before) {
  if (!before) return "";
  const part = Math.round((100 * (now - before)) / before);
  return part > 0 ? `升 ${part}%` : part < 0 ? `降 ${-part}%` : "持平";
}
