// SHA-256 of a blob of any length, part by part: crypto.subtle wants the whole in memory.

const [FIRST, CONSTANTS] = fractions();

/** The first 32 bits of the fractions of square roots of 8 primes, and of cube roots of 64 (FIPS 180-4, 4.2.2, 5.3.3). */
function fractions() {
    const primes = [];
    for (let number = 2; primes.length < 64; number++) {
        if (primes.every((prime) => number % prime !== 0)) {
            primes.push(number);
        }
    }
    const bits = (root) => Math.floor((root % 1) * 2 ** 32);
    return [primes.slice(0, 8).map((prime) => bits(Math.sqrt(prime))), Int32Array.from(primes, (prime) => bits(Math.cbrt(prime)))];
}

/** Mix the 64 bytes of *view* at *at* into the eight words of *state*; *words* is room for 64 (6.2.2). */
function mix(state, words, view, at) {
    for (let i = 0; i < 16; i++) {
        words[i] = view.getInt32(at + 4 * i);
    }
    for (let i = 16; i < 64; i++) {
        const x = words[i - 15];
        const y = words[i - 2];
        const small0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
        const small1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
        words[i] = words[i - 16] + small0 + words[i - 7] + small1;
    }
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    let f = state[5];
    let g = state[6];
    let h = state[7];
    for (let i = 0; i < 64; i++) {
        const big1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const first = (h + big1 + ((e & f) ^ (~e & g)) + CONSTANTS[i] + words[i]) | 0;
        const big0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g;
        g = f;
        f = e;
        e = (d + first) | 0;
        d = c;
        c = b;
        b = a;
        a = (first + second) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

/** Return the SHA-256 of *blob* in hexadecimal; *tell* hears how many bytes are done. */
export async function sha256(blob, tell = () => {}) {
    const state = Int32Array.from(FIRST);
    const words = new Int32Array(64);
    const step = 1024 * 1024;
    const whole = blob.size - (blob.size % 64);
    for (let start = 0; start < whole; start += step) {
        const view = new DataView(await blob.slice(start, Math.min(start + step, whole)).arrayBuffer());
        for (let at = 0; at < view.byteLength; at += 64) {
            mix(state, words, view, at);
        }
        tell(start + view.byteLength);
    }
    // What is left, a one bit, zeros, and the length in bits, fill one block or two (5.1.1).
    const left = new Uint8Array(await blob.slice(whole).arrayBuffer());
    const end = new Uint8Array(left.length < 56 ? 64 : 128);
    end.set(left);
    end[left.length] = 0x80;
    const view = new DataView(end.buffer);
    view.setBigUint64(end.length - 8, 8n * BigInt(blob.size));
    for (let at = 0; at < end.length; at += 64) {
        mix(state, words, view, at);
    }
    return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
