/** The ways in which the content of a file is shown. */
export type PreviewKind =
  | "audio"
  | "html"
  | "image"
  | "json"
  | "markdown"
  | "notebook"
  | "pdf"
  | "table"
  | "text"
  | "unknown"
  | "video";

const KINDS: Readonly<Record<string, PreviewKind>> = {
  ...of("image", "png jpg jpeg gif webp avif svg bmp ico"),
  ...of("table", "csv tsv parquet pq jsonl ndjson"),
  ...of("json", "json geojson"),
  ...of("notebook", "ipynb"),
  ...of("html", "html htm"),
  ...of("markdown", "md markdown"),
  ...of("audio", "aac flac m4a mp3 oga ogg opus wav weba"),
  ...of("video", "m4v mov mp4 ogv webm"),
  ...of("pdf", "pdf"),
  ...of("text", "txt log yaml yml toml ini cfg conf xml py r sh sql js ts dot tex rst diff patch"),
};

function of(kind: PreviewKind, endings: string): Readonly<Record<string, PreviewKind>> {
  return Object.fromEntries(endings.split(" ").map((ending) => [ending, kind]));
}

/** By the ending of its name alone: what a file says of itself is not believed. */
export function kindOf(name: string): PreviewKind {
  // Tables are read packed as well.
  const ending = /\.(\w+)(?:\.(?:gz|zst))?$/.exec(name)?.[1]?.toLowerCase() ?? "";
  const kind = Object.hasOwn(KINDS, ending) ? (KINDS[ending] ?? "unknown") : "unknown";
  return kind === "table" || !isPacked(name) ? kind : "unknown";
}

/** A text can be shown that nothing reads as a table. */
export function isPacked(name: string): boolean {
  return /\.(?:gz|zst)$/i.test(name);
}

/** The media types of pictures; a picture in `<img>` runs no scripts, whatever is in it. */
export function imageType(name: string): string {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return { svg: "image/svg+xml", jpg: "image/jpeg", ico: "image/x-icon" }[ending] ?? `image/${ending}`;
}
