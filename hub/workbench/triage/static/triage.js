// The case beside the list: follows the selected row, and takes a place from a click on the map.
import { $, items, refresh, replace, say, select, selected } from "./work.js";
import { placeOf } from "./map.js";

const WAIT_MS = 90, RETRY_MS = 3000;
const WIDE = matchMedia("(min-width: 1101px)");
let timer = 0, asked = null, picking = null;

function addressOf(id) {
  const address = new URL(location.href);
  address.searchParams.set("case", id);
  return address;
}

async function load(id) {
  asked?.abort();
  asked = new AbortController();
  const address = addressOf(id);
  const { signal } = asked;
  if (await replace(address, "case", { signal })) history.replaceState(history.state, "", address);
  // The row is selected, but the page still shows another case.
  else if (!signal.aborted) timer = setTimeout(() => load(id), RETRY_MS);
}

document.addEventListener("select", (event) => {
  const id = event.target.dataset.item;
  // The browser sends an event of this name too, when text in a field is selected.
  if (!id) return;
  clearTimeout(timer);
  // A reader who goes back to the case that is shown does not wait for the one between any more.
  asked?.abort();
  if (id === $('[data-region="case"]')?.dataset.case) return;
  timer = setTimeout(() => load(id), WAIT_MS);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-item] a.subject");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  select(link.closest("[data-item]"));
  if (!WIDE.matches) $('[data-region="case"]').scrollIntoView();
});

// A place on the map.
function offerPicking() {
  for (const button of document.querySelectorAll("[data-pick-place]")) button.hidden = false;
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pick-place]");
  if (button) {
    picking = button.form;
    $("svg[data-map]").classList.add("picking");
    $("svg[data-map]").scrollIntoView({ block: "nearest" });
    say("请在地图上点出位置");
    return;
  }
  const svg = event.target.closest("svg[data-map]");
  if (!svg || !picking) return;
  const [lon, lat] = placeOf(svg, event);
  picking.elements.lon.value = lon.toFixed(6);
  picking.elements.lat.value = lat.toFixed(6);
  picking.elements.place.value = "";
  const grid = event.target.closest("path")?.querySelector("title")?.textContent ?? "网格之外";
  $("[data-picked]", picking).textContent = `已选图上位置：${grid}`;
  svg.classList.remove("picking");
  picking = null;
  say("");
});
document.addEventListener("change", (event) => {
  if (event.target.name !== "place" || !event.target.value) return;
  const form = event.target.form;
  form.elements.lon.value = form.elements.lat.value = "";
  $("[data-picked]", form).textContent = "";
});

function begin(region) {
  offerPicking();
  const shown = $('[data-region="case"]')?.dataset.case;
  // A case that arrives late must not take the selection back from a reader who has gone on.
  if (region?.detail === "case") return;
  const row = items().find((item) => item.dataset.item === shown);
  if (row && row !== selected()) select(row);
  else if (!shown && WIDE.matches && items()[0]) select(items()[0]);
}
document.addEventListener("region", begin);
begin();
refresh();
