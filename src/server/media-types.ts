type MediaType = `audio/${string}` | `video/${string}`;

const TYPES: Readonly<Record<string, MediaType>> = {
  ...{ aac: "audio/aac", flac: "audio/flac", m4a: "audio/mp4", mp3: "audio/mpeg", oga: "audio/ogg", ogg: "audio/ogg" },
  ...{ opus: "audio/ogg", wav: "audio/wav", weba: "audio/webm" },
  ...{ m4v: "video/mp4", mov: "video/quicktime", mp4: "video/mp4", ogv: "video/ogg", webm: "video/webm" },
};

/** By the ending of its name alone: what a file says of itself is not believed. */
export function mediaTypeOf(name: string): MediaType | undefined {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(TYPES, ending) ? TYPES[ending] : undefined;
}
