// Service items: in hand, late and done this month, by item; each number opens its page.
import { figure, node } from "./dom.js";

const HEADS = ["事项", "在办", "黄牌", "超期", "本月办结"];

/** The page of the workbench with one list of one item. */
const open = (list, item) => () => location.assign(`work/services?${new URLSearchParams({ list, item })}`);

/** Shows the table; without any service item the section stays hidden. */
export function showServices(section, table, rows) {
  section.hidden = !rows.length;
  table.replaceChildren(
    node("tr", "", {}, ...HEADS.map((name, at) => node("th", name, { scope: "col", ...(at ? { class: "n" } : {}) }))),
    ...rows.map((one) => {
      const cells = [["in_hand", "open", ""], ["yellow", "yellow", "yellow"], ["late", "late", "red"], ["done", "done", ""]];
      return node("tr", "", {}, node("th", one.item_name, { scope: "row" }), ...cells.map(([name, list, kind]) =>
        node("td", "", { class: `n ${Number(one[name]) ? kind : "nil"}` },
          figure(Number(one[name]), `${one.item_name}${HEADS[cells.findIndex(([each]) => each === name) + 1]}`, open(list, one.item_name)))));
    }));
}
