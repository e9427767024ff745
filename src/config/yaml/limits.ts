/**
 * Above this a file is refused outright: up to here, about 55,000 small steps, reading takes less than a second and 200
 * MB.
 */
export const MAX_SOURCE_BYTES = 3_000_000;

/**
 * Above this only plain block style is read (see block-reader.ts). The general reader takes a second and 150 MB per
 * megabyte; anchors, tags and long flow collections in a larger file are refused with the place where they stand.
 */
export const MAX_GENERAL_CHARACTERS = 800_000;

/** The format itself needs eight levels; free-form settings some more. */
export const MAX_DEPTH = 100;

/** Values that aliases and merge keys may add to the document, counted as if written out. */
export const MAX_ALIASED_VALUES = 100_000;
