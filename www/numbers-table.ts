/** The intervals as a table that can be sorted: for screen readers, and for anyone who wants the digits. */

import { formatCount, formatPercent, formatValue } from './format.js';
import type { Interval } from './job.js';

export type Row = Pick<Interval, 'title' | 'size' | 'value'> & Partial<Interval>;

interface Column {
  name: string;
  heading: (level: number, statistic: string) => string;
  key: (row: Row, index: number) => number;
  text: (row: Row) => string;
}

const columns: Column[] = [
  { name: 'group', heading: () => 'Group', key: (_, index) => index, text: (row) => row.title },
  {
    name: 'size',
    heading: () => 'Flights',
    key: (row) => row.size,
    text: (row) => formatCount(row.size),
  },
  {
    name: 'value',
    heading: (_, statistic) => statistic,
    key: (row) => row.value,
    text: (row) => formatValue(row.value),
  },
  {
    name: 'low',
    heading: (level) => `${formatPercent(level)} from`,
    key: (row) => row.low ?? Number.NaN,
    text: (row) => (row.low === undefined ? '–' : formatValue(row.low)),
  },
  {
    name: 'high',
    heading: () => 'to',
    key: (row) => row.high ?? Number.NaN,
    text: (row) => (row.high === undefined ? '–' : formatValue(row.high)),
  },
];

export class NumbersTable {
  readonly #table: HTMLTableElement;
  #rows: Row[] = [];
  #sorted = { column: 0, descending: false };

  constructor(table: HTMLTableElement) {
    this.#table = table;
    const row = document.createElement('tr');
    columns.forEach((column, index) => {
      const cell = document.createElement('th');
      cell.scope = 'col';
      const button = document.createElement('button');
      button.type = 'button';
      button.dataset.column = column.name;
      button.addEventListener('click', () => this.#sort(index));
      cell.append(button);
      row.append(cell);
    });
    (table.tHead as HTMLTableSectionElement).replaceChildren(row);
  }

  /** Shows the rows in the order the reader has chosen. */
  show(rows: Row[], level: number, statistic: string): void {
    this.#rows = rows;
    this.#headCells().forEach((cell, index) => {
      (cell.firstElementChild as HTMLElement).textContent = (columns[index] as Column).heading(
        level,
        statistic,
      );
    });
    this.#fill();
  }

  #sort(column: number): void {
    this.#sorted = {
      column,
      descending: this.#sorted.column === column && !this.#sorted.descending,
    };
    this.#fill();
  }

  #headCells(): HTMLTableCellElement[] {
    return [...(this.#table.tHead as HTMLTableSectionElement).querySelectorAll('th')];
  }

  #fill(): void {
    const { column, descending } = this.#sorted;
    this.#headCells().forEach((cell, index) => {
      if (index === column) cell.ariaSort = descending ? 'descending' : 'ascending';
      else cell.removeAttribute('aria-sort');
    });
    const { key } = columns[column] as Column;
    const keys = new Map(this.#rows.map((row, index) => [row, key(row, index)]));
    const order = this.#rows.toSorted((one, other) => {
      const difference = (keys.get(one) as number) - (keys.get(other) as number);
      return descending ? -difference : difference;
    });
    (this.#table.tBodies[0] as HTMLTableSectionElement).replaceChildren(...order.map(toRow));
  }
}

function toRow(row: Row): HTMLTableRowElement {
  const element = document.createElement('tr');
  columns.forEach((column, index) => {
    const cell = document.createElement(index === 0 ? 'th' : 'td');
    if (index === 0) (cell as HTMLTableCellElement).scope = 'row';
    cell.textContent = column.text(row);
    element.append(cell);
  });
  return element;
}
