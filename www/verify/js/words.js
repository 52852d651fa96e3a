// What the content is called: a model writes a text or draws a picture, and everything that is said of it says which.
const WORDS = {
  text: {
    it: "text",
    made: "wrote",
    true: "that what the text says is true",
    genuine: "that the text is false: what could not be checked may well be genuine",
    exactly: "exactly this text, token by token",
  },
  picture: {
    it: "picture",
    made: "drew",
    true: "that what the picture shows is so",
    genuine: "that the picture is not the model’s: what could not be checked may well be genuine",
    exactly: "exactly this picture, token by token and pixel by pixel",
  },
};

let kind = "text";

/** From now on the page speaks of a text, or of a picture. @param {keyof WORDS} next */
export function speakOf(next) {
  kind = next;
}

/** The words for what is on the page. */
export const words = () => WORDS[kind];
