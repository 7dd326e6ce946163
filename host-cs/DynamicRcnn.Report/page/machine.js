// Throughput and memory.
function rateTraces() {
    return eachRun((run, place) => {
        const images = configuredNumber(run, "data.imagesPerStep");
        const trace = noisyTrace(run, place, "seconds", (seconds) => (seconds > 0 ? images / seconds : null));
        // The quickest step has the highest rate.
        return trace && Number.isFinite(images) ? { ...trace, low: trace.high, high: trace.low } : null;
    });
}

function waitingTraces() {
    return eachRun((run, place) => noisyTrace(run, place, "waiting_seconds", (seconds) => 1000 * seconds));
}

function memoryTraces() {
    return eachRun((run, place) => noisyTrace(run, place, "resident_megabytes", (megabytes) => megabytes / 1000));
}

function machineSection() {
    return section(
        "machine",
        "Throughput and memory",
        element(
            "div",
            { class: "grid" },
            chart("Images a second", rateTraces, { followsView: true, nothing: "This run did not record times." }),
            chart("Milliseconds a step waits for its images", waitingTraces, { followsView: true, nothing: "This run did not record its waiting." }),
            chart("Memory of the process in GB", memoryTraces, { followsView: true, nothing: "This run did not record its memory." })
        )
    );
}
