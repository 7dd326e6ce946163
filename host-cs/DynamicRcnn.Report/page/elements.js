// Elements of the page. Texts become text nodes and never markup, so a name cannot do anything.
const svgSpace = "http://www.w3.org/2000/svg";

function fill(made, attributes, children) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
        if (name.startsWith("on")) {
            made.addEventListener(name.slice(2), value);
        } else if (value === true) {
            made.setAttribute(name, "");
        } else if (value !== false && value != null) {
            made.setAttribute(name, value);
        }
    }
    made.append(...children.flat().filter((child) => child != null && child !== false));
    return made;
}

function element(tag, attributes, ...children) {
    return fill(document.createElement(tag), attributes, children);
}

function drawing(tag, attributes, ...children) {
    return fill(document.createElementNS(svgSpace, tag), attributes, children);
}

/** A small square in a run's or a class's colour. */
function swatch(colour) {
    const made = element("span", { class: "swatch", "aria-hidden": "true" });
    made.style.background = colour;
    return made;
}

/** A table with a caption that screen readers read; rows are lists of cells, the first a heading. */
function table(caption, head, rows, attributes) {
    return element(
        "div",
        { class: "scroll", role: "region", tabindex: "0", "aria-label": caption },
        element(
            "table",
            attributes,
            element("caption", { class: "unseen" }, caption),
            element("thead", null, element("tr", null, head.map((cell) => element("th", { scope: "col" }, cell)))),
            element(
                "tbody",
                null,
                rows.map((row) =>
                    element(
                        "tr",
                        null,
                        row.map((cell, place) =>
                            place === 0 ? element("th", { scope: "row" }, cell) : element("td", null, cell)
                        )
                    )
                )
            )
        )
    );
}

/** A check box or radio button with its label. */
function choice(type, label, attributes, act) {
    const input = element("input", { type, ...attributes, onchange: () => act(input) });
    return { input, element: element("label", { class: "choice" }, input, element("span", null, label)) };
}

/** A slider with its label and its value. */
function slider(label, attributes, show, act) {
    const output = element("output", null);
    const input = element("input", {
        type: "range",
        ...attributes,
        oninput: () => {
            refresh();
            act(Number(input.value));
        },
    });
    const refresh = () => {
        output.textContent = show(Number(input.value));
        input.setAttribute("aria-valuetext", output.textContent);
    };
    refresh();
    return { input, refresh, element: element("label", { class: "slider" }, element("span", null, label), input, output) };
}

function note(text) {
    return element("p", { class: "note" }, text);
}
