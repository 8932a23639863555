/** Text as it is searched: without diacritics, small, one space between words. */

/** @param {string} text @returns {string} `Trường  Đại học` becomes `truong dai hoc` */
export function fold(text) {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("đ", "d")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** The words of what somebody types. */
export const wordsOf = (typed) => fold(typed).split(" ").filter(Boolean);

/** Whether a folded text has every word, each at the beginning of one of its own. */
export function hasWords(folded, words) {
  const padded = ` ${folded}`;
  return words.every((word) => padded.includes(` ${word}`));
}
