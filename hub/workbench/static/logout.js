// 退出: what waits in the page is sent before the session ends, and no typed text stays in the tab
// for the next person. Scripts that hold something add a promise to the event `logout`; it resolves
// to why the person must stay, or to an empty text.
const isTyped = (key) => key.startsWith("draft ") && !key.endsWith(" search");

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.dataset.logout === undefined) return;
  event.preventDefault();
  const waits = [];
  document.dispatchEvent(new CustomEvent("logout", { detail: waits }));
  const [reason] = (await Promise.all(waits)).filter(Boolean);
  const status = document.querySelector("[data-status]");
  if (reason) {
    status.textContent = reason;
    status.classList.add("red");
    return;
  }
  const typed = Object.keys(sessionStorage).some(isTyped);
  if (typed && !confirm("还有没有提交的文字，退出后不再保留。仍要退出吗？")) return;
  sessionStorage.clear();
  form.submit();
});
