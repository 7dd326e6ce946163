// What goes wrong at the chosen evaluation: kinds of errors, confused classes, the worst images.
const errorKinds = [
    ["correct", "correct"],
    ["localisation", "box too far off"],
    ["class", "wrong class"],
    ["duplicate", "found twice"],
    ["background", "nothing there"],
    ["missed", "missed"],
];
const mendedErrors = [
    ["class", "wrong class"],
    ["localisation", "box too far off"],
    ["class_and_localisation", "class and box"],
    ["duplicate", "found twice"],
    ["background", "nothing there"],
    ["missed", "missed"],
    ["false_positives", "all false positives"],
    ["false_negatives", "all misses"],
];
const mostClasses = 14;

function errorBars() {
    const rows = runs().map((run, place) => {
        const errors = evaluationAt(run, moment())?.errors;
        if (!errors) {
            return element("div", { class: "errors" }, element("p", null, runLabel(place)), note("This run did not record kinds of errors."));
        }
        const known = errorKinds.filter(([kind]) => errors[kind] > 0);
        const total = known.reduce((sum, [kind]) => sum + errors[kind], 0);
        const bar = element("div", { class: "stack", "aria-hidden": "true" });
        for (const [kind] of known) {
            const part = element("span", { class: `kind ${kind}` });
            part.style.flexGrow = errors[kind] / total;
            bar.append(part);
        }
        const legend = element("ul", { class: "kinds" }, errorKinds.map(([kind, text]) => element("li", null, element("span", { class: `swatch kind ${kind}`, "aria-hidden": "true" }), `${text} `, element("b", null, count(errors[kind] ?? 0)))));
        return element("div", { class: "errors" }, element("p", null, runLabel(place), element("small", null, ` detections with score \u2265 ${short(errors.score)}, IoU \u2265 ${short(errors.iou)}`)), bar, legend);
    });
    return element("div", { class: "chart" }, element("h3", null, "Kinds of errors"), rows);
}

/** What each kind of error costs: the AP50 that mending it and nothing else would win (TIDE). */
function costTable() {
    const costs = runs().map((run) => evaluationAt(run, moment())?.error_costs);
    if (!costs.some((each) => each)) {
        return [];
    }
    const several = runs().length > 1;
    const header = ["Errors mended", ...runs().flatMap((run) => [several ? `${run.name}: errors` : "errors", several ? `${run.name}: AP50 won` : "AP50 won"])];
    const rows = mendedErrors.map(([kind, text]) => [text, ...costs.flatMap((each) => (each ? [count(each[kind].count), short(each[kind].ap50)] : ["-", "-"]))]);
    return [element("div", { class: "chart" }, element("h3", null, "What errors cost"), table("What errors cost", header, rows))];
}

/** The places of the classes with most confusions, in their own order, background last. */
function shownClasses(counts) {
    const last = counts.length - 1;
    const wrong = (place) => counts.reduce((sum, row, other) => sum + (other === place ? 0 : row[place] + counts[place][other]), 0);
    const places = counts.map((_, place) => place).slice(0, last);
    const kept = places.sort((one, other) => wrong(other) - wrong(one)).slice(0, mostClasses);
    return [...kept.sort((one, other) => one - other), last];
}

function confusionTable(run, place) {
    const confusion = evaluationAt(run, moment())?.confusion;
    const title = runs().length > 1 ? `Confusion: ${run.name}` : "Confusion of classes";
    if (!confusion) {
        return element("div", { class: "chart" }, element("h3", null, title), note("This run did not record which classes are confused."));
    }
    const { counts, labels } = confusion;
    const shown = shownClasses(counts);
    const name = (entry) => (entry === labels.length - 1 ? "(nothing)" : labels[entry]);
    const cells = (row) => {
        const total = counts[row].reduce((sum, value) => sum + value, 0);
        return shown.map((column) => {
            const value = counts[row][column];
            const made = element("span", { class: "heat", title: `${name(row)} taken for ${name(column)}: ${count(value)} of ${count(total)}` }, value === 0 ? "\u00b7" : count(value));
            made.style.setProperty("--heat", total > 0 && value > 0 ? 0.08 + 0.72 * (value / total) : 0);
            made.classList.toggle("right", row === column);
            return made;
        });
    };
    const rows = shown.map((row) => [name(row), ...cells(row)]);
    return element(
        "div",
        { class: "chart" },
        element("h3", null, title),
        element("p", null, `Rows are the truth, columns what was found (score \u2265 ${short(confusion.score)}, IoU \u2265 ${short(confusion.iou)}).${shown.length < labels.length ? ` The ${mostClasses} classes with most confusions of ${labels.length - 1}.` : ""}`),
        table(title, ["", ...shown.map(name)], rows, { class: "confusion" })
    );
}

function worstImages(run) {
    const worst = evaluationAt(run, moment())?.worst_images ?? [];
    if (worst.length === 0) {
        return null;
    }
    const rows = worst.slice(0, 8).map((image) => [image.file || `image ${image.id}`, count(image.correct), count(image.missed), count(image.false_positives)]);
    const title = runs().length > 1 ? `Worst images: ${run.name}` : "Worst images";
    return element("div", { class: "chart" }, element("h3", null, title), table(title, ["image", "correct", "missed", "false"], rows));
}

function errorSection() {
    const place = element("div", { class: "rows" });
    const draw = () => place.replaceChildren(errorBars(), ...costTable(), element("div", { class: "grid" }, runs().map(confusionTable), runs().map(worstImages).filter(Boolean)));
    draw();
    listen((what) => what !== "view" && draw());
    return place;
}
