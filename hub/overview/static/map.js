// The map: grids as polygons, by level. No map tiles: it works without an internet connection.
import { $, change, node, number, words } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const NEXT = { 6: 9, 9: 12, 12: 15 };
/** Fewer people have no share, as on the server. */
const FEWEST_PEOPLE = 100;
const LEVELS = { 9: "乡镇（街道）", 12: "村（社区）", 15: "网格" };
let grids = [];
let counts = new Map();
let weeks = new Map();
/** Numbers of each grid from the registers; empty until a layer asks for them. */
let numbers = new Map();
/** The area that is drawn: its box in degrees, and the function that places a point. */
let view = null;
let redrawn = () => {};
let mode = "open";
let area = "";
let chosen = () => {};

export function prepare(features, county, onArea) {
  grids = features;
  area = county;
  chosen = onArea;
  for (const radio of document.querySelectorAll("input[name=mode]")) {
    radio.addEventListener("change", () => { mode = radio.value; paint(); });
  }
  draw();
}

export function showCounts(rows) {
  counts = new Map(rows.map((row) => [row.grid_code, row]));
  paint();
}

/** Reports of the last seven days, and the weekly mean of the four weeks before, by grid. */
export function showRise(rows) {
  weeks = new Map(rows.map((row) => [row.grid_code, row]));
  paint();
}

/** Numbers of each grid: people, cared_for, firms, premises, open_cases, per_thousand. */
export function showNumbers(rows) {
  numbers = new Map(rows.map((row) => [row.grid_code, row]));
  paint();
}

/** Calls back whenever another area is drawn. */
export function onDraw(callback) { redrawn = callback; }

/** The box of the map in degrees: west, south, east, north; null before it is drawn. */
export const mapBox = () => view?.box ?? null;

/** Draws points of {lon, lat, premises, kind, layer} over the map, in place of those before. */
export function drawPoints(points) {
  $("map").querySelector(".points")?.remove();
  if (!view || !points.length) return;
  const layer = document.createElementNS(SVG, "g");
  layer.setAttribute("class", "points");
  layer.setAttribute("aria-hidden", "true");
  for (const point of points) {
    const [x, y] = view.place([Number(point.lon), Number(point.lat)]);
    const circle = document.createElementNS(SVG, "circle");
    circle.setAttribute("class", `layer-${point.layer}`);
    circle.setAttribute("cx", x.toFixed(1));
    circle.setAttribute("cy", y.toFixed(1));
    circle.setAttribute("r", (20 + 10 * Math.log10(point.premises)).toFixed(1));
    const text = document.createElementNS(SVG, "text");
    text.setAttribute("x", x.toFixed(1));
    text.setAttribute("y", (y + 8).toFixed(1));
    text.textContent = point.premises > 1 ? number.format(point.premises) : point.kind.slice(0, 1);
    layer.append(circle, text);
  }
  $("map").append(layer);
}

export function showArea(code) {
  area = code;
  draw();
  paint();
}

const areaName = (code) => grids.find((grid) => grid.properties.code === code)?.properties.name
  ?? words.areas.find((known) => known.code === code)?.name ?? code;

export function trail(code) {
  return [6, 9, 12, 15].filter((length) => length <= code.length)
    .map((length) => code.slice(0, length)).map((above) => [above, areaName(above)]);
}

// The outer rings and holes of all polygons of a grid.
const rings = (grid) => (grid.geometry?.coordinates ?? []).flat();

const inside = () => grids.filter((grid) => grid.properties.code.startsWith(area));

function draw() {
  // A grid may have no shape: it is in the lists, and not on the map.
  const shown = inside().filter((grid) => rings(grid).length);
  const points = shown.flatMap((grid) => rings(grid).flat());
  if (!points.length) return;
  const lons = points.map((p) => p[0]), lats = points.map((p) => p[1]);
  const [west, east, south, north] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)];
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const width = (east - west) * squeeze, height = north - south;
  const scale = 1000 / Math.max(width, height);
  const place = ([lon, lat]) => [(lon - west) * squeeze * scale, (north - lat) * scale];
  view = { place, box: [west, south, east, north] };
  const svg = $("map");
  svg.setAttribute("viewBox", `-6 -6 ${width * scale + 12} ${height * scale + 12}`);
  const length = NEXT[area.length] ?? 15;
  const groups = new Map();
  for (const grid of shown) {
    const code = grid.properties.code.slice(0, length);
    if (!groups.has(code)) groups.set(code, []);
    groups.get(code).push(grid);
  }
  svg.replaceChildren(...[...groups].map(([code, members]) => group(code, members, place)));
  redrawn();
}

function group(code, members, place) {
  const group = document.createElementNS(SVG, "g");
  group.dataset.code = code;
  group.setAttribute("tabindex", "0");
  group.setAttribute("role", "button");
  const xs = [], ys = [];
  for (const grid of members) {
    const path = document.createElementNS(SVG, "path");
    const lines = rings(grid).map((ring) => ring.map(place));
    lines.flat().forEach(([x, y]) => { xs.push(x); ys.push(y); });
    const drawn = (line) => `M${line.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")}Z`;
    path.setAttribute("d", lines.map(drawn).join(""));
    path.setAttribute("fill-rule", "evenodd");
    path.dataset.grid = grid.properties.code;
    group.append(path);
  }
  const [x, y] = [xs, ys].map((some) => (Math.min(...some) + Math.max(...some)) / 2);
  const wide = Math.max(...xs) - Math.min(...xs);
  const label = document.createElementNS(SVG, "text");
  label.setAttribute("x", x.toFixed(1));
  label.setAttribute("y", y.toFixed(1));
  const name = areaName(code).replace(/^.*第/, "第");
  label.style.fontSize = `${Math.max(16, Math.min(46, wide / (name.length + 1)))}px`;
  label.textContent = name;
  const value = document.createElementNS(SVG, "text");
  value.setAttribute("x", x.toFixed(1));
  value.setAttribute("y", (y + Math.max(18, Math.min(48, wide / 6))).toFixed(1));
  value.setAttribute("class", "value");
  value.style.fontSize = label.style.fontSize;
  group.append(label, value);
  const open = () => chosen(code);
  group.addEventListener("click", open);
  group.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(); }
  });
  return group;
}

