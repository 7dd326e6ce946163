// The slider over evaluations: everything under it shows the chosen one.
function momentSentence() {
    const parts = runs().map((run) => {
        const evaluation = evaluationAt(run, moment());
        return evaluation ? `${run.name}: AP ${precisionText(evaluation.figures?.AP)}` : `${run.name}: not evaluated yet`;
    });
    return `Iteration ${count(moment())}. ${parts.join("; ")}.`;
}

function choose(place) {
    const all = moments();
    const bounded = Math.max(0, Math.min(all.length - 1, place));
    // The last one goes on being the last when more come.
    store.view.moment = bounded === all.length - 1 ? null : all[bounded];
    tell("moment");
}

function momentBar() {
    const said = element("p", { id: "moment-said", role: "status", "aria-live": "polite" });
    const place = () => moments().indexOf(moment());
    const control = slider("Evaluation", { min: 0, max: 0, step: 1, value: 0, id: "moment" }, (value) => `iteration ${count(moments()[value])}`, choose);
    const button = (text, label, step) => element("button", { type: "button", "aria-label": label, onclick: () => choose(place() + step) }, text);
    const bar = element("div", { class: "moment" }, button("\u2039", "previous evaluation", -1), control.element, button("\u203a", "next evaluation", 1), said);
    const draw = () => {
        control.input.max = Math.max(0, moments().length - 1);
        control.input.value = place();
        control.refresh();
        said.textContent = momentSentence();
        bar.hidden = moments().length === 0;
    };
    draw();
    listen((what) => (what === "data" || what === "moment") && draw());
    return bar;
}
