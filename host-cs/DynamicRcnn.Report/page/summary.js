// The first look: one card a run.
function bestOf(run) {
    return run.evaluations
        .filter((evaluation) => (evaluation.figures?.AP ?? -1) >= 0)
        .reduce((best, evaluation) => (best === null || evaluation.figures.AP > best.figures.AP ? evaluation : best), null);
}

function stateOf(run) {
    const planned = configuredNumber(run, "solver.iterations");
    if (!Number.isFinite(planned)) {
        return `iteration ${count(run.iteration)}`;
    }
    return run.iteration >= planned
        ? `finished after ${amount(run.iteration, "iteration")}`
        : `at iteration ${count(run.iteration)} of ${count(planned)}`;
}

function troubles(run) {
    return [
        run.skipped > 0 && `${amount(run.skipped, "iteration")} skipped: an image without boxes`,
        run.non_finite > 0 && `${amount(run.non_finite, "step")} with a loss or gradient that was not finite`,
        run.unreadable > 0 && `${amount(run.unreadable, "line")} of log.jsonl could not be read`,
    ].filter(Boolean);
}

function fact(name, value, remark) {
    return element("div", { class: "fact" }, element("dt", null, name), element("dd", null, value, remark && element("small", null, remark)));
}

function card(run, place) {
    const best = bestOf(run);
    const planned = configuredNumber(run, "solver.iterations");
    const last = (name) =>
        stagesOf(run)
            .map((stage) => short(run.steps[ofStage(name, stage)]?.y.at(-1)))
            .join(" / ");
    const progress = element("progress", { max: planned || 1, value: Math.min(run.iteration, planned || 1), "aria-label": "progress" });
    const rate = (configuredNumber(run, "data.imagesPerStep") * run.logged) / run.seconds;
    return element(
        "article",
        { class: "card" },
        element("h3", null, runLabel(place)),
        element("p", { class: "state" }, stateOf(run), progress),
        element(
            "dl",
            null,
            fact("best AP", best ? precisionText(best.figures.AP) : missing, best && `iteration ${count(best.iteration)}`),
            fact("AP50", precisionText(best?.figures.AP50)),
            fact("AP75", precisionText(best?.figures.AP75)),
            fact("IoU threshold", last("iou_threshold")),
            fact("beta", last("beta")),
            fact("time in steps", duration(run.seconds), Number.isFinite(rate) ? `${short(rate)} images/s` : null)
        ),
        troubles(run).map((text) => element("p", { class: "warning" }, text))
    );
}

function summarySection() {
    const cards = element("div", { class: "cards" });
    const draw = () => cards.replaceChildren(...runs().map(card));
    draw();
    listen((what) => what === "data" && draw());
    return section("summary", "Summary", cards);
}

/** A part of the page with its heading, and its place in the navigation. */
function section(id, title, ...children) {
    document.getElementById("sections").append(element("li", null, element("a", { href: `#${id}` }, title)));
    return element("section", { id, "aria-labelledby": `${id}-title` }, element("h2", { id: `${id}-title` }, title), children);
}
