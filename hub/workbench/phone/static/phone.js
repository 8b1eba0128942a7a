// The phone page: shows today's tasks, keeps each record on the phone first, and sends it then.
import { forget, forgetTasks, keep, keepTasks, tasks, waiting } from "./phone-store.js";
import { small } from "./phone-photo.js";
import { wishActions } from "./phone-wishes.js";

const MOST_PHOTOS = 6;
const RETRY = 60_000;
const part = (name) => document.querySelector(`[data-${name}]`);
const form = part("form");
let data = null;
let photos = [];
let place = null;
let task = null;
let sending = false;

function node(tag, text = "", props = {}) {
  const element = Object.assign(document.createElement(tag), props);
  element.textContent = text;
  return element;
}

// The time of the city, whatever zone the phone is set to.
const zone = () => data?.time_zone ?? "Asia/Shanghai";
const moment = (text) => new Date(text).toLocaleString("zh-CN", { timeZone: zone(), month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });

function show(text) { part("net").textContent = text; }

function open(tab) {
  for (const section of document.querySelectorAll("[data-tab]")) section.hidden = section.dataset.tab !== tab;
  for (const button of document.querySelectorAll("[data-open]")) {
    if (button.dataset.open === tab) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  window.scrollTo(0, 0);
}

async function load() {
  try {
    const answer = await fetch("/patrol/data");
    if (answer.status === 401) { show("登录已过期：请重新登录。已保存的记录不会丢失。"); location.assign("/?next=/patrol"); return; }
    if (!answer.ok) throw new Error(String(answer.status));
    data = await answer.json();
    await keepTasks(data);
    show("");
  } catch {
    data = await tasks() ?? null;
    show(data ? `没有网络：显示${data.day}的任务，记录先存在手机上。` : "没有网络，也没有保存的任务。联网后再打开一次。");
  }
  if (data) paint();
}

function paint() {
  part("who").textContent = `${data.name} ${data.grids.map((grid) => grid.name).join("、")}`;
  fill(form.elements.grid, data.grids.map((grid) => [grid.code, grid.name]));
  fill(form.elements.category, [["", "由系统判断"], ...data.categories.map((leaf) => [leaf.code, leaf.name])]);
  document.getElementById("households").replaceChildren(...data.households.map((home) => node("option", "", { value: home.code })));
  paintDuties();
  list("cases", data.cases.map(caseCard), "您的网格没有在办事项。");
  paintWishes();
}

const STAGES = { ordered: "等待派给社区", dispatched: "待认领", taken: "您已认领" };

function paintWishes() {
  const open = data.wishes.filter((wish) => wish.stage in STAGES);
  list("wishes", open.map((wish) => {
    const element = card(wish.text, `住户 ${wish.household || "未登记"}，${moment(wish.since)}提出，${STAGES[wish.stage]}`);
    element.append(wishActions(wish, data.csrf, paintWishes));
    return element;
  }), "没有待认领的微心愿。");
}

function fill(select, options) {
  const chosen = select.value;
  select.replaceChildren(...options.map(([value, text]) => node("option", text, { value })));
  if (options.some(([value]) => value === chosen)) select.value = chosen;
}

function list(name, cards, empty) {
  part(name).replaceChildren(...(cards.length ? cards : [node("li", empty)]));
}

function card(title, ...lines) {
  const element = node("li");
  element.append(node("h3", title), ...lines.map((line) => node("p", line)));
  return element;
}

/** Shows the duties of each plan together: what is due today first, and open. */
function paintDuties() {
  const plans = new Map();
  for (const duty of data.duties) {
    const key = `${duty.name}|${duty.until.slice(0, 10)}`;
    plans.set(key, [...plans.get(key) ?? [], duty]);
  }
  const open = new Set([...part("duties").querySelectorAll("details[open]")].map((group) => group.dataset.plan));
  const groups = [...plans].map(([key, duties], index) => {
    const group = node("details", "", { open: open.size ? open.has(key) : index === 0 || duties[0].today });
    group.dataset.plan = key;
    const done = duties.filter((duty) => duty.done).length;
    const cards = node("ul", "", { className: "cards" });
    cards.append(...duties.map(dutyCard));
    group.append(node("summary", `${duties[0].name}（${until(duties[0])}）　${done} / ${duties.length}`), cards);
    return group;
  });
  const empty = data.grids.length ? "没有到期的任务。" : "现在没有由您负责的网格，请联系街道。";
  part("duties").replaceChildren(...(groups.length ? groups : [node("p", empty)]));
  const today = data.duties.filter((duty) => duty.today);
  part("done").textContent = today.length ? `完成 ${today.filter((duty) => duty.done).length} / ${today.length}` : "";
}

/** Returns the last day of a period, which ends at midnight after it. */
function until(duty) {
  if (duty.today) return "今天到期";
  return `${new Date(new Date(duty.until) - 1).toLocaleDateString("zh-CN", { timeZone: zone(), month: "numeric", day: "numeric" })}到期`;
}

function dutyCard(duty) {
  const where = duty.record.household ? `住户 ${duty.record.household}` : data.grids.find((grid) => grid.code === duty.record.grid)?.name ?? "";
  const element = card(`${duty.name}${duty.record.case_id ? "（到现场）" : ""}`, `${where}，${duty.outcome}`);
  if (duty.done) element.classList.add("done");
  else {
    const button = node("button", duty.does, { type: "button" });
    button.addEventListener("click", () => begin(duty));
    element.append(button);
  }
  return element;
}

const caseCard = (item) => card(`${item.urgent ? "【紧急】" : ""}${item.text}`,
  `${item.place || "地点未登记"}，${item.category}`, `${item.unit}，${item.state}${item.due ? `，${moment(item.due)}前` : ""}`);

/** Fills in the form for a duty. */
function begin(duty) {
  reset();
  task = duty.record;
  form.elements.type.value = duty.record.type;
  form.elements.grid.value = duty.record.grid;
  form.elements.household.value = duty.record.household;
  suit();
  open("report");
  locate();
}

function reset() {
  form.reset();
  photos = [];
  place = task = null;
  part("thumbs").replaceChildren();
  part("place").textContent = "未取位置，按网格登记";
  part("fault").textContent = "";
  suit();
}

/** Shows the fields of the chosen type. */
function suit() {
  const type = form.elements.type.value;
  for (const field of form.querySelectorAll("[data-for]")) field.hidden = !field.dataset.for.split(" ").includes(type);
  part("text-label").textContent = { report: "问题（必填）", wish: "心愿（必填）" }[type] ?? "情况说明";
}

function locate() {
  if (!navigator.geolocation) { part("place").textContent = "此手机不能取位置，按网格登记"; return; }
  part("place").textContent = "正在取位置……";
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      place = { lon: coords.longitude, lat: coords.latitude };
      part("place").textContent = `已取位置，误差约${Math.round(coords.accuracy)}米`;
    },
    () => { part("place").textContent = "没有取到位置，按网格登记"; },
    { enableHighAccuracy: true, timeout: 15_000 },
  );
}