const of = (code, name) => Number(counts.get(code)?.[name] ?? 0);
const week = (code, name) => Number(weeks.get(code)?.[name] ?? 0);
/** The names of the numbers from the registers, by mode. */
const NUMBERS = { people: "人口", cared_for: "关爱人员", firms: "市场主体", per_thousand: "每千人在办" };
/** A number of a grid; null if it has none, or if it is too small to be shown. */
const numberOf = (code, name) => {
  const value = numbers.get(code)?.[name];
  return value === null || value === undefined ? null : Number(value);
};
/** The number of several grids in words; a ratio is computed from its parts, and a sum that lacks a grid is a lower bound. */
function together(codes, name) {
  if (name !== "per_thousand") {
    const known = codes.map((code) => numberOf(code, name)).filter((value) => value !== null);
    const sum = known.reduce((total, value) => total + value, 0);
    if (known.length === codes.length) return number.format(sum);
    return sum ? `≥${number.format(sum)}` : "—";
  }
  const [people, open] = ["people", "open_cases"].map((each) => codes.reduce((sum, code) => sum + (numberOf(code, each) ?? 0), 0));
  return people >= FEWEST_PEOPLE ? number.format(Math.round((10_000 * open) / people) / 10) : "—";
}
const compared = () => [...weeks.values()].some((week) => Number(week.before) > 0);
/** By how much a grid's week exceeds its mean, from 0 to 1; 0 if it may be chance. */
const risen = (code) => {
  const [now, before] = [week(code, "week"), week(code, "before")];
  // Without earlier reports every grid would count as risen, so none does.
  return compared() && now - before > 2 * Math.sqrt(Math.max(before, 1)) ? Math.min(1, (now - before) / Math.max(before, 1)) : 0;
};

function paint() {
  const shown = inside();
  const value = mode === "rise" ? risen : mode in NUMBERS ? (code) => numberOf(code, mode) ?? 0 : (code) => of(code, mode);
  const most = mode === "rise" ? 1 : Math.max(1, ...shown.map((grid) => value(grid.properties.code)));
  for (const group of $("map").querySelectorAll("g[data-code]")) {
    const sum = { open: 0, overdue: 0, today: 0, week: 0, before: 0 };
    for (const path of group.querySelectorAll("path")) {
      const code = path.dataset.grid;
      for (const name of ["open", "overdue", "today"]) sum[name] += of(code, name);
      for (const name of ["week", "before"]) sum[name] += week(code, name);
      const amount = value(code);
      path.setAttribute("class", amount ? (mode === "overdue" || mode === "rise" ? "late" : "some") : "none");
      path.style.fillOpacity = amount ? (0.2 + (0.8 * amount) / most).toFixed(2) : "";
    }
    const rise = change(sum.week, sum.before);
    const codes = [...group.querySelectorAll("path")].map((path) => path.dataset.grid);
    const figure = mode in NUMBERS ? together(codes, mode) : number.format(sum[mode]);
    group.lastChild.textContent = mode === "rise" ? rise || `${sum.week} 件` : figure;
    group.setAttribute("aria-label",
      `${areaName(group.dataset.code)}：在办 ${sum.open}，超期 ${sum.overdue}，今日新增 ${sum.today}，近 7 天诉求 ${sum.week}${rise ? `，比此前四周周均${rise}` : ""}${mode in NUMBERS ? `，${NUMBERS[mode]} ${figure}` : ""}`);
  }
  const level = LEVELS[NEXT[area.length] ?? 15];
  const meaning = mode === "rise" ? compared() ? "近 7 天诉求比此前四周周均；着色的升幅不像偶然" : "此前四周没有诉求，无可比"
    : mode === "cared_for" ? "颜色越深越多；不足 5 人不显示" : mode === "per_thousand" ? "颜色越深越多；不足 100 人的网格不计算" : "颜色越深越多";
  // The legend has the colours of the map: none, little, half, most.
  const late = mode === "overdue" || mode === "rise";
  const steps = [["none", "", "无"], ...[0.2, 0.6, 1].map((opacity, index) => [late ? "late" : "some", opacity,
    mode === "rise" ? ["略升", "", "升最多"][index] : ["少", "", `${number.format(most)}${mode in NUMBERS ? "" : " 件"}`][index]])];
  $("map-scale").replaceChildren(...steps.map(([kind, opacity, text]) => {
    const swatch = node("i", "", { class: `swatch ${kind}` });
    if (opacity) swatch.style.opacity = opacity;
    return node("span", "", {}, swatch, text);
  }));
  $("map-legend").textContent = `点一个${level}${area.length >= 12 ? "看事项" : "进入下一级"}；${meaning}`;
}

/** The figure that the map shows; a grid opens the list of that figure. */
export const mapMode = () => mode;

export function crumbs(code, onArea) {
  return trail(code).map(([above, name], index, all) => {
    if (index === all.length - 1) return node("span", name, { "aria-current": "location" });
    const button = node("button", name, { type: "button" });
    button.addEventListener("click", () => onArea(above));
    return button;
  });
}
