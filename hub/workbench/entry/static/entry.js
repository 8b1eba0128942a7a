// Hand entry: places while somebody types, similar cases, and the case of an entry.
// Without this script the form works: the place is read from its text.
import { $, $$, csrf, replace } from "./work.js";

const PAUSE_MS = 350;
const later = (action) => {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(action, PAUSE_MS, ...values);
  };
};

const form = $("[data-entry]");
if (form) {
  const place = $("[data-places]", form);
  const list = $("#places");
  const key = form.elements.namedItem("place_key");

  const close = () => {
    list.hidden = true;
    place.setAttribute("aria-expanded", "false");
    place.removeAttribute("aria-activedescendant");
  };
  const mark = (option) => {
    for (const other of list.children) other.setAttribute("aria-selected", String(other === option));
    place.setAttribute("aria-activedescendant", option.id);
  };
  const similar = later(async () => {
    const fields = new URLSearchParams(new FormData(form));
    await replace("/work/new/similar", "similar", { method: "POST", body: fields });
  });
  const choose = (option) => {
    place.value = option.dataset.name;
    key.value = option.dataset.place;
    close();
    form.dispatchEvent(new Event("input", { bubbles: true }));
    similar();
  };
  const suggest = later(async () => {
    const text = place.value.trim();
    if (!text || document.activeElement !== place) return close();
    const response = await fetch(`/work/new/places?${new URLSearchParams({ text })}`).catch(() => null);
    if (!response?.ok || place.value.trim() !== text) return close();
    const { places } = await response.json();
    list.replaceChildren(...places.map((match, index) => {
      const option = document.createElement("li");
      const area = document.createElement("small");
      area.textContent = ` ${match.area}`;
      option.append(match.name, area);
      Object.assign(option, { id: `place-${index}` });
      Object.assign(option.dataset, { name: match.name, place: match.key });
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      return option;
    }));
    list.hidden = !places.length;
    place.setAttribute("aria-expanded", String(Boolean(places.length)));
  });

  place.addEventListener("input", suggest);
  place.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    event.preventDefault();
    if (option) choose(option);
  });
  place.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    const options = [...list.children];
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const by = event.key === "ArrowDown" ? 1 : -1;
      mark(options[(at + by + options.length) % options.length] ?? options[0]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(options[Math.max(at, 0)]);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
  });
  for (const name of ["text", "title", "place"]) form.elements.namedItem(name).addEventListener("input", similar);
  form.elements.namedItem("category").addEventListener("change", similar);
  form.addEventListener("keydown", (event) => {
    // Enter in a line goes on to the next field; it must not send half a form.
    if (event.key === "Enter" && event.target.matches("input:not([type=checkbox], [type=radio])") && !event.defaultPrevented) {
      event.preventDefault();
      const fields = $$("input:not([type=hidden]), textarea, select, button", form).filter((field) => field.offsetParent);
      fields[fields.indexOf(event.target) + 1]?.focus();
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  if (csrf() && form.elements.namedItem("text").value) similar();
} else {
  // The entry is registered: what was typed need not be kept any more.
  sessionStorage.removeItem("draft /work/new entry");
}

const WAITS = [1000, 1000, 2000, 3000, 5000, 10000];
async function follow(round = 0) {
  if (!$("[data-undecided]") || round >= WAITS.length) return;
  await new Promise((done) => { setTimeout(done, WAITS[round]); });
  await replace(location.href, "entered-case");
  await follow(round + 1);
}
follow();
$("[data-print]")?.addEventListener("click", () => print());
