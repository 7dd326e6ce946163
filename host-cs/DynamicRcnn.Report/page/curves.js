// Precision over recall, AP over the IoU threshold, and what the lowest score that counts makes of both, at the chosen evaluation.
const curveView = { iou: null, category: "" };

function curvesAt(run) {
    return evaluationAt(run, moment())?.precision_recall;
}

function curveTrace(label, colour, recall, precision, extra) {
    const shown = precision.map((value) => (value >= 0 ? value : null));
    return shown.every((value) => value === null) ? null : { label, colour, x: recall, y: shown, ...extra };
}

function recallTraces() {
    return runs().flatMap((run, place) => {
        const found = curvesAt(run);
        if (!found) {
            return [];
        }
        if (curveView.category !== "") {
            const own = found.classes.find((entry) => String(entry.id) === curveView.category);
            return own ? [curveTrace(run.name, runColour(place), found.recall, own.precision)].filter(Boolean) : [];
        }
        const several = runs().length === 1 && curveView.iou === null;
        const wanted = several ? found.curves : found.curves.filter((curve) => Math.abs(curve.iou - (curveView.iou ?? 0.5)) < 1e-6);
        return wanted
            .map((curve, step) =>
                curveTrace(several ? `IoU ${curve.iou.toFixed(2)}` : run.name, several ? cssColour(`--ramp-${step % 10}`) : runColour(place), found.recall, curve.precision, { width: 1.8 })
            )
            .filter(Boolean);
    });
}

function thresholdCurveTraces() {
    return eachRun((run, place) => {
        const entries = (evaluationAt(run, moment())?.ap_by_iou ?? []).filter((entry) => entry.ap >= 0);
        return entries.length === 0
            ? null
            : { label: run.name, colour: runColour(place), x: entries.map((entry) => entry.iou), y: entries.map((entry) => entry.ap), dots: true };
    });
}

/** F1 of every run; of one run precision and recall too. */
function scoreTraces() {
    return runs().flatMap((run, place) => {
        const found = evaluationAt(run, moment())?.scores;
        if (!found || !(found.best.score >= 0)) {
            return [];
        }
        const trace = (label, colour, values, extra) => ({ label, colour, x: found.score, y: values.map((value) => (value >= 0 ? value : null)), ...extra });
        const best = `${found.best.f1.toFixed(3)} from ${found.best.score.toFixed(2)} on`;
        return runs().length > 1
            ? [trace(`${run.name}, best ${best}`, runColour(place), found.f1)]
            : [
                  trace(`F1, best ${best}`, runColour(0), found.f1, { width: 2.6 }),
                  trace("precision", cssColour("--ramp-2"), found.precision, { dash: [6, 3] }),
                  trace("recall", cssColour("--ramp-7"), found.recall, { dash: [2, 3] }),
              ];
    });
}

function select(label, id, options, act) {
    const made = element("select", { id, onchange: () => act(made.value) }, options.map(([value, text]) => element("option", { value }, text)));
    return element("label", { class: "pick" }, element("span", null, label), made);
}

/** Made as soon as an evaluation has curves. */
function curveControls() {
    const place = element("p", { class: "controls" });
    const draw = () => {
        const any = runs().flatMap((run) => run.evaluations).find((evaluation) => evaluation.precision_recall);
        if (any && place.childElementCount === 0) {
            place.append(...curveChoices(any));
        }
        place.hidden = !any;
    };
    draw();
    listen((what) => what === "data" && draw());
    return place;
}

function curveChoices(any) {
    const redraw = () => tell("moment");
    const several = runs().length === 1 ? [["", "all"]] : [];
    const ious = any.precision_recall.curves.map((curve) => [String(curve.iou), curve.iou.toFixed(2)]);
    const categories = (any.classes ?? []).map((entry) => [String(entry.id), entry.name || `class ${entry.id}`]);
    return [
        select("IoU threshold", "curve-iou", [...several, ...ious], (value) => {
            curveView.iou = value === "" ? null : Number(value);
            redraw();
        }),
        select("Class", "curve-class", [["", "mean of all"], ...categories], (value) => {
            curveView.category = value;
            redraw();
        }),
        element("small", null, "The curves of single classes are at IoU 0.50."),
    ];
}

const unitTicks = { isTime: false, showX: (value) => short(value), tickX: (value) => short(value, 2) };

function curveSection() {
    const precision = { ...unitTicks, xLabel: "recall", rangeY: [0, 1.02], rangeX: [0, 1], followsMoment: true, nothing: "This evaluation did not record precision over recall.", height: 260 };
    const byScore = {
        ...unitTicks,
        xLabel: "lowest score",
        rangeY: [0, 1.02],
        rangeX: [0, 1],
        followsMoment: true,
        hint: "All classes together, at IoU 0.50. predict draws from the score with the best F1 on.",
        nothing: "This evaluation did not record precision and recall by score.",
        show: (value) => value.toFixed(3),
        height: 260,
    };
    const byThreshold = { ...unitTicks, xLabel: "IoU threshold", followsMoment: true, nothing: "No evaluation yet.", show: (value) => value.toFixed(3), height: 260 };
    return element(
        "div",
        { class: "rows" },
        element("div", { class: "grid" }, chart("Precision and recall", recallTraces, precision, curveControls()), chart("AP by IoU threshold", thresholdCurveTraces, byThreshold), chart("Precision, recall and F1 by score", scoreTraces, byScore)),
        classTable()
    );
}

/** AP of each class for each run, with a bar. */
function classTable() {
    const place = element("div", { class: "chart" });
    const draw = () => {
        const found = runs().map((run) => evaluationAt(run, moment())?.classes ?? []);
        const names = new Map(found.flat().map((entry) => [entry.id, entry.name || `class ${entry.id}`]));
        place.hidden = names.size === 0;
        if (place.hidden) {
            return;
        }
        const cell = (entry, colour) => {
            const bar = element("span", { class: "bar", "aria-hidden": "true" });
            bar.style.width = `${Math.max(0, 100 * (entry?.AP ?? 0))}%`;
            bar.style.background = colour;
            return element("span", { class: "barcell" }, element("span", null, precisionText(entry?.AP)), element("span", { class: "track", "aria-hidden": "true" }, bar));
        };
        const bestScore = (id) => {
            const best = evaluationAt(runs()[0], moment())?.scores?.classes.find((entry) => entry.id === id);
            return [precisionText(best?.f1), best?.score >= 0 ? best.score.toFixed(2) : missing];
        };
        const rows = [...names].map(([id, name]) => {
            const own = found.map((classes) => classes.find((entry) => entry.id === id));
            const first = own.find(Boolean);
            return [name, ...own.map((entry, i) => cell(entry, runColour(i))), ...(runs().length === 1 ? [precisionText(first.AP50), precisionText(first.AP75), ...bestScore(id)] : []), count(first.boxes)];
        });
        const head = ["class", ...runs().map((run, i) => (runs().length === 1 ? "AP" : runLabel(i))), ...(runs().length === 1 ? ["AP50", "AP75", "best F1", "from score"] : []), "boxes"];
        place.replaceChildren(element("h3", null, "AP by class"), table("AP by class", head, rows, { class: "classes" }));
    };
    draw();
    listen((what) => what !== "view" && draw());
    return place;
}
