// A command from the page of a case: a refusal, or a lost connection, leaves the page and what was
// typed as they are, with the reason beside it. Without this script the form is sent as it is.
import { draftKey, refuse } from "./drafts.js";

const ENDED = "登录已结束，所填内容已保留，请重新登录后再办";
const LOST = "网络中断，所填内容已保留，请稍后再办；重复发送只办一次";

/** Sends a form; returns why it was refused, or an empty text. */
async function send(form, fields) {
  let response, text;
  try {
    response = await fetch(form.action, { method: "POST", body: fields, redirect: "manual", headers: { Accept: "text/html" } });
    if (response.type === "opaqueredirect") return "";
    text = await response.text();
  } catch {
    return LOST;
  }
  if (response.status === 401) return ENDED;
  const page = new DOMParser().parseFromString(text, "text/html");
  const shown = page.querySelector("[data-result=refused]") ?? page.querySelector("[data-problem] [role=alert]");
  return shown?.textContent ?? "系统暂时没有回应，所填内容已保留，请稍后再办";
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form.decide[data-draft]") || form.getAttribute("action") !== "/work/commands" || event.defaultPrevented) return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  const reason = await send(form, fields);
  for (const button of form.querySelectorAll("button")) button.disabled = false;
  if (reason) {
    refuse(draftKey(form), fields, reason);
    return;
  }
  form.dispatchEvent(new CustomEvent("accepted", { bubbles: true }));
  location.assign(fields.get("next") || location.href);
});
