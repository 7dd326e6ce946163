// The fixed set of validation images: what was found at the chosen evaluation against the ground truth.
const classColours = 10;

function classColour(label) {
    return `var(--class-${label % classColours})`;
}

function panelRuns() {
    return runs().map((run, place) => ({ run, place })).filter(({ run }) => run.panel && run.panel.images.length > 0);
}

function shownRuns() {
    const all = panelRuns();
    const chosen = store.view.panelRun;
    return chosen === null ? all : all.filter(({ place }) => place === chosen);
}

function rectangle(box, classes, colour) {
    const [x1, y1, x2, y2] = box;
    const made = drawing("rect", { x: x1, y: y1, width: Math.max(0, x2 - x1), height: Math.max(0, y2 - y1), class: classes, "vector-effect": "non-scaling-stroke" });
    made.style.stroke = colour;
    return made;
}

function boxLabel(text, box, image, colour) {
    const size = Math.max(image.width, image.height) * 0.034;
    const made = drawing("text", { x: box[0] + size * 0.15, y: box[1] > size * 1.1 ? box[1] - size * 0.25 : box[1] + size * 0.95, "font-size": size }, text);
    made.style.fill = colour;
    return made;
}

/** An image with its boxes, and what they amount to in words. */
function picture(run, image, found) {
    const shows = (box) => !store.view.hidden.has(box[4]);
    const result = matched(image.boxes.filter(shows), found.filter((box) => box[5] >= store.view.score && shows(box)));
    const overlay = drawing("svg", { viewBox: `0 0 ${image.width} ${image.height}`, "aria-hidden": "true" });
    for (const { box, isFound, isCrowd } of result.truths) {
        overlay.append(rectangle(box, `truth${isFound ? "" : " missed"}${isCrowd ? " crowd" : ""}`, classColour(box[4])));
    }
    for (const { box, isCorrect, isIgnored } of result.boxes.toReversed()) {
        const name = run.panel.classes[box[4]] ?? `class ${box[4]}`;
        const made = rectangle(box, `found${isCorrect || isIgnored ? "" : " wrong"}`, classColour(box[4]));
        made.append(drawing("title", null, `${name} ${box[5].toFixed(2)}${isCorrect ? "" : isIgnored ? ", in a crowd" : ", matches no ground truth"}`));
        overlay.append(made);
        if (store.view.labels) {
            overlay.append(boxLabel(`${name} ${box[5].toFixed(2)}`, box, image, classColour(box[4])));
        }
    }
    const counts = {
        correct: result.boxes.filter((entry) => entry.isCorrect).length,
        wrong: result.boxes.filter((entry) => !entry.isCorrect && !entry.isIgnored).length,
        truths: result.truths.filter((entry) => !entry.isCrowd).length,
    };
    const words = `${counts.correct} of ${counts.truths} found, ${counts.wrong} false`;
    const source = store.pictures[image.picture];
    const frame = element("div", { class: "frame" }, source ? element("img", { src: source, alt: `${image.file}: ${words}` }) : note("The picture is lost."), overlay);
    frame.style.aspectRatio = `${image.width} / ${image.height}`;
    return { counts, element: element("div", { class: "picture" }, frame, element("p", null, words)) };
}

function panelGrid(said) {
    const shown = shownRuns();
    const first = shown[0]?.run.panel.images ?? [];
    const totals = shown.map(({ run }) => ({ run, correct: 0, wrong: 0, truths: 0 }));
    const figures = first.map((image) => {
        const several = shown.map(({ run, place }, turn) => {
            const at = run.panel.images.findIndex((own) => own.file === image.file);
            if (at < 0) {
                return null;
            }
            const evaluation = evaluationAt(run, moment());
            const made = picture(run, run.panel.images[at], evaluation?.panel?.[at] ?? []);
            for (const name of ["correct", "wrong", "truths"]) {
                totals[turn][name] += made.counts[name];
            }
            return element("div", null, shown.length > 1 && element("p", { class: "whose" }, runLabel(place)), made.element);
        });
        return element("figure", { class: shown.length > 1 ? "image pair" : "image" }, element("figcaption", { title: image.file }, image.file), element("div", { class: "sides" }, several.filter(Boolean)));
    });
    said.textContent = `Score at least ${store.view.score.toFixed(2)}: ${totals.map((sum) => `${totals.length > 1 ? `${sum.run.name}: ` : ""}${count(sum.correct)} of ${amount(sum.truths, "object")} found, ${amount(sum.wrong, "false box").replace("boxs", "boxes")}`).join("; ")}.`;
    return figures;
}

