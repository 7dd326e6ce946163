// From recorded series to traces, the lines of a chart: { label, colour, x, y, low, high, stepped, points, dash, width }.

/** Exponential average with its start corrected; gaps stay gaps. */
function smoothed(values, weight) {
    let sum = 0;
    let total = 0;
    return values.map((value) => {
        if (value == null) {
            return null;
        }
        sum = weight * sum + (1 - weight) * value;
        total = weight * total + (1 - weight);
        return sum / total;
    });
}

/** A noisy series: the smooth line, with what it was smoothed from behind it. */
function noisyTrace(run, place, name, convert = (value) => value) {
    const series = run.series[name];
    if (!series) {
        return null;
    }
    const map = (values) => values.map((value) => (value == null ? null : convert(value)));
    return {
        label: run.name,
        colour: runColour(place),
        x: run.series.x,
        y: smoothed(map(series.mean), store.view.smoothing),
        low: map(series.low),
        high: map(series.high),
    };
}

/** A series of steps, drawn as such. */
function steppedTrace(run, place, name) {
    const series = run.steps[name];
    return series
        ? { label: run.name, colour: runColour(place), x: series.x, y: series.y, stepped: true }
        : null;
}

function eachRun(trace) {
    return runs().map(trace).filter((made) => made !== null);
}

/** The numbers of a run's box heads: one, or a cascade's stages. */
function stagesOf(run) {
    return [1, 2, 3, 4, 5, 6, 7, 8].filter((stage) => stage === 1 || run.steps[ofStage("iou_threshold", stage)]);
}

/** The name of a stage's value; the first one's have no number. */
function ofStage(name, stage) {
    return stage === 1 ? name : `${name}_${stage}`;
}

/** A trace of each box head of each run; a cascade's stages are named, and those after the first dashed. */
function eachStage(trace, name) {
    const all = runs().flatMap((run, place) => {
        const stages = stagesOf(run);
        return stages.map((stage) => {
            const made = trace(run, place, ofStage(name, stage));
            const dash = stage === 1 ? undefined : [2 + 8 / stage, 3];
            return made && stages.length > 1 ? { ...made, label: `${made.label}, stage ${stage}`, dash } : made;
        });
    });
    return all.filter((made) => made !== null);
}

/** A trace in words, for those who do not see it. */
function described(trace, show) {
    const known = trace.x.map((x, place) => [x, trace.y[place]]).filter((point) => point[1] != null);
    if (known.length === 0) {
        return `${trace.label}: no values.`;
    }
    const lowest = known.reduce((best, point) => (point[1] < best[1] ? point : best));
    const highest = known.reduce((best, point) => (point[1] > best[1] ? point : best));
    const at = (point) => `${show(point[1])} at ${short(point[0], 6)}`;
    return `${trace.label}: from ${at(known[0])} to ${at(known.at(-1))}; lowest ${at(lowest)}, highest ${at(highest)}.`;
}

/** The traces' values at up to a dozen places, for the table under a chart. */
function sampled(traces) {
    const xs = [...new Set(traces.flatMap((trace) => trace.x))].sort((one, other) => one - other);
    const most = 12;
    const taken = xs.length <= most ? xs : Array.from({ length: most }, (_, i) => xs[Math.round((i * (xs.length - 1)) / (most - 1))]);
    const valueAt = (trace, x) => {
        let value = null;
        for (let place = 0; place < trace.x.length && trace.x[place] <= x; place++) {
            value = trace.y[place] ?? value;
        }
        return value;
    };
    return taken.map((x) => [x, ...traces.map((trace) => valueAt(trace, x))]);
}
