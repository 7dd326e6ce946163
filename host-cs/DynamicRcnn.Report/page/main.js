// Puts the page together.
function title() {
    const names = listed(runs().map((run) => run.name));
    document.title = `${names} \u2013 training report`;
    document.getElementById("title").replaceChildren("Training report ", element("span", null, names));
}

function markSection() {
    const links = [...document.querySelectorAll("#sections a")];
    const seen = new IntersectionObserver(
        (entries) => {
            for (const entry of entries.filter((item) => item.isIntersecting)) {
                links.forEach((link) => {
                    if (link.hash === `#${entry.target.id}`) {
                        link.setAttribute("aria-current", "true");
                    } else {
                        link.removeAttribute("aria-current");
                    }
                });
            }
        },
        { rootMargin: "-20% 0px -70% 0px" }
    );
    document.querySelectorAll("main > section").forEach((part) => seen.observe(part));
}

title();
document
    .getElementById("content")
    .append(
        summarySection(),
        section("evaluation", "Evaluation by evaluation", momentBar(), element("div", { class: "rows" }, panelSection(), errorSection(), curveSection())),
        precisionSection(),
        scheduleSection(),
        lossSection(),
        machineSection(),
        ...configurationSections()
    );
markSection();
tell("data");
if (store.isLive) {
    goLive();
}
