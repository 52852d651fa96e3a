// Which addresses a page may ask: the same that its policy lets through.

/** Whether a page may ask there: by https, its own server, or a program on this machine. */
export const mayAsk = (url) => url.protocol === "https:" || url.origin === location.origin || (url.protocol === "http:" && ["127.0.0.1", "localhost"].includes(url.hostname));
