// Wishes 微心愿: the worker takes, gives back and fulfils them. Two people may want the same wish,
// so nothing waits on the phone: without network the card says so, and nothing has changed.
const MOVES = {
  take: { name: "认领", after: "taken" },
  give_back: { name: "还单", ask: "为什么还单？", after: "dispatched" },
  resolve: { name: "已办好", ask: "怎样办好的？住户会读到", after: "done" },
};
const OFFERED = { dispatched: ["take"], taken: ["resolve", "give_back"] };
const UNCERTAIN = "没有网络，办理结果未知。联网后再点一次，不会重复办理。";
const ids = new Map();

/** Returns the buttons of a wish and the place of its messages; `changed` is called afterwards. */
export function wishActions(wish, csrf, changed) {
  const box = document.createElement("div");
  const fault = Object.assign(document.createElement("p"), { className: "fault", role: "alert" });
  for (const move of OFFERED[wish.stage] ?? []) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: MOVES[move].name });
    button.addEventListener("click", async () => {
      const reason = MOVES[move].ask ? prompt(MOVES[move].ask) : "";
      if (reason === null) return;
      button.disabled = true;
      fault.textContent = await send(wish, move, reason, csrf);
      button.disabled = false;
      if (!fault.textContent) { wish.stage = MOVES[move].after; changed(); }
    });
    box.append(button, " ");
  }
  box.append(fault);
  return box;
}

/** Returns "" if the case has accepted the move, or what the worker reads instead. */
async function send(wish, move, reason, csrf) {
  if (!navigator.onLine) return "没有网络：微心愿要联网才能办理，现在什么都没有改变。";
  // Sent again after a break, the command has the same id, and so takes effect once.
  const key = `${wish.id} ${move} ${reason}`;
  ids.set(key, ids.get(key) ?? crypto.randomUUID());
  const body = JSON.stringify({ move, reason, command_id: ids.get(key) });
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
  let answer;
  try {
    answer = await fetch(`/patrol/wishes/${wish.id}`, { method: "POST", body, headers });
  } catch {
    return UNCERTAIN;
  }
  if (answer.status === 401) return "登录已过期：请重新登录后再办理。";
  if (answer.status >= 500) return "系统暂时不能办理，请稍后再点一次，不会重复办理。";
  ids.delete(key);
  if (answer.ok) return "";
  const problem = await answer.json().catch(() => ({}));
  return `没有办成：${problem.detail || answer.status}`;
}
