// Average precision over the run: one small chart for each IoU threshold, where dynamic training shows at the strict ones.
const apCharts = [
    ["AP", "mean over the thresholds 0.50 to 0.95"],
    ["AP50", null],
    ["AP60", null],
    ["AP70", null],
    ["AP75", null],
    ["AP80", null],
    ["AP90", null],
];

function apOf(evaluation, name) {
    if (name === "AP") {
        return evaluation.figures?.AP;
    }
    const iou = Number(name.slice(2)) / 100;
    return evaluation.ap_by_iou?.find((entry) => Math.abs(entry.iou - iou) < 1e-6)?.ap;
}

function apTraces(name) {
    return eachRun((run, place) => {
        const points = run.evaluations.map((evaluation) => [evaluation.iteration, apOf(evaluation, name)]).filter((point) => point[1] >= 0);
        return points.length === 0
            ? null
            : { label: run.name, colour: runColour(place), x: points.map((point) => point[0]), y: points.map((point) => point[1]), dots: true };
    });
}

function precisionSection() {
    return section(
        "precision",
        "Average precision",
        element(
            "div",
            { class: "grid small" },
            apCharts.map(([name, hint]) =>
                chart(name, () => apTraces(name), { hint, nothing: "No evaluation yet.", height: 170, isWide: name === "AP", show: (value) => value.toFixed(3) })
            )
        )
    );
}
