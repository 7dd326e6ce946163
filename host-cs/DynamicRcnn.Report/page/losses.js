// Losses, learning rate, gradient.
const lossNames = [
    ["loss", "Total loss"],
    ["classification", "Classification loss"],
    ["box", "Box loss"],
    ["rpn_objectness", "Objectness loss of the RPN"],
    ["rpn_box", "Box loss of the RPN"],
];

/** What each stage of a cascade adds to a loss, without the band of the raw values, which would lie over those of the sum. */
function stageLosses(run, place, name) {
    return stagesOf(run).flatMap((stage) => {
        const trace = noisyTrace(run, place, `${name}_${stage}`);
        return trace ? [{ ...trace, label: `${run.name}, stage ${stage}`, dash: [2 + 8 / stage, 3], width: 1.5, low: undefined, high: undefined }] : [];
    });
}

function lossTraces(name) {
    return runs().flatMap((run, place) => {
        const trace = noisyTrace(run, place, name);
        const validation = run.validation[name];
        return [
            ...(trace ? [trace] : []),
            ...stageLosses(run, place, name),
            ...(validation ? [{ label: `${run.name}, validation`, colour: runColour(place), x: run.validation.x, y: validation, dots: true, dash: [2, 3], width: 1.5 }] : []),
        ];
    });
}

function lossSection() {
    const smoothing = slider("Smoothing", { min: 0, max: 0.99, step: 0.01, value: store.view.smoothing, id: "smoothing" }, (value) => value.toFixed(2), (value) => {
        store.view.smoothing = value;
        tell("view");
    });
    return section(
        "losses",
        "Losses",
        element("p", { class: "controls" }, smoothing.element, element("small", null, "The pale band behind each line spans the raw values. Drag across a chart to zoom, double-click to undo.")),
        element(
            "div",
            { class: "grid" },
            lossNames.map(([name, title], place) => chart(title, () => lossTraces(name), { followsView: true, isWide: place === 0 })),
            chart("Learning rate", () => eachRun((run, place) => steppedTrace(run, place, "learning_rate"))),
            chart("Norm of the gradient", () => eachRun((run, place) => noisyTrace(run, place, "gradient_norm")), { followsView: true })
        )
    );
}
