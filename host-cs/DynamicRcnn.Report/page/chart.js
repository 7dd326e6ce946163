// A chart: a figure with a heading, the drawing, a summary for screen readers and its numbers as a table.

/** Traces as uPlot wants them: one list of places, and a list of values for each line. */
function joined(traces) {
    const tables = traces.map((trace) => {
        const columns = [trace.x, trace.y];
        if (trace.low) {
            columns.push(trace.low, trace.high);
        }
        return columns;
    });
    return tables.length === 1 ? tables[0] : uPlot.join(tables);
}

/** A series' value under the pointer; without one its last. */
function legendValue(show) {
    return (plot, value, series, place) => {
        const shown = place == null ? plot.data[series].findLast((own) => own != null) : value;
        return shown == null ? missing : show(shown);
    };
}

function lineOf(trace, show) {
    return {
        label: trace.label,
        stroke: trace.colour,
        width: trace.width ?? 2,
        dash: trace.dash,
        paths: trace.points ? () => null : trace.stepped ? uPlot.paths.stepped({ align: 1 }) : undefined,
        points: trace.points ? { show: true, size: 9, width: 2, stroke: trace.colour, fill: "transparent" } : { show: Boolean(trace.dots), size: 5 },
        value: legendValue(show),
    };
}

function seriesOf(traces, options) {
    const series = [{ label: options.xLabel ?? "iteration", value: legendValue(options.showX) }];
    const bands = [];
    for (const trace of traces) {
        series.push(lineOf(trace, options.show));
        if (trace.low) {
            const edge = { stroke: "transparent", width: 0, points: { show: false } };
            const raw = { stroke: `${trace.colour}55`, width: 1, points: { show: false } };
            const line = { ...(trace.bandOnly ? edge : raw), label: "", class: "edge" };
            series.push(line, { ...line });
            bands.push({ series: [series.length - 1, series.length - 2], fill: `${trace.colour}${trace.fill ?? "33"}` });
        }
    }
    return { series, bands };
}

function axis(extra) {
    const grid = { stroke: cssColour("--grid"), width: 1 };
    return { stroke: cssColour("--soft"), font: "12px system-ui, sans-serif", grid, ticks: { ...grid, size: 4 }, ...extra };
}

/** A dashed line at the chosen evaluation. */
function drawMoment(plot) {
    const place = plot.valToPos(moment(), "x", true);
    const { left, top, width, height } = plot.bbox;
    if (moments().length === 0 || place < left || place > left + width) {
        return;
    }
    plot.ctx.save();
    plot.ctx.strokeStyle = cssColour("--soft");
    plot.ctx.setLineDash([4, 4]);
    plot.ctx.beginPath();
    plot.ctx.moveTo(place, top);
    plot.ctx.lineTo(place, top + height);
    plot.ctx.stroke();
    plot.ctx.restore();
}

function plotOptions(traces, options, width) {
    const { series, bands } = seriesOf(traces, options);
    const narrow = width < 420;
    return {
        width,
        height: options.height ?? (narrow ? 200 : 240),
        series,
        bands,
        legend: { show: true, live: true },
        cursor: { sync: options.isTime ? { key: "iterations", scales: ["x", null] } : undefined, points: { size: 6 }, drag: { x: true, y: false } },
        scales: { x: { time: false, range: options.rangeX }, y: { range: options.rangeY, distr: options.log ? 3 : 1 } },
        axes: [
            axis({ values: (_, values) => values.map((value) => options.tickX(value)), space: narrow ? 55 : 70, size: 30 }),
            axis({ values: (_, values) => values.map((value) => (value == null ? "" : short(value))), size: 52 }),
        ],
        hooks: { draw: options.isTime ? [drawMoment] : [] },
    };
}

const chartDefaults = { isTime: true, show: short, showX: count, tickX: (value) => (value >= 10000 ? `${short(value / 1000)}k` : short(value, 4)) };

/**
 * @param {string} title what it shows
 * @param {() => object[]} traces asked again whenever something changes
 * @param {object} [given] what differs from chartDefaults
 * @param {Element} [controls] what the reader can choose
 */
function chart(title, traces, given, controls) {
    const options = { ...chartDefaults, ...given };
    const place = element("div", { class: "plot" });
    const summary = element("p", { class: "unseen" });
    const numbers = element("div");
    const details = element("details", { class: "numbers" }, element("summary", null, "Numbers"), numbers);
    const made = element("figure", { class: options.isWide ? "chart double" : "chart", "aria-label": title }, element("figcaption", null, element("h3", null, title), options.hint && element("p", null, options.hint)), controls, place, summary, details);
    let plot = null;
    let shape = "";

    const drawTable = (current) => {
        if (details.open) {
            const rows = sampled(current).map((row) => [options.showX(row[0]), ...row.slice(1).map((value) => (value == null ? missing : options.show(value)))]);
            numbers.replaceChildren(table(title, [options.xLabel ?? "iteration", ...current.map((trace) => trace.label)], rows));
        }
    };
    const draw = (what) => {
        const current = traces();
        const width = Math.floor(place.clientWidth);
        place.classList.toggle("empty", current.length === 0);
        place.toggleAttribute("aria-hidden", false);
        if (current.length === 0 || width === 0) {
            plot?.destroy();
            place.textContent = current.length === 0 ? options.nothing ?? "Not recorded by this run." : "";
            summary.textContent = "";
            [plot, shape] = [null, ""];
            return;
        }
        place.setAttribute("aria-hidden", "true");
        summary.textContent = current.map((trace) => described(trace, options.show)).join(" ");
        const now = JSON.stringify(current.map((trace) => [trace.label, trace.colour, Boolean(trace.low), trace.dash]));
        if (plot === null || now !== shape || what === "theme") {
            plot?.destroy();
            place.replaceChildren();
            plot = new uPlot(plotOptions(current, options, width), joined(current), place);
            shape = now;
        } else {
            plot.setData(joined(current));
        }
        drawTable(current);
    };
    details.addEventListener("toggle", () => drawTable(traces()));
    new ResizeObserver(() => {
        const width = Math.floor(place.clientWidth);
        if (plot === null) {
            draw("data");
        } else if (plot.width !== width && width > 0) {
            plot.setSize({ width, height: plot.height });
        }
    }).observe(place);
    listen((what) => {
        if (what === "moment" && !options.followsMoment) {
            plot?.redraw(false);
        } else if (what !== "view" || options.followsView) {
            draw(what);
        }
    });
    return made;
}
