// What is seen of a download: a bar, numbers, what is going on, and the buttons that make sense now.

import { Speed, spelledSize, spelledTime } from "./amounts.js";
import { Download, tidy } from "./download.js";

const BEGINNINGS = {
    continued: "Continuing where it was interrupted.",
    changed: "The file has changed: starting over with the new one.",
    anew: "The server cannot go on in the middle: starting over.",
};

const SAYS = {
    idle: () => "",
    running: ({ answer }) => BEGINNINGS[answer] ?? "Downloading.",
    paused: ({ kept }) => `Paused: ${spelledSize(kept.length)} are kept, even if this page is reloaded.`,
    waiting: ({ problem }) => `${problem} Trying again soon.`,
    checking: () => "Complete. Comparing the SHA-256.",
    saved: ({ answer, compared }) =>
        (answer === "changed" ? "The file had changed. " : "") +
        (compared ? "SHA-256 is equal. Saved." : "Saved. There was no SHA-256 to compare it with."),
    differs: () => "SHA-256 differs: nothing is saved.",
    refused: ({ problem }) => `${problem} You may have to sign in again.`,
    stopped: ({ problem }) => `Stopped. ${problem}`,
    elsewhere: () => "The server has sent your browser to where the file is kept: the browser downloads it.",
    busy: () => "This file is being downloaded in another tab.",
};

/** What each button does, what it is called, and when it is there. */
const BUTTONS = [
    { does: "pause", label: "Pause", in: ["running", "waiting"] },
    { does: "start", label: "Resume", in: ["paused", "stopped"] },
    { does: "start", label: "Try now", in: ["waiting"] },
    { does: "discard", label: "Discard", in: ["paused"] },
];

const ENDED = ["idle", "saved", "differs", "refused", "elsewhere", "busy"];

/** Take over *link*, and show how far its download is in the element for it. */
export async function enhance(link) {
    const { name, sha256 = null, size } = link.dataset;
    const download = new Download({ url: link.getAttribute("href"), name, digest: sha256 });
    const show = panelIn(panelAfter(link), { link, download, name, size: Number(size) || null });
    download.addEventListener("change", show);
    link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) {
            return; // a wish of its own, such as another tab
        }
        event.preventDefault();
        download.start();
    });
    await download.recall();
    await tidy();
}

/** The panel that comes next in the page. */
function panelAfter(link) {
    const follows = (panel) => link.compareDocumentPosition(panel) & Node.DOCUMENT_POSITION_FOLLOWING;
    return [...document.querySelectorAll("[data-download-panel]")].find(follows);
}

/** Fill *panel*; what is returned brings it up to date. */
function panelIn(panel, { link, download, name, size }) {
    const bar = element("progress", { ariaLabel: `Download of ${name}` });
    const numbers = element("p", { className: "numbers" });
    // Only what is going on is read aloud; numbers change too often.
    const status = element("p", { className: "status" });
    status.setAttribute("role", "status");
    const buttons = BUTTONS.map(({ does, label }) => {
        const button = element("button", { type: "button", textContent: label });
        button.addEventListener("click", () => download[does]());
        return button;
    });
    const row = element("div", { className: "buttons" });
    row.append(...buttons);
    panel.append(bar, numbers, status, row);

    let speed = new Speed();
    let shown = null;
    let due = false;

    function paint() {
        due = false;
        const { state, kept, checked } = download;
        const total = kept?.version?.size ?? size;
        const done = state === "checking" ? checked : (kept?.length ?? 0);
        panel.dataset.state = state;
        bar.hidden = numbers.hidden = ENDED.includes(state) && state !== "saved";
        if (total === null) {
            bar.removeAttribute("value");
        } else {
            bar.max = total;
            bar.value = done;
        }
        if (state !== shown) {
            speed = new Speed();
        }
        if (state === "running") {
            speed.note(done);
        }
        numbers.textContent = inNumbers(done, total, state === "running" ? speed.perSecond : null);
        const says = SAYS[state](download);
        if (status.textContent !== says) {
            status.textContent = says;
        }
        if (state !== shown) {
            showButtons(state);
        }
        shown = state;
    }

    function showButtons(state) {
        const focused = document.activeElement;
        BUTTONS.forEach(({ in: states }, i) => {
            buttons[i].hidden = !states.includes(state);
        });
        // A keyboard must not lose its place when the button under it goes.
        if (buttons.includes(focused) && focused.hidden) {
            (buttons.find((button) => !button.hidden) ?? link).focus();
        }
    }

    paint();
    // Pieces come by the hundred in a second; nobody reads that many numbers.
    return () => {
        if (download.state !== shown) {
            paint();
        } else if (!due) {
            due = true;
            setTimeout(paint, 200);
        }
    };
}

function inNumbers(done, total, perSecond) {
    const parts = [total === null ? spelledSize(done) : `${spelledSize(done)} of ${spelledSize(total)}`];
    if (perSecond !== null) {
        parts.push(`${spelledSize(Math.round(perSecond))}/s`);
        if (total !== null && perSecond > 0) {
            parts.push(`${spelledTime((total - done) / perSecond)} left`);
        }
    }
    return parts.join(" · ");
}

function element(tag, properties) {
    return Object.assign(document.createElement(tag), properties);
}
