// Light and dark: the system's choice until the reader makes another.
const darkSystem = matchMedia("(prefers-color-scheme: dark)");
const themeSelect = document.getElementById("theme");

function applyTheme() {
    const chosen = themeSelect.value;
    const dark = chosen === "auto" ? darkSystem.matches : chosen === "dark";
    document.documentElement.dataset.theme = dark ? "dark" : "light";
}

function cssColour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function changeTheme() {
    applyTheme();
    tell("theme");
}

themeSelect.addEventListener("change", changeTheme);
darkSystem.addEventListener("change", changeTheme);
// Paper is white.
addEventListener("beforeprint", () => {
    document.documentElement.dataset.theme = "light";
    tell("theme");
});
addEventListener("afterprint", changeTheme);
applyTheme();
