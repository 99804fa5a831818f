/** A cell of a table: in quotes where it would not be one otherwise. */
export function cell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