function classToggles() {
    const classes = panelRuns()[0].run.panel.classes;
    const all = classes.map((name, label) => {
        const made = choice("checkbox", name, { checked: true, "data-class": label }, (input) => {
            store.view.hidden[input.checked ? "delete" : "add"](label);
            tell("moment");
        });
        made.element.prepend(swatch(classColour(label)));
        return made;
    });
    const setAll = (checked) => {
        all.forEach(({ input }) => (input.checked = checked));
        store.view.hidden = new Set(checked ? [] : classes.map((_, label) => label));
        tell("moment");
    };
    const button = (text, checked) => element("button", { type: "button", onclick: () => setAll(checked) }, text);
    return element("fieldset", null, element("legend", null, "Classes"), element("div", { class: "toggles" }, all.map((made) => made.element), classes.length > 3 && [button("all", true), button("none", false)]));
}

function runChoices() {
    if (panelRuns().length < 2) {
        return null;
    }
    const options = [[null, "side by side"], ...panelRuns().map(({ run, place }) => [place, run.name])];
    const inputs = options.map(([value, text]) =>
        choice("radio", text, { name: "panel-run", checked: value === null, value: value ?? "all" }, () => {
            store.view.panelRun = value;
            tell("moment");
        })
    );
    return element("fieldset", null, element("legend", null, "Run"), element("div", { class: "toggles" }, inputs.map((made) => made.element)));
}

function panelControls() {
    const score = slider("Score at least", { min: 0.05, max: 0.95, step: 0.05, value: store.view.score, id: "score" }, (value) => value.toFixed(2), (value) => {
        store.view.score = value;
        tell("moment");
    });
    const labels = choice("checkbox", "names and scores", { checked: store.view.labels, id: "labels" }, (input) => {
        store.view.labels = input.checked;
        tell("moment");
    });
    const key = [["truth", "ground truth"], ["truth missed", "ground truth, missed"], ["found", "found"], ["found wrong", "found, false"]];
    const legend = element("ul", { class: "key" }, key.map(([classes, text]) => element("li", null, drawing("svg", { viewBox: "0 0 22 14", width: 22, height: 14, "aria-hidden": "true" }, rectangle([2, 2, 20, 12], classes, "currentColor")), text)));
    return element("div", { class: "panel-controls" }, runChoices(), classToggles(), element("div", { class: "controls" }, score.element, labels.element), legend);
}

function panelSection() {
    const said = element("p", { id: "panel-said", role: "status", "aria-live": "polite" });
    const grid = element("div", { class: "images" });
    const place = element("div", null, element("h3", null, "Boxes in validation images"));
    let isBuilt = false;
    const draw = () => {
        if (panelRuns().length === 0) {
            place.replaceChildren(place.firstChild, note("No run recorded a panel of validation images (evaluation.panelImages)."));
            return;
        }
        if (!isBuilt) {
            const boxes = panelRuns().flatMap(({ run }) => run.panel.images.map((image) => image.boxes.length));
            store.view.labels ??= boxes.reduce((sum, value) => sum + value, 0) / boxes.length <= 6;
            place.replaceChildren(place.firstChild, panelControls(), said, grid);
            isBuilt = true;
        }
        grid.replaceChildren(...panelGrid(said));
    };
    draw();
    listen((what) => (what === "data" || what === "moment") && draw());
    return place;
}
