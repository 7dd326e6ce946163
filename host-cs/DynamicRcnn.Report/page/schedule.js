// The schedule: IoU threshold and beta, what they were computed from, and the proposals' IoUs as a ribbon.

/** The author's own log: hkzhang95/DynamicRCNN, issue 3. COCO, 16 images a step; after each of the first five windows. */
const published = { x: [100, 200, 300, 400, 500], y: [0.42077, 0.49126, 0.5167, 0.533, 0.53785] };

/** Whether a run is like the one that the published points are from. */
function isLikePublished(run) {
    return (
        configuredNumber(run, "data.imagesPerStep") === 16 &&
        configuredNumber(run, "dynamic.updateInterval") === 100 &&
        configuredNumber(run, "dynamic.topIoUCount") === 75
    );
}

function thresholdTraces() {
    const traces = eachStage(steppedTrace, "iou_threshold");
    if (store.view.reference && traces.length > 0) {
        traces.push({ label: "published", colour: cssColour("--ink"), points: true, ...published });
    }
    return traces;
}

function statisticTraces(name) {
    return eachStage((run, place, own) => noisyTrace(run, place, own), name);
}

/** Ranks to draw: the run's own and a few around it, from the best proposals to the many. */
function ribbonRanks(ribbon) {
    const wanted = [1, 10, 25, 50, 100, 200, 500, 1000];
    const texts = new Set();
    // Beyond the number of proposals every rank has the same values.
    const isNew = (rank) => {
        const text = ribbon.ious[ribbon.ranks.indexOf(rank)].join();
        return /\d/.test(text) && texts.size < texts.add(text).size;
    };
    return ribbon.ranks.filter((rank) => (wanted.includes(rank) || rank === ribbon.own) && isNew(rank));
}

function ribbonTraces(run, place, stage) {
    const ribbon = run.ribbons[stage - 1];
    if (!ribbon) {
        return [];
    }
    const values = (rank) => smoothed(ribbon.ious[ribbon.ranks.indexOf(rank)], store.view.smoothing);
    const ranks = ribbonRanks(ribbon);
    const colour = runColour(place);
    const traces = ranks.slice(1).map((rank, step) => ({
        label: rank === ribbon.own ? `best ${rank} (K)` : `best ${rank}`,
        colour,
        width: rank === ribbon.own ? 2.5 : 0.7,
        x: ribbon.x,
        y: values(rank),
        low: values(rank),
        high: values(ranks[step]),
        bandOnly: true,
        fill: ["5a", "4c", "40", "34", "2a", "20", "18"][step] ?? "18",
    }));
    const threshold = steppedTrace(run, place, ofStage("iou_threshold", stage));
    return threshold ? [...traces, { ...threshold, label: "IoU threshold", colour: cssColour("--ink"), width: 1.5, dash: [6, 3] }] : traces;
}

/** A ribbon for each box head of each run. */
function ribbons() {
    return runs().flatMap((run, place) =>
        run.ribbons.map((_, before) => {
            const stage = before + 1;
            const ofStages = run.ribbons.length > 1 ? `, stage ${stage}` : "";
            return chart(`IoUs of the proposals${ofStages}${runs().length > 1 ? `: ${run.name}` : ""}`, () => ribbonTraces(runs()[place], place, stage), {
                hint:
                    "Each edge is the IoU that the best so many proposals of an image reach; the dashed line is the threshold. Smoothed like the losses." +
                    (stage > 1 ? " These proposals are the boxes that the stage before made of those it drew." : ""),
                followsView: true,
                nothing: "This run did not record the IoUs of its proposals (statistics.bin).",
                rangeY: [0, 1],
            });
        })
    );
}

function scheduleSection() {
    const ious = ribbons();
    store.view.reference = runs().some(isLikePublished);
    const like = store.view.reference;
    const reference = choice("checkbox", "the author's published points", { checked: like, id: "reference" }, (input) => {
        store.view.reference = input.checked;
        tell("data");
    });
    return section(
        "schedule",
        "Schedule",
        element(
            "p",
            { class: "controls" },
            reference.element,
            element(
                "small",
                null,
                "IoU threshold after iterations 100 to 500, from the author's log (hkzhang95/DynamicRCNN, issue 3: COCO, 16 images a step). " +
                    (like ? "" : "These runs differ in scale, so the points are off at first. ") +
                    "No points were published for beta."
            )
        ),
        element(
            "div",
            { class: "grid" },
            chart("IoU threshold", thresholdTraces, { hint: "What a proposal must reach to count as an object." }),
            chart("Beta of SmoothL1", () => eachStage(steppedTrace, "beta"), { hint: "Where the box loss turns from square to straight." }),
            chart("IoU statistic", () => statisticTraces("top_iou"), { hint: "The K-th best IoU of each batch; its window mean is the next threshold.", followsView: true }),
            chart("Error statistic", () => statisticTraces("low_error"), { hint: "The K-th smallest error of each batch; its window median is the next beta.", followsView: true })
        ),
        element("div", { class: ious.length > 1 ? "grid" : "wide" }, ious)
    );
}
