// Time series: each <div class="chart" data-chart="TABLE-ID"> is drawn from the table of the same figures.
//
// The first cell of a row holds <time datetime="…Z">; every column whose heading has the class "number" is a series.
// Where some headings have the attribute data-series, these alone are: data-series="queries", "matched" (red: spam
// alone is red), "deferred", or "" for the next colour. A column of percentages is drawn on a scale of its own kind.
// A cell without a figure is a gap. data-unit="%" on a heading says so where no cell does. A table with data-empty has
// nothing to draw yet: its chart is hidden, and drawn once a refresh has brought a table without it.
// An attribute data-lines="4" on the <div> draws so many lines above 0, at round figures; without it the drawing is as high as
// its tallest point. An attribute data-kind="bars" or "line" on the <div> chooses; without it few points are bars and many are a line.
"use strict";

(() => {
  const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
  const MANY = 200; // points, from which on bars would be thinner than a reader can tell apart
  const PAPER = 690; // pixels between the margins of a printed page
  const NAMED = { queries: "--bar", matched: "--spam", spam: "--spam", deferred: "--series-3" };
  const SERIES = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"];
  const zone = document.documentElement.dataset.timeZone || "UTC";
  const drawn = new Map(); // of each <div>: what stands in it

  // Figures: "68,092" and "31.8 %" are numbers; "–" and "" are none.
  function figure(cell) {
    const text = (cell.dataset.value ?? cell.textContent).replace(/[\s,\u202f%]/g, "").replace("\u2212", "-");
    return text === "" || Number.isNaN(Number(text)) ? null : Number(text);
  }

  function headings(table) {
    const cells = [...table.tHead.rows[0].cells].slice(1);
    const numbered = cells.filter((cell) => cell.classList.contains("number"));
    const chosen = cells.filter((cell) => "series" in cell.dataset);
    if (chosen.length) return chosen;
    const plain = numbered.filter((cell) => !isShare(table, cell));
    return plain.length ? plain : numbered; // shares beside figures say the same again
  }

  function isShare(table, heading) {
    if (heading.dataset.unit) return heading.dataset.unit === "%";
    const body = table.tBodies[0];
    for (const row of body.rows) {
      const cell = row.cells[heading.cellIndex];
      if (cell && figure(cell) !== null) return cell.textContent.includes("%");
    }
    return false;
  }

  function read(table) {
    const rows = [...table.tBodies[0].rows]
      .map((row) => ({ time: row.querySelector("time[datetime]"), cells: row.cells }))
      .filter((row) => row.time)
      .map((row) => ({ ...row, at: Date.parse(row.time.getAttribute("datetime")) / 1000 }))
      .sort((one, other) => one.at - other.at);
    const share = headings(table).every((cell) => isShare(table, cell));
    const series = headings(table).map((cell, place) => ({
      name: cell.textContent.trim(),
      variable: NAMED[cell.dataset.series || cell.textContent.trim().toLowerCase()] || SERIES[place % SERIES.length],
      values: rows.map((row) => figure(row.cells[cell.cellIndex])),
      texts: (index) => row_text(rows[index].cells[cell.cellIndex]),
    }));
    return { share, series, times: rows.map((row) => row.at), words: (index) => row_text(rows[index].time) };
  }

  const row_text = (cell) => cell.textContent.replace(/\s+/g, " ").trim() || "–";

  // Axis labels. The reader's time zone is that of the account, as in the table, whatever the machine's is.
  const formats = {};
  function written(at, options) {
    const key = JSON.stringify(options);
    formats[key] ??= new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options });
    return formats[key].format(at * 1000);
  }
  const asHour = (at) => written(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const asDay = (at) => `${written(at, { day: "numeric" })} ${written(at, { month: "short" })}`;
  const asMonth = (at) => written(at, { month: "short", year: "numeric" });
  const DAY = 86400;

  function timeLabels(chart, splits, _axis, _space, step) {
    return splits.map((at) => {
      if (step >= 27 * DAY) return asMonth(at);
      if (step >= DAY) return asDay(at);
      const hour = asHour(at);
      return hour === "00:00" ? asDay(at) : hour;
    });
  }

  const brief = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
  const plain = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
  const figureLabel = (value, share) => (share ? `${plain.format(value)}\u202f%` : value >= 1e4 ? brief.format(value) : plain.format(value));

  // Room for the longest label of the axis.
  function labelRoom(chart, values, axis, cycle) {
    if (cycle > 1 || !values?.length) return chart.axes[axis]._size || 48;
    chart.ctx.font = chart.axes[axis].font[0];
    const widths = values.map((text) => chart.ctx.measureText(text || "").width / devicePixelRatio);
    return Math.ceil(Math.max(...widths)) + 18;
  }

  function options(place, data) {
    const style = getComputedStyle(place);
    const colour = (variable) => style.getPropertyValue(variable).trim();
    const kind = place.dataset.kind || (data.times.length > MANY ? "line" : "bars");
    const lines = Number(place.dataset.lines);
    const axis = { stroke: colour("--muted"), font: FONT, ticks: { show: false }, grid: { stroke: colour("--line"), width: 1 } };
    const step = data.times.length > 1 ? data.times[1] - data.times[0] : 3600;
    return {
      ...size(place),
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone),
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false, setScale: false },
        points: { show: kind === "line", size: 7 },
      },
      scales: {
        x: { time: true, range: (_chart, first, last) => [first - step * 0.6, last + step * 0.6] },
        y: { range: (_chart, _least, most) => [0, lines ? lines * roundStep(most, lines) : top(most, data.share)] },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 64, size: 28, gap: 6, values: timeLabels },
        {
          ...axis,
          space: 34,
          gap: 8,
          size: labelRoom,
          splits: lines ? (_chart, _axis, _least, most) => Array.from({ length: lines + 1 }, (_, line) => (line * most) / lines) : undefined,
          incrs: data.share ? undefined : [1, 2, 5].flatMap((first) => Array.from({ length: 15 }, (_, power) => first * 10 ** power)).sort((a, b) => a - b),
          values: (_chart, splits) => splits.map((value) => figureLabel(value, data.share)),
        },
      ],
      series: [{}, ...data.series.map((one, index) => drawing(one, index, kind, colour, data.times.length))],
    };
  }

  function top(most, share) {
    if (!most) return share ? 10 : 4;
    return share ? Math.min(100, Math.max(most * 1.08, 5)) : Math.max(most * 1.05, 4);
  }

  // The smallest round figure (1, 2, 3, 4, 5, 10, 15, 20, 25, 30, 40, 50, 75 …) of which as many as there are lines reach the largest.
  function roundStep(largest, lines) {
    for (let power = 1; ; power *= 10) {
      const step = [1, 1.5, 2, 2.5, 3, 4, 5, 7.5].map((first) => first * power).find((one) => Number.isInteger(one) && one * lines >= largest);
      if (step) return step;
    }
  }

  function drawing(one, index, kind, colour, count) {
    const stroke = colour(one.variable);
    const base = { label: one.name, scale: "y", spanGaps: false, points: { show: false } };
    // The first two are the whole and its red part, as bars one in the other. What comes after them is told apart as lines.
    if (kind === "bars" && (index === 0 || one.variable === "--spam")) {
      return { ...base, fill: stroke, width: 0, paths: uPlot.paths.bars({ size: [0.86, 46], radius: 0 }) };
    }
    if (count === 1 || (kind === "bars" && count <= 40)) base.points = { show: true, size: 5, fill: stroke };
    const area = kind === "line" && index === 0 && one.variable === "--bar";
    return { ...base, stroke, width: kind === "line" ? 1.25 : 2, fill: area ? `color-mix(in srgb, ${stroke} 30%, transparent)` : undefined };
  }

  function size(place) {
    const printed = place.classList.contains("printed");
    const drawing = place.querySelector(".drawing");
    return { width: printed ? PAPER : Math.max(drawing.clientWidth, 200), height: printed ? 170 : drawing.clientHeight || 220 };
  }

  // The line above the drawing: what the colours mean, and the figures of the point that is looked at.
  function keyOf(data, place) {
    const key = document.createElement("p");
    key.className = "key";
    const when = document.createElement("span");
    when.className = "when";
    key.append(when);
    for (const one of data.series) {
      const entry = document.createElement("span");
      entry.className = "entry";
      const swatch = document.createElement("span");
      swatch.className = "swatch";
      swatch.style.background = `var(${one.variable})`;
      const figure = document.createElement("span");
      figure.className = "at";
      entry.append(swatch, one.name, " ", figure);
      key.append(entry);
      one.figure = figure;
    }
    place.append(key);
    return when;
  }

  function look(state, index) {
    const { data, when, place } = state;
    const is_at = index !== null && index !== undefined && index >= 0 && index < data.times.length;
    when.textContent = is_at ? data.words(index) : "";
    for (const one of data.series) one.figure.textContent = is_at ? one.texts(index) : "";
    if (!is_at) return;
    state.index = index;
    place.setAttribute("aria-valuenow", index);
    const said = data.series.map((one) => `${one.name} ${one.texts(index)}`).join(", ");
    place.setAttribute("aria-valuetext", `${data.words(index)}: ${said}`);
  }

  function moveTo(state, index) {
    const { chart, data } = state;
    const bounded = Math.min(Math.max(index, 0), data.times.length - 1);
    state.index = bounded;
    chart.setCursor({ left: chart.valToPos(data.times[bounded], "x"), top: 0 }, false);
    look(state, bounded);
  }

  const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 24, PageDown: -24, Home: -Infinity, End: Infinity };

  function listen(place) {
    place.addEventListener("keydown", (event) => {
      const state = drawn.get(place);
      if (!state || !(event.key in KEYS) || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const start = state.index ?? state.data.times.length - 1;
      moveTo(state, state.index === null && Math.abs(KEYS[event.key]) === 1 ? start : start + KEYS[event.key]);
    });
    place.addEventListener("blur", () => {
      const state = drawn.get(place);
      if (!state) return;
      state.chart.setCursor({ left: -10, top: -10 }, false);
      look(state, null);
    });
    // A finger looks at a point as a pointer does; up and down it still scrolls the page (touch-action).
    const touch = (event) => {
      const state = drawn.get(place);
      if (!state || event.pointerType === "mouse") return;
      const left = event.clientX - state.chart.over.getBoundingClientRect().left;
      moveTo(state, state.chart.posToIdx(left));
    };
    place.addEventListener("pointerdown", touch);
    place.addEventListener("pointermove", touch);
  }

  function draw(place) {
    const table = document.getElementById(place.dataset.chart);
    if (!table || !table.tBodies.length) return;
    const data = read(table);
    if ("empty" in table.dataset || !data.times.length || !data.series.length) return place.setAttribute("hidden", "");
    const before = drawn.get(place);
    before?.chart.destroy();
    before?.watch.disconnect();
    place.removeAttribute("hidden");
    place.replaceChildren();
    const state = { place, table, data, index: null, text: table.textContent };
    state.when = keyOf(data, place);
    const drawing = document.createElement("div");
    drawing.className = "drawing";
    place.append(drawing);
    const names = data.series.map((one) => one.name).join(", ");
    const name = place.getAttribute("aria-label") || place.dataset.label || table.caption?.textContent.trim() || names;
    const about = { role: "slider", tabindex: "0", "aria-label": name, "aria-orientation": "horizontal", "aria-valuemin": 0, "aria-valuemax": data.times.length - 1, "aria-valuenow": data.times.length - 1, "aria-valuetext": `Chart of ${names}; arrow keys read its points` };
    for (const [attribute, value] of Object.entries(about)) place.setAttribute(attribute, value);
    state.chart = new uPlot(options(place, data), [data.times, ...data.series.map((one) => one.values)], drawing);
    // Added afterwards, because the first call comes while the chart is being made.
    (state.chart.hooks.setCursor ??= []).push((chart) => look(state, chart.cursor.left < 0 ? null : chart.cursor.idx));
    state.watch = new ResizeObserver(() => {
      const wanted = size(place);
      if (wanted.width !== state.chart.width || wanted.height !== state.chart.height) state.chart.setSize(wanted);
    });
    state.watch.observe(drawing);
    if (!drawn.has(place)) listen(place);
    drawn.set(place, state);
    // Who reads it by the keyboard while other figures come stays at the same time.
    const kept = before && before.index !== null && document.activeElement === place ? data.times.indexOf(before.data.times[before.index]) : -1;
    if (kept >= 0) moveTo(state, kept);
  }

  // Draws what is new on the page or has other figures than before.
  function drawNew() {
    for (const [place, state] of drawn) {
      if (place.isConnected) continue;
      state.watch.disconnect();
      state.chart.destroy();
      drawn.delete(place);
    }
    for (const place of document.querySelectorAll(".chart[data-chart]")) {
      const state = drawn.get(place);
      const table = document.getElementById(place.dataset.chart);
      if (!state || state.table !== table || state.text !== table.textContent) draw(place);
    }
  }

  const redraw = () => { for (const place of [...drawn.keys()]) draw(place); };
  const print = (on) => {
    for (const place of drawn.keys()) place.classList.toggle("printed", on);
    redraw();
  };

  // The page is painted first, with room for the drawing: to read the table and to draw takes longer than a frame.
  document.addEventListener("DOMContentLoaded", () => requestAnimationFrame(() => setTimeout(drawNew)));
  document.addEventListener("htmx:afterSettle", drawNew);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  window.addEventListener("beforeprint", () => print(true));
  window.addEventListener("afterprint", () => print(false));
})();
