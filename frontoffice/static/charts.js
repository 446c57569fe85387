// Curves by uPlot: [data-chart] holds the points as JSON: {x: seconds, day, names, points, top, unit, digits, bars}. Colours are the page's own,
// the line below says the figures of the day under the pointer, else of the day the page is about,
// and the chart is drawn anew when they change or the page does.
"use strict";
(() => {
  const dashes = [[], [6, 3]];
  const locale = document.documentElement.lang || undefined;
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" });
  const figure = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const drawn = new Map();
  const PAPER = 320; // how wide a chart is on paper, where two stand side by side
  const draw = (place, width) => {
    const given = JSON.parse(place.dataset.chart);
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--bs-body-color").trim();
    const line = style.getPropertyValue("--bs-border-color").trim();
    const colours = [style.getPropertyValue("--bs-link-color").trim(), style.getPropertyValue("--good").trim()];
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: "12px system-ui" };
    const curve = (name, number) => ({
      label: name, stroke: colours[number], width: 2, dash: dashes[number], points: { show: given.x.length < 3 },
      value: (_plot, value) => (value == null ? "–" : exact.format(value) + (given.unit || "")),
      ...(given.bars ? { fill: colours[number], paths: uPlot.paths.bars({ size: [0.7] }) } : {}),
    });
    const digits = given.digits == null ? 2 : given.digits;
    const exact = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    const rest = given.bars ? 0 : given.x.length - 1;
    const most = Math.max(given.top || 0, ...given.points.flat().filter((each) => each != null));
    const options = {
      width: width || Math.max(place.clientWidth, 200),
      height: width ? 140 : 180,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      scales: { x: given.bars ? { range: (_plot, from, to) => [from - 43200, to + 43200] } : {}, y: { range: [0, most * (given.top ? 1 : 1.1) || 1] } },
      hooks: { setLegend: [(plot) => { if (plot.cursor.idx == null && plot.legend.idx !== rest) plot.setLegend({ idx: rest }); }] },
      cursor: { drag: { x: false, y: false } },
      axes: [
        { ...axis, values: (_plot, splits) => splits.map((each) => day.format(new Date(each * 1000))) },
        { ...axis, size: 56, values: (_plot, splits) => splits.map((each) => figure.format(each) + (given.unit || "")) },
      ],
      series: [{ label: given.day, value: (_plot, value) => (value == null ? "" : day.format(new Date(value * 1000))) },
        ...given.names.map(curve)],
    };
    if (drawn.has(place)) drawn.get(place).destroy();
    const plot = new uPlot(options, [given.x, ...given.points], place);
    plot.setLegend({ idx: rest });
    drawn.set(place, plot);
  };
  const all = (width) => document.querySelectorAll("[data-chart]").forEach((place) => draw(place, width));
  all();
  new MutationObserver(() => all()).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  let waiting = 0;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(all, 150); });
  addEventListener("beforeprint", () => all(PAPER));
  addEventListener("afterprint", () => all());
})();
