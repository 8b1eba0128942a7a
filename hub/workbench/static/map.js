// The map of the grids with the cases of the page: own shapes, no tiles, no outside address.
import { $, $$, items, select, selected } from "./work.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1000;
/** Least width of a part of the map, in thousandths of the whole. */
const NEAREST = 80;
let grids = null, scale = null;

const svgElement = (name, attributes) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};
const rings = (grid) => (grid.geometry?.coordinates ?? []).flat();

/** A function from lon and lat in degrees to x and y: metres look alike in both directions. */
function projection(points) {
  const lons = points.map((point) => point[0]), lats = points.map((point) => point[1]);
  const [west, east, south, north] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)];
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const factor = WIDTH / Math.max((east - west) * squeeze, north - south, 1e-6);
  const place = ([lon, lat]) => [(lon - west) * squeeze * factor, (north - lat) * factor];
  return { place, width: (east - west) * squeeze * factor, height: (north - south) * factor,
    inverse: ([x, y]) => [x / (squeeze * factor) + west, north - y / factor] };
}

function drawGrids(svg) {
  const shown = grids.filter((grid) => rings(grid).length);
  if (!shown.length) return;
  scale = projection(shown.flatMap((grid) => rings(grid).flat()));
  svg.setAttribute("viewBox", `-20 -20 ${scale.width + 40} ${scale.height + 40}`);
  const layer = svgElement("g", {});
  for (const grid of shown) {
    const line = rings(grid).map((ring) => `M${ring.map((point) => scale.place(point).map((n) => n.toFixed(1)).join(",")).join("L")}Z`).join("");
    const path = svgElement("path", { d: line, "fill-rule": "evenodd" });
    path.append(Object.assign(svgElement("title", {}), { textContent: grid.properties.name }));
    layer.append(path);
  }
  svg.replaceChildren(layer, svgElement("g", { class: "points" }));
}

/** Shows the part of the map around some places. */
function lookAt(svg, elements) {
  const points = elements.map((element) => scale.place([Number(element.dataset.lon), Number(element.dataset.lat)]));
  if (!points.length) return;
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const [x, y] = [xs, ys].map((some) => (Math.min(...some) + Math.max(...some)) / 2);
  const size = Math.max(NEAREST, 2 * (Math.max(...xs) - Math.min(...xs)), 2 * (Math.max(...ys) - Math.min(...ys)));
  svg.setAttribute("viewBox", `${x - size / 2} ${y - size / 2} ${size} ${size}`);
}

/** Draws the cases of the page; cases of one place lie on a small spiral, so that each can be hit. */
function drawPoints(svg) {
  const layer = $(".points", svg);
  if (!layer || !scale) return;
  const taken = new Map(), labels = [];
  const chosen = selected();
  const ofSelected = $("[data-map-of-selected]");
  const placed = ofSelected ? (chosen ? $$("[data-lon][data-lat]", chosen) : []) : $$("[data-lon][data-lat]");
  if (ofSelected) lookAt(svg, placed);
  // Circles have one size on the screen, however large the map is.
  const radius = 6 / (svg.getScreenCTM()?.a || 1);
  const circles = placed.map((element) => {
    let [x, y] = scale.place([Number(element.dataset.lon), Number(element.dataset.lat)]);
    const spot = `${Math.round(x / 6)} ${Math.round(y / 6)}`;
    const number = taken.get(spot) ?? 0;
    taken.set(spot, number + 1);
    x += Math.cos(number * 2.4) * radius * 1.3 * Math.sqrt(number);
    y += Math.sin(number * 2.4) * radius * 1.3 * Math.sqrt(number);
    const kind = `${"late" in element.dataset ? "late" : ""} ${element === chosen ? "chosen" : ""}`.trim();
    const circle = svgElement("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: element === chosen ? radius * 1.6 : radius, class: kind });
    circle.append(Object.assign(svgElement("title", {}), { textContent: $(".subject", element)?.textContent ?? "" }));
    if (element.dataset.label) labels.push(Object.assign(svgElement("text", { x: (x + (labels.length ? 2 : -2) * radius).toFixed(1), y: (y - radius * 1.6).toFixed(1), "font-size": radius * 2.4 }), { textContent: element.dataset.label }));
    circle.addEventListener("click", () => element.dataset.item && !svg.classList.contains("picking") && select(element));
    return circle;
  });
  layer.replaceChildren(...circles.filter((circle) => !circle.classList.contains("chosen")), ...circles.filter((circle) => circle.classList.contains("chosen")), ...labels);
  const missing = ofSelected ? (chosen ? 2 - placed.length : 0) : items().length - placed.filter((element) => element.dataset.item).length;
  $("[data-map-note]").textContent = missing > 0 ? `${missing} 件没有位置，不在图上` : "";
}

/** The place of a click on the map, in degrees; for pages on which a place is set. */
export function placeOf(svg, event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return scale.inverse([at.x, at.y]);
}

async function draw() {
  const maps = $$("svg[data-map]");
  if (!maps.length) return;
  grids ??= (await (await fetch("/api/grids")).json()).features;
  for (const svg of maps) {
    if (!svg.childElementCount) drawGrids(svg);
    drawPoints(svg);
  }
}
document.addEventListener("region", draw);
document.addEventListener("select", draw);
draw();
