// Bytes, speeds and times as people read them.

// Powers of 1024, called as Django's filesizeformat calls them in the same pages.
const UNITS = ["KB", "MB", "GB", "TB"];

/** Say how many *bytes* these are: "512 bytes", "1.5 MB". */
export function spelledSize(bytes) {
    if (bytes < 1024) {
        return bytes === 1 ? "1 byte" : `${bytes} bytes`;
    }
    const power = Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length);
    return `${(bytes / 1024 ** power).toFixed(1)} ${UNITS[power - 1]}`;
}

/** Say how long *seconds* are: "8 s", "2 min 5 s", "1 h 3 min". */
export function spelledTime(seconds) {
    const whole = Math.ceil(seconds);
    if (whole < 60) {
        return `${whole} s`;
    }
    const minutes = Math.floor(whole / 60);
    return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The speed of the last few seconds: what a whole download took on average says little of what is left of it. */
export class Speed {
    #span;
    #samples = [];

    constructor(spanSeconds = 4) {
        this.#span = spanSeconds * 1000;
    }

    /** Note that *bytes* of the whole are there now; *now* is in milliseconds. */
    note(bytes, now = performance.now()) {
        this.#samples.push({ bytes, now });
        while (this.#samples.length > 2 && now - this.#samples[0].now > this.#span) {
            this.#samples.shift();
        }
    }

    /** Bytes in a second, or `null` as long as nobody can tell. */
    get perSecond() {
        const [first, last] = [this.#samples[0], this.#samples.at(-1)];
        return last?.now - first?.now > 100 ? (1000 * (last.bytes - first.bytes)) / (last.now - first.now) : null;
    }
}
