// One pair at a time: the keys answer the selected pair, and the next one follows.
import { $, $$, items, select, selected } from "./work.js";

const later = new Set();
const open = () => items().filter((pair) => !pair.hidden && !pair.classList.contains("waiting") && !later.has(pair.dataset.item));

function begin() {
  if (!$("[data-map-of-selected]")) return;
  $("[data-map-of-selected]").classList.add("one-by-one");
  for (const button of $$("[data-later]")) button.hidden = false;
  if (!selected() && open()[0]) select(open()[0]);
  count();
}

function count() {
  const left = open().length;
  if ($("[data-left]")) $("[data-left]").textContent = left ? `还剩 ${left} 对` : "";
  if ($("[data-done]")) $("[data-done]").hidden = left > 0;
  $("[data-map-of-selected]")?.classList.toggle("finished", !left);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-later]");
  if (!button) return;
  const pair = button.closest("[data-item]");
  later.add(pair.dataset.item);
  const all = items();
  const next = open().find((row) => all.indexOf(row) > all.indexOf(pair)) ?? open()[0];
  if (next) select(next);
  count();
});
document.addEventListener("held", count);
document.addEventListener("select", count);
document.addEventListener("region", begin);
begin();
