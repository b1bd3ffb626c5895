/**
 * @file Text in columns: how wide it shows, cutting it and padding it.
 */
import { printable } from "../../words.ts";

/** The code points that terminals show two columns wide: East Asian wide and full-width forms, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
/** Combining marks and format characters take no column of their own. */
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;

const widthOf = (char: string) => (NO_WIDTH.test(char) ? 0 : WIDE.test(char) ? 2 : 1);

/** How many columns `text` takes; it must hold no colours. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) width += widthOf(char);
  return width;
}

/** `text` in at most `width` columns, with "…" for what was cut off. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  let used = 1; // the ellipsis
  for (const char of text) {
    used += widthOf(char);
    if (used > width) break;
    kept += char;
  }
  return width < 1 ? "" : `${kept}…`;
}

/** A name among others with commas between, in at most `width` columns; `""` where it is empty. */
export function nameText(name: string, width: number): string {
  return name === "" ? '""' : truncate(printable(name), width);
}

/** `text` filled up with spaces to `width` columns. */
export function pad(text: string, width: number, align: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, width - displayWidth(text)));
  return align === "left" ? text + space : space + text;
}
