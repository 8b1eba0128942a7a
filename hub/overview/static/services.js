// Service items: in hand, late and done this month, by item; each number opens its page.
import { figure, node } from "./dom.js";

const HEADS = ["事项", "在办", "黄牌", "超期", "本月办结"];
const CELLS = [["in_hand", "open", ""], ["yellow", "yellow", "yellow"], ["late", "late", "red"], ["done", "done", ""]];
/** Tables beside each other, so that a wall shows all items without scrolling. */
const BESIDE = 3;

/** The page of the workbench with one list of one item. */
const open = (list, item) => () => location.assign(`work/services?${new URLSearchParams({ list, item })}`);

function row(item) {
  return node("tr", "", {}, node("th", item.item_name, { scope: "row" }), ...CELLS.map(([name, list, kind], at) => {
    const value = Number(item[name]);
    return node("td", "", { class: `n ${value ? kind : "nil"}` },
      figure(value, `${item.item_name}${HEADS[at + 1]}`, open(list, item.item_name)));
  }));
}

/** Shows the tables; without any service item the section stays hidden. */
export function showServices(section, holder, rows) {
  const size = Math.ceil(rows.length / BESIDE);
  section.hidden = !rows.length;
  holder.replaceChildren(...Array.from({ length: Math.ceil(rows.length / Math.max(1, size)) }, (_, part) =>
    node("table", "", {},
      node("tr", "", {}, ...HEADS.map((name, at) => node("th", name, { scope: "col", ...(at ? { class: "n" } : {}) }))),
      ...rows.slice(part * size, (part + 1) * size).map(row))));
}