form.addEventListener("change", async ({ target }) => {
  if (target.name === "type") { task = null; suit(); }
  if (target.name !== "photos") return;
  for (const file of target.files) {
    if (photos.length >= MOST_PHOTOS) { part("fault").textContent = `最多${MOST_PHOTOS}张照片`; break; }
    try {
      const photo = await small(file);
      photos.push(photo);
      const button = node("button", "", { type: "button", ariaLabel: "删除这张照片" });
      button.append(photo.canvas);
      button.addEventListener("click", () => { photos = photos.filter((other) => other !== photo); button.remove(); });
      part("thumbs").append(button);
    } catch { part("fault").textContent = "这个文件不是手机能打开的照片"; }
  }
  target.value = "";
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { type, grid, household, category, text, urgent } = form.elements;
  const needsText = ["report", "wish"].includes(type.value);
  const fault = !data ? "请先联网打开一次" : needsText && !text.value.trim() ? "请写明内容"
    : type.value === "visit" && !task?.person && !household.value.trim() ? "请填写住户编号" : "";
  part("fault").textContent = fault;
  if (fault) return;
  const record = {
    id: crypto.randomUUID(), type: type.value, at: new Date().toISOString(), grid: grid.value,
    text: text.value, photos: photos.map((photo) => photo.name), ...place,
    ...(type.value === "report" && { category: category.value, urgent: urgent.checked }),
    // A person of the register is known by his code; his household is not one of households.csv.
    ...(["visit", "wish"].includes(type.value) && (task?.person ? { person: task.person } : { household: household.value.trim() })),
    ...(!needsText && task?.case_id && { case_id: task.case_id }),
  };
  try {
    await keep({ worker: data.worker, record, photos: photos.map(({ name, blob }) => ({ name, blob })), fault: "" });
  } catch {
    part("fault").textContent = "手机存储已满，没有保存成功。请清理后再试。";
    return;
  }
  reset();
  await showWaiting();
  open("queue");
  await send();
});

