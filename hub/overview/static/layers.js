// Layers on the map: premises by kind as points, and numbers of each grid from the registers.
import { $, ask, me, node, number } from "./dom.js";
import { drawPoints, mapBox, onDraw, showNumbers } from "./map.js";

const READERS = ["city", "township", "auditor"];
/** The server answers at most so many kinds at once. */
const MOST = 8;
let kinds = [];
let asked = 0;
let ready = false;

const chosen = () => [...$("layer-kinds").querySelectorAll("input:checked")].map((box) => box.value);
const nameOf = (kind) => kind || "未分类";
/** The colour of each kind that is chosen; no two have the same. */
const colours = new Map();

/** Gives each chosen kind its own colour, or a free one if another has it, and shows it. */
function colour(wanted) {
  for (const kind of colours.keys()) if (!wanted.includes(kind)) colours.delete(kind);
  for (const kind of wanted.filter((each) => !colours.has(each))) {
    const taken = new Set(colours.values());
    const own = kinds.findIndex((known) => known.kind === kind) % MOST;
    colours.set(kind, [own, ...Array(MOST).keys()].find((each) => !taken.has(each)));
  }
  for (const [index, dot] of [...$("layer-kinds").querySelectorAll(".dot")].entries()) {
    dot.className = `dot layer-${colours.get(kinds[index].kind) ?? index % MOST}`;
  }
}

/** Shows the switches to those who may see the registers. */
export async function prepareLayers() {
  if (!READERS.includes(me.role) || ready) return;
  ({ rows: kinds } = await ask("api/layers"));
  ready = true;
  for (const label of document.querySelectorAll("[data-numbers]")) label.hidden = false;
  document.querySelector("fieldset.modes").addEventListener("change", loadNumbers);
  if (!kinds.length) return;
  $("layers").hidden = false;
  $("layer-kinds").append(...kinds.map(({ kind, premises }, index) => {
    const box = node("input", "", { type: "checkbox", value: kind });
    return node("label", "", {}, box, node("i", "", { class: `dot layer-${index % MOST}` }),
      `${nameOf(kind)} ${number.format(premises)}`);
  }));
  $("layer-kinds").addEventListener("change", () => {
    const full = chosen().length >= MOST;
    for (const box of $("layer-kinds").querySelectorAll("input")) box.disabled = full && !box.checked;
    loadPoints();
  });
  onDraw(loadPoints);
}

async function loadNumbers() {
  const numbers = document.querySelector("[data-numbers] input:checked");
  if (!numbers) return;
  try {
    showNumbers((await ask("api/layers/grids")).rows);
  } catch (error) {
    $("layer-text").textContent = `台账数据没有取到：${error.message}`;
  }
}

async function loadPoints() {
  const [wanted, box] = [chosen(), mapBox()];
  const turn = ++asked;
  colour(wanted);
  if (!wanted.length || !box) { drawPoints([]); $("layer-text").textContent = ""; return; }
  try {
    const { rows } = await ask(`api/layers/premises?${new URLSearchParams({ kinds: wanted.join("\n"), box: box.join(",") })}`);
    // A later choice, or another area, has been asked for meanwhile.
    if (turn !== asked) return;
    drawPoints(rows.map((row) => ({ ...row, premises: Number(row.premises), layer: colours.get(row.kind) })));
    $("layer-text").textContent = `图上：${wanted.map((kind) => text(kind, rows)).join("，")}`;
  } catch (error) {
    if (turn !== asked) return;
    // Points of an earlier choice would be taken for those of this one.
    drawPoints([]);
    $("layer-text").textContent = `图层没有取到：${error.message}`;
  }
}

function text(kind, rows) {
  const shown = rows.filter((row) => row.kind === kind).reduce((sum, row) => sum + Number(row.premises), 0);
  const unplaced = Number(kinds.find((known) => known.kind === kind).unplaced);
  return `${nameOf(kind)} ${number.format(shown)} 处${unplaced ? `（全部台账中 ${number.format(unplaced)} 处没有坐标）` : ""}`;
}
