/** The colours of lines, one after another; told apart in both themes. */
export const SERIES_COLOURS = [1, 2, 3, 4, 5, 6, 7, 8].map((index) => `--series-${index}`);