async function showWaiting() {
  const entries = await waiting();
  part("waiting").textContent = entries.length || "";
  list("queue", entries.map((entry) => {
    const name = { report: "问题", wish: "微心愿", check: "打卡", visit: "走访" }[entry.record.type];
    const element = card(`${name} ${moment(entry.record.at)}`, entry.record.text || entry.record.household || "", `照片 ${entry.photos.length} 张`);
    if (entry.fault) {
      element.append(node("p", entry.fault, { className: "fault" }));
      const button = node("button", "删除这条", { type: "button" });
      button.addEventListener("click", async () => {
        if (confirm("删除后不能恢复，确定吗？")) { await forget(entry.record.id); await showWaiting(); }
      });
      element.append(button);
    }
    return element;
  }), "没有待发送的记录，全部已送达。");
}

/** Sends what waits, one after the other; the id makes a repetition harmless. */
async function send() {
  if (sending || !data) return;
  sending = true;
  try {
    let sent = 0;
    for (const entry of await waiting()) {
      if (entry.worker !== data.worker) { await keep({ ...entry, fault: `这条属于${entry.worker}，请由本人登录后发送` }); continue; }
      const fault = await sendOne(entry);
      if (fault === null) { await forget(entry.record.id); sent += 1; } else await keep({ ...entry, fault });
    }
    if (sent) { show(`已送达${sent}条`); load(); }
  } catch (error) {
    show(error.message === "401" ? "登录已过期：重新登录后自动发送。" : "没有网络：联网后自动发送。");
  } finally {
    sending = false;
    await showWaiting();
  }
}

/** Returns null if it has arrived, or why it was refused; throws if it can be tried again. */
async function sendOne(entry) {
  for (const { name, blob } of entry.photos) {
    const answer = await post(`/patrol/photos/${name}`, "PUT", blob, "image/jpeg");
    if (!answer.ok) return refusal(answer);
  }
  const answer = await post("/patrol/records", "POST", JSON.stringify(entry.record), "application/json");
  return answer.ok ? null : refusal(answer);
}

async function post(path, method, body, type) {
  const answer = await fetch(path, { method, body, headers: { "Content-Type": type, "X-CSRF-Token": data.csrf } });
  if (answer.status === 401) throw new Error("401");
  if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
  return answer;
}

async function refusal(answer) {
  const problem = await answer.json().catch(() => ({}));
  return `没有被接收：${problem.detail || answer.status}`;
}

part("locate").addEventListener("click", locate);
part("send").addEventListener("click", async () => { await load(); await send(); });
part("logout").addEventListener("click", async () => {
  const left = (await waiting()).length;
  if (left && !confirm(`还有${left}条没有发送，仍要退出吗？记录会留在手机上。`)) return;
  await forgetTasks();
  await fetch("/api/logout", { method: "POST", body: "{}", headers: { "Content-Type": "application/json", "X-CSRF-Token": data?.csrf ?? "" } }).catch(() => {});
  location.assign("/?next=/patrol");
});
for (const button of document.querySelectorAll("[data-open]")) button.addEventListener("click", () => open(button.dataset.open));
window.addEventListener("online", async () => { await load(); await send(); });
setInterval(send, RETRY);

navigator.serviceWorker?.register("/patrol/worker.js", { scope: "/patrol" }).catch(() => {});
navigator.storage?.persist?.();
suit();
await load();
await showWaiting();
await send();
