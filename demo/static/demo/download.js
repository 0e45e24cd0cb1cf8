// One download from click to saved file: goes on after interruptions, compares the SHA-256, saves.

import { Kept } from "./kept.js";
import { sha256 } from "./sha256.js";
import { Elsewhere, Interrupted, Refused, fetchRest } from "./transfer.js";

/** Pauses before asking again, in seconds. Each byte that comes makes them begin anew. */
const PAUSES = [1, 2, 4, 8, 15];

/** Milliseconds in which a browser has long copied what it saves. */
const COPYING = 60_000;

/**
 * A download, which tells of each change with the event "change".
 *
 * `state` is one of: "idle", "running", "paused", "waiting" (asks again by itself), "checking", and at the end "saved",
 * "differs", "refused", "stopped" (interrupted too often, or something else went wrong), "elsewhere" or "busy" (another
 * tab does it already).
 */
export class Download extends EventTarget {
    state = "idle";
    /** What went wrong, in words. */
    problem = "";
    /** What came of the latest answer: "begun", "continued", "changed" or "anew". */
    answer = "";
    /** Bytes that are compared with the digest so far. */
    checked = 0;
    /** Whether anybody has said which digest it must have: of what is made while it is sent, nobody can. */
    compared = false;
    kept = null;
    #url;
    #name;
    #digest;
    #pausing = null;
    #turn = Promise.resolve();
    #proceed = () => {};

    /** *digest* is the SHA-256 that the page has, for servers that send none with the file. */
    constructor({ url, name, digest }) {
        super();
        this.#url = url;
        this.#name = name;
        this.#digest = digest;
    }

    /** See what an earlier visit has left; what it has saved is of no more use, *grace* milliseconds later. */
    async recall(grace = 0) {
        await this.#alone(async () => {
            this.kept = await Kept.open(this.#url);
            if (this.kept.version?.saved) {
                if (Date.now() - this.kept.version.saved >= grace) {
                    await this.kept.discard();
                }
            } else if (this.kept.length > 0) {
                this.#become("paused");
            }
        });
    }

    /** Start, or go on; what goes on already is left alone. */
    async start() {
        if (this.state === "waiting") {
            this.#proceed();
        } else if (this.#pausing === null) {
            this.#pausing = new AbortController();
            await this.#alone(() => this.#run(this.#pausing.signal).catch((error) => this.#fail(error)));
            this.#pausing = null;
        }
    }

    /** Stop for now, and keep what there is. */
    pause() {
        this.#pausing?.abort();
    }

    /** Forget what there is. */
    async discard() {
        await this.#alone(async () => {
            await this.kept.discard();
            this.#become("idle");
        });
    }

    async #run(signal) {
        this.#become("running");
        this.kept ??= await Kept.open(this.#url);
        await this.#fetchAll(signal);
        const expected = this.kept.version.digest ?? this.#digest;
        this.compared = expected !== null;
        if (this.compared && (await this.#check()) !== expected) {
            await this.kept.discard();
            this.#become("differs");
            return;
        }
        save(this.kept.blob(), this.#name);
        await this.kept.settle();
        this.#become("saved");
    }

    /** Return the digest of what is there. */
    async #check() {
        this.#become("checking");
        return sha256(this.kept.blob(), (bytes) => {
            this.checked = bytes;
            this.#tell();
        });
    }

    /** Ask until all is there. */
    async #fetchAll(signal) {
        for (let fruitless = 0; ; fruitless++) {
            const before = this.kept.length;
            try {
                await fetchRest(this.#url, this.kept, signal, (what) => this.#hear(what));
                return;
            } catch (error) {
                if (!(error instanceof Interrupted)) {
                    throw error;
                }
                fruitless = this.kept.length > before ? 0 : fruitless;
                if (fruitless === PAUSES.length) {
                    throw error;
                }
                this.problem = error.message;
                this.#become("waiting");
                await this.#pass(PAUSES[fruitless], signal);
                this.#become("running");
            }
        }
    }

    #hear(what) {
        if (what !== "received") {
            this.answer = what;
        }
        this.#tell();
    }

    /** Wait for *seconds*, or until somebody wants to go on now, or the network is back. */
    async #pass(seconds, signal) {
        const waiting = new AbortController();
        try {
            await new Promise((resolve, reject) => {
                this.#proceed = resolve;
                const timer = setTimeout(resolve, 1000 * seconds);
                waiting.signal.addEventListener("abort", () => clearTimeout(timer));
                addEventListener("online", resolve, { signal: waiting.signal });
                signal.addEventListener("abort", () => reject(signal.reason), { signal: waiting.signal });
            });
        } finally {
            waiting.abort();
        }
    }

    #fail(error) {
        if (error.name === "AbortError") {
            this.#become("paused");
        } else if (error instanceof Elsewhere) {
            // The answer goes to the browser itself, which may follow it wherever it leads.
            this.#become("elsewhere");
            location.assign(this.#url);
        } else {
            this.problem = error.message;
            this.#become(error instanceof Refused ? "refused" : "stopped");
        }
    }

    /** Do *work* after what this page still does, and while no other tab is at the same download. */
    async #alone(work) {
        const turn = this.#turn.then(() => this.#locked(work));
        this.#turn = turn.catch(() => {});
        await turn;
    }

    async #locked(work) {
        if (!navigator.locks) {
            await work();
            return;
        }
        await navigator.locks.request(`download ${this.#url}`, { ifAvailable: true }, async (lock) => {
            if (lock === null) {
                this.#become("busy");
            } else {
                await work();
            }
        });
    }

    #become(state) {
        this.state = state;
        this.#tell();
    }

    #tell() {
        this.dispatchEvent(new Event("change"));
    }
}

/** Forget what was saved of any file, once the browser has copied it: nobody may come back to its page. */
export async function tidy() {
    for (const url of await Kept.urls()) {
        await new Download({ url }).recall(COPYING);
    }
}

/** Hand *blob* to the browser, which saves it under *name* where it saves downloads. */
function save(blob, name) {
    const url = URL.createObjectURL(blob);
    Object.assign(document.createElement("a"), { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), COPYING);
}
