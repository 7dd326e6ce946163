// Every value of the configuration with its origin, and where the runs ran.
function configRows() {
    const paths = [...new Set(runs().flatMap((run) => run.config.map((row) => row[0])))];
    return paths.map((path) => {
        const own = runs().map((run) => run.config.find((row) => row[0] === path));
        const differs = new Set(own.map((row) => row?.[1])).size > 1;
        return { path, own, differs };
    });
}

function configTable() {
    const place = element("div");
    const find = element("input", { type: "search", id: "config-find", placeholder: "solver, K, beta \u2026", oninput: () => draw() });
    const only = choice("checkbox", runs().length > 1 ? "only differences" : "only what is not the preset's", { id: "config-only", checked: runs().length > 1 }, () => draw());
    const draw = () => {
        const wanted = find.value.trim().toLowerCase();
        const isKept = ({ path, own, differs }) =>
            (wanted === "" || path.toLowerCase().includes(wanted)) &&
            (!only.input.checked || (runs().length > 1 ? differs : !(own[0]?.[2] ?? "").startsWith("preset ")));
        const kept = configRows().filter(isKept);
        const text = (row) => (row?.[1] === "" ? "(empty)" : row?.[1] ?? missing);
        const cells = (own) => (runs().length > 1 ? own.map((row) => element("span", { class: "value" }, text(row), row?.[2] && element("small", null, row[2]))) : [text(own[0]), own[0][2]]);
        const rows = kept.map(({ path, own, differs }) => [differs ? element("span", { class: "differs" }, path, element("span", { class: "unseen" }, " (the runs differ)")) : path, ...cells(own)]);
        const head = ["field", ...(runs().length > 1 ? runs().map((run, i) => runLabel(i)) : ["value", "origin"])];
        place.replaceChildren(kept.length > 0 ? table("Configuration", head, rows, { class: "config" }) : note(wanted === "" ? "None." : "No field has that in its name."));
    };
    draw();
    listen((what) => what === "data" && draw());
    return element("div", null, element("p", { class: "controls" }, element("label", { class: "pick" }, element("span", null, "Find"), find), only.element), place);
}

function environmentTable() {
    const place = element("div");
    const draw = () => {
        const sessions = runs().flatMap((run, i) => run.sessions.map((session) => ({ i, session })));
        if (sessions.length === 0) {
            place.replaceChildren(note("Not recorded by this run."));
            return;
        }
        const names = [...new Set(sessions.flatMap(({ session }) => session.environment.map((entry) => entry[0])))];
        const head = ["", ...sessions.map(({ i, session }) => element("span", null, runLabel(i), session.iteration > 0 && element("small", null, ` from iteration ${count(session.iteration + 1)}`)))];
        const rows = names.map((name) => [name, ...sessions.map(({ session }) => session.environment.find((entry) => entry[0] === name)?.[1] ?? missing)]);
        place.replaceChildren(table("Environment", head, rows));
    };
    draw();
    listen((what) => what === "data" && draw());
    return place;
}

function configurationSections() {
    return [section("configuration", "Configuration", configTable()), section("environment", "Environment", environmentTable())];
}
