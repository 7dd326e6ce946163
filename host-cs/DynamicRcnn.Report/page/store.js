// What the page shows, and what the reader has chosen. Every part of the page is told when either changes.
function parsed(id) {
    return JSON.parse(document.getElementById(id).textContent);
}

const store = {
    data: parsed("report-data"),
    pictures: parsed("report-pictures"),
    isLive: document.getElementById("report-data").dataset.live === "true",
    view: { smoothing: 0.9, reference: null, moment: null, score: 0.5, hidden: new Set(), panelRun: null, labels: null },
    listeners: [],
};

function listen(act) {
    store.listeners.push(act);
}

/** @param {"data" | "theme" | "view" | "moment"} what */
function tell(what) {
    for (const act of store.listeners) {
        act(what);
    }
}

const runs = () => store.data.runs;

/** Every colour of a chart is a run's, in this order; told apart by people who see colours differently. */
function runColour(place) {
    return cssColour(`--run-${place % 6}`);
}

function runLabel(place) {
    return element("span", { class: "run" }, swatch(`var(--run-${place % 6})`), runs()[place].name);
}

/** A value of a run's configuration as text; undefined when the run has none. */
function configured(run, path) {
    return run.config.find((row) => row[0] === path)?.[1];
}

function configuredNumber(run, path) {
    const text = configured(run, path);
    return text === undefined || text === "" ? NaN : Number(text);
}

/** The run's evaluation that counts at an iteration: the last with details up to it. */
function evaluationAt(run, iteration) {
    return run.evaluations.filter((evaluation) => evaluation.detailed && evaluation.iteration <= iteration).at(-1);
}

/** Iterations at which a run was evaluated, over all runs. */
function moments() {
    const all = runs().flatMap((run) => run.evaluations.filter((evaluation) => evaluation.detailed));
    return [...new Set(all.map((evaluation) => evaluation.iteration))].sort((one, other) => one - other);
}

/** The chosen moment; the last one until the reader chooses. */
function moment() {
    return store.view.moment ?? moments().at(-1) ?? 0;
}
