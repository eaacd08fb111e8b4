// Tables that a click on a heading sorts: by number where a cell has one, else by its text. Empty cells stay last.
for (const table of document.querySelectorAll("table[data-sortable]")) {
  table.querySelectorAll("thead th").forEach((heading, column) => {
    heading.querySelector("button").addEventListener("click", () => sort(table, heading, column));
  });
}

function sort(table, heading, column) {
  const rises = heading.getAttribute("aria-sort") !== "ascending", body = table.tBodies[0];
  table.querySelectorAll("[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", rises ? "ascending" : "descending");
  const rows = [...body.rows].map((row) => ({ row, value: valueOf(row.cells[column]) }));
  rows.sort((a, b) => compared(a.value, b.value, rises ? 1 : -1));
  body.append(...rows.map(({ row }) => row));
}

function valueOf(cell) {
  if (!("value" in cell.dataset)) return cell.textContent.trim();
  return cell.dataset.value === "" || isNaN(cell.dataset.value) ? null : Number(cell.dataset.value);
}

function compared(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  return sign * (typeof a === "number" ? a - b : a.localeCompare(b));
}
