"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const page = 120;
  const byId = (id) => document.getElementById(id);
  const hidden = new Set();
  let split = data.splits[0];
  let listed = [];
  let limit = page;
  let open = 0;

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const counted = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

  const picture = (image) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", `0 0 ${image.width} ${image.height}`);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${image.file}, ${image.boxes.length === 1 ? "1 box" : `${image.boxes.length} boxes`}`);
    const add = (name, attributes) => {
      const part = document.createElementNS(svg.namespaceURI, name);
      for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
      svg.append(part);
      return part;
    };
    if (image.picture)
      add("image", { href: image.picture, width: image.width, height: image.height, preserveAspectRatio: "none" });
    if (byId("boxes").checked)
      for (const [x1, y1, x2, y2, label, crowd] of image.boxes)
        if (!hidden.has(label)) {
          const shape = { x: x1, y: y1, width: x2 - x1, height: y2 - y1, stroke: split.classes[label].color };
          const box = add("rect", crowd ? { ...shape, class: "crowd" } : shape);
          const title = document.createElementNS(svg.namespaceURI, "title");
          title.textContent = split.classes[label].name + (crowd ? " (crowd)" : "");
          box.append(title);
        }
    return element("div", { className: "picture" }, svg);
  };

  const smallest = (image) =>
    Math.min(...image.boxes.map(([x1, y1, x2, y2]) => (x2 - x1) * (y2 - y1)), Number.MAX_VALUE);
  const orders = {
    data: () => 0,
    most: (a, b) => b.boxes.length - a.boxes.length,
    smallest: (a, b) => smallest(a) - smallest(b),
  };
  const kinds = {
    all: () => true,
    wrong: (image) => image.findings > 0,
    empty: (image) => image.boxes.length === 0,
  };

  const drawGrid = () => {
    const text = byId("search").value.toLowerCase();
    listed = split.shown
      .filter((image) => kinds[byId("which").value](image) && image.file.toLowerCase().includes(text))
      .sort(orders[byId("order").value]);
    const tiles = listed.slice(0, limit).map((image, place) => {
      const caption = element(
        "span",
        { className: "caption" },
        element("span", { className: "file", textContent: image.file, title: image.file }),
        element("span", { textContent: image.boxes.length }),
      );
      const tile = element("button", { type: "button", className: "tile" }, picture(image), caption);
      if (image.findings) tile.classList.add("wrong");
      tile.addEventListener("click", () => show(place));
      return tile;
    });
    byId("grid").replaceChildren(...tiles);
    byId("more").hidden = listed.length <= limit;
    const rest = split.images - split.shown.length;
    byId("shown").textContent =
      `${tiles.length} of ${counted(listed.length, "image")}` +
      (rest > 0 ? `; ${rest.toLocaleString("en")} of the split's images are not on this page` : "");
  };

  const show = (place) => {
    open = (place + listed.length) % listed.length;
    const image = listed[open];
    byId("one-title").textContent = image.file;
    byId("one-picture").replaceChildren(picture(image));
    const counts = new Map();
    for (const box of image.boxes) counts.set(box[4], (counts.get(box[4]) ?? 0) + 1);
    const classes = [...counts].map(([label, count]) => `${split.classes[label].name} ${count}`).join(", ");
    byId("one-text").textContent =
      `${image.width} x ${image.height} pixels; ${classes || "no boxes"}` +
      (image.findings ? `; ${counted(image.findings, "finding")}, see the list above` : "") +
      (image.picture ? "" : "; the picture cannot be shown");
    if (!byId("one").open) byId("one").showModal();
  };

  const drawClasses = () => {
    const total = split.classes.reduce((sum, one) => sum + one.boxes, 0);
    byId("counts").textContent =
      `${counted(split.images, "image")}, ${split.withoutBoxes.toLocaleString("en")} without boxes; ` +
      `${total.toLocaleString("en")} boxes (crowds left out). Small: under 32 x 32 pixels; large: from 96 x 96.`;
    const most = Math.max(1, ...split.classes.map((one) => one.boxes));
    const head = ["class", "id", "boxes", "images", "small", "medium", "large", ""];
    const rows = split.classes.map((one, label) => {
      const toggle = element("input", { type: "checkbox", checked: !hidden.has(label) });
      toggle.addEventListener("change", () => {
        toggle.checked ? hidden.delete(label) : hidden.add(label);
        drawGrid();
      });
      const sizes = [one.small, one.boxes - one.small - one.large, one.large];
      const bar = element("div", { className: "bar" });
      for (const size of sizes) {
        const part = element("span");
        part.style.width = `${(100 * size) / most}%`;
        part.style.background = one.color;
        bar.append(part);
      }
      const cells = [one.id, one.boxes, one.images, ...sizes].map((value) =>
        element("td", { textContent: value.toLocaleString("en") }),
      );
      const name = element("label", {}, toggle, ` ${one.name}`);
      name.style.borderBottom = `2px solid ${one.color}`;
      return element("tr", {}, element("td", {}, name), ...cells, element("td", {}, bar));
    });
    byId("classes").replaceChildren(
      element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col", textContent: text })))),
      element("tbody", {}, ...rows),
    );
  };

  const drawFindings = () => {
    const kindsFound = Map.groupBy(split.findings, (finding) => finding.kind);
    const parts = [...kindsFound].map(([kind, findings]) =>
      element(
        "details",
        {},
        element("summary", { textContent: `${kind}: ${findings.length.toLocaleString("en")}` }),
        element("ul", {}, ...findings.map((finding) => element("li", { textContent: finding.message }))),
      ),
    );
    byId("findings").replaceChildren(...(parts.length ? parts : [element("p", { textContent: "None." })]));
  };

  const draw = () => {
    limit = page;
    drawClasses();
    drawFindings();
    drawGrid();
  };

  document.title = byId("name").textContent = data.name;
  byId("splits").append(
    ...data.splits.map((one) => {
      const button = element("button", { type: "button", textContent: `${one.split} (${one.images.toLocaleString("en")})` });
      button.setAttribute("aria-pressed", one === split);
      button.addEventListener("click", () => {
        split = one;
        hidden.clear();
        for (const other of byId("splits").children) other.setAttribute("aria-pressed", other === button);
        draw();
      });
      return button;
    }),
  );
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("input", () => {
    limit = page;
    drawGrid();
  });
  byId("more").addEventListener("click", () => {
    limit += page;
    drawGrid();
  });
  byId("previous").addEventListener("click", () => show(open - 1));
  byId("next").addEventListener("click", () => show(open + 1));
  byId("close").addEventListener("click", () => byId("one").close());
  byId("one").addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") show(open - 1);
    if (event.key === "ArrowRight") show(open + 1);
  });
  draw();
})();
