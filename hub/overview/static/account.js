// The account of a member: logging out, a new password; and the colours of the page.
import { $, ask, me } from "./dom.js";

$("logout").addEventListener("click", async () => {
  await ask("api/logout", {});
  // Reload, so that no data stays on the page.
  location.reload();
});
$("account").addEventListener("click", () => {
  $("password-form").reset();
  $("account-message").textContent = "";
  $("account-box").showModal();
});
$("password-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { old, fresh, again } = event.target.elements;
  if (fresh.value !== again.value) {
    $("account-message").textContent = "两次输入的新口令不一样";
    again.focus();
    return;
  }
  try {
    Object.assign(me, await ask("api/password", { old: old.value, new: fresh.value }));
    event.target.reset();
    $("account-message").textContent = "口令已修改，其他设备上的登录已结束";
  } catch (error) {
    $("account-message").textContent = error.code === "bad_login" ? "原口令不对" : error.message;
  }
});
$("logout-everywhere").addEventListener("click", async () => {
  try {
    await ask("api/logout/everywhere", {});
    // Reload, so that no data stays on the page.
    location.reload();
  } catch (error) {
    $("account-message").textContent = error.message;
  }
});
const theme = localStorage.getItem("theme");
if (theme) document.documentElement.dataset.theme = theme;
$("theme").addEventListener("click", () => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
  localStorage.setItem("theme", document.documentElement.dataset.theme);
});
