// The map: grids as polygons, by level. No tiles: it works where there is no other network.
import { $, node, number, words } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const NEXT = { 6: 9, 9: 12, 12: 15 };
const LEVELS = { 9: "乡镇（街道）", 12: "村（社区）", 15: "网格" };
let grids = [];
let counts = new Map();
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
  counts = new Map(rows.map((one) => [one.grid_code, one]));
  paint();
}

export function showArea(code) {
  area = code;
  draw();
  paint();
}

const areaName = (code) => grids.find((one) => one.properties.code === code)?.properties.name
  ?? words.areas.find((one) => one.code === code)?.name ?? code;

export function trail(code) {
  return [6, 9, 12, 15].filter((length) => length <= code.length)
    .map((length) => code.slice(0, length)).map((one) => [one, areaName(one)]);
}

const inside = () => grids.filter((one) => one.properties.code.startsWith(area));

function draw() {
  const shown = inside();
  const points = shown.flatMap((grid) => grid.geometry.coordinates[0]);
  if (!points.length) return;
  const lons = points.map((p) => p[0]), lats = points.map((p) => p[1]);
  const [west, east, south, north] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)];
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const width = (east - west) * squeeze, height = north - south;
  const scale = 1000 / Math.max(width, height);
  const place = ([lon, lat]) => [(lon - west) * squeeze * scale, (north - lat) * scale];
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
}

function group(code, members, place) {
  const made = document.createElementNS(SVG, "g");
  made.dataset.code = code;
  made.setAttribute("tabindex", "0");
  made.setAttribute("role", "button");
  const xs = [], ys = [];
  for (const grid of members) {
    const path = document.createElementNS(SVG, "path");
    const ring = grid.geometry.coordinates[0].map(place);
    ring.forEach(([x, y]) => { xs.push(x); ys.push(y); });
    path.setAttribute("d", `M${ring.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")}Z`);
    path.dataset.grid = grid.properties.code;
    made.append(path);
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
  made.append(label, value);
  const open = () => chosen(code);
  made.addEventListener("click", open);
  made.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(); }
  });
  return made;
}

const of = (code, name) => Number(counts.get(code)?.[name] ?? 0);

function paint() {
  const shown = inside();
  const most = Math.max(1, ...shown.map((one) => of(one.properties.code, mode)));
  let late = 0;
  for (const made of $("map").children) {
    let [open, overdue, today] = [0, 0, 0];
    for (const path of made.querySelectorAll("path")) {
      const code = path.dataset.grid;
      open += of(code, "open"); overdue += of(code, "overdue"); today += of(code, "today");
      const value = of(code, mode);
      path.setAttribute("class", value ? (mode === "overdue" ? "late" : "some") : "none");
      path.style.fillOpacity = value ? (0.2 + (0.8 * value) / most).toFixed(2) : "";
    }
    late += overdue;
    made.lastChild.textContent = number.format({ open, overdue, today }[mode]);
    made.setAttribute("aria-label", `${areaName(made.dataset.code)}：在办 ${open}，超期 ${overdue}，今日新增 ${today}`);
  }
  const level = LEVELS[NEXT[area.length] ?? 15];
  $("map-legend").textContent = `点一个${level}${area.length >= 12 ? "看案件" : "进入下一级"}；颜色最深为 ${number.format(most)} 件`;
}

export function crumbs(code, onArea) {
  return trail(code).map(([one, name], index, all) => {
    if (index === all.length - 1) return node("span", name, { "aria-current": "location" });
    const made = node("button", name, { type: "button" });
    made.addEventListener("click", () => onArea(one));
    return made;
  });
}
