// Dark, light, or as the system has it; remembered in this browser. Loaded before the page is painted.

const KEY = "theme";
const THEMES = ["system", "light", "dark"];
const LABELS = { system: "Theme: system", light: "Theme: light", dark: "Theme: dark" };

function remembered() {
    const theme = localStorage.getItem(KEY);
    return THEMES.includes(theme) ? theme : "system";
}

function apply(theme) {
    document.documentElement.dataset.theme = theme;
}

/** Let *button* go through the themes, and say which one it is. */
export function enhance(button) {
    const show = () => {
        button.textContent = LABELS[remembered()];
    };
    button.addEventListener("click", () => {
        const next = THEMES[(THEMES.indexOf(remembered()) + 1) % THEMES.length];
        localStorage.setItem(KEY, next);
        apply(next);
        show();
    });
    // Another tab may choose, too.
    addEventListener("storage", (event) => {
        if (event.key === KEY) {
            apply(remembered());
            show();
        }
    });
    show();
    button.hidden = false;
}

apply(remembered());
