// Numbers and counts as people read them.
const missing = "\u2013";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

function count(value) {
    return Number.isFinite(value) ? whole.format(value) : missing;
}

function amount(number, noun) {
    return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Three significant digits, or as many as asked for. */
function short(value, digits = 3) {
    if (!Number.isFinite(value)) {
        return missing;
    }
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
        return value.toExponential(digits - 1);
    }
    return size >= 1000 ? whole.format(value) : String(Number(value.toPrecision(digits)));
}

/** Average precision, 0 to 1, as the log prints it. -1 means that there was nothing to measure. */
function precisionText(value) {
    return Number.isFinite(value) && value >= 0 ? value.toFixed(3) : missing;
}

function duration(seconds) {
    if (!(seconds > 0)) {
        return missing;
    }
    if (seconds < 90) {
        return `${Math.round(seconds)} s`;
    }
    const minutes = Math.round(seconds / 60);
    return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Texts as a sentence lists them. */
function listed(texts) {
    return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts[texts.length - 1]}`;
}
